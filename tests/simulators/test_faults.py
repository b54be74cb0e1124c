"""Faults: everything done to a stream is counted, and what arrives is in order of arrival."""

import numpy as np
import pytest

from simulators.faults import PRESETS, FaultCount, Faults, FaultyLink, Preset
from simulators.reporting import Sent

HOURS = 24
START_MS = 1_800_000_000_000


def messages(n=8640, step_ms=10_000):
    for i in range(n):
        at = START_MS + i * step_ms
        yield Sent(
            received_ms=at + 300,
            device_id="T1",
            kind="position",
            elements=[{"time": at, "lon": 120.0, "lat": 31.0}],
        )


def carried(faults, seed=3):
    count = FaultCount()
    link = FaultyLink(faults, np.random.default_rng(seed), count, start_ms=START_MS, horizon_s=HOURS * 3600)
    return list(link.carry(messages())), count


@pytest.mark.parametrize("preset", list(Preset))
def test_sent_less_lost_plus_doubled_is_delivered(preset):
    out, count = carried(PRESETS[preset])
    assert count.sent == 8640
    assert count.sent - count.lost + count.doubled == count.delivered == sum(len(m.elements) for m in out)


@pytest.mark.parametrize("preset", list(Preset))
def test_messages_come_out_in_order_of_arrival(preset):
    arrivals = [m.received_ms for m in carried(PRESETS[preset])[0]]
    assert arrivals == sorted(arrivals)


def test_without_faults_nothing_changes():
    assert carried(Faults())[0] == list(messages())


def test_the_harsh_preset_does_all_it_promises():
    out, count = carried(PRESETS[Preset.HARSH])
    assert 0.04 < count.lost / count.sent < 0.06
    assert min(count.doubled, count.delayed, count.backfilled, count.outliers, count.without_fix) > 0
    times = [e["time"] for m in out for e in m.elements]
    assert times != sorted(times)


def test_an_outage_loses_nothing_and_comes_back_as_a_burst_of_arrays():
    out, count = carried(Faults(outages_per_day=1.0, outage_max_s=7200.0))
    assert count.delivered == 8640
    assert count.backfilled == sum(len(m.elements) for m in out if m.as_array) > 100
    late_s = max((m.received_ms - m.elements[0]["time"]) / 1000 for m in out)
    assert 2000 < late_s < 7300


def test_a_lost_fix_carries_no_place_and_a_wild_one_is_far_away():
    out, _ = carried(Faults(no_fix=0.1, outlier=0.1))
    elements = [m.elements[0] for m in out]
    blind = [e for e in elements if e.get("fix") is False]
    assert blind
    assert all("lon" not in e for e in blind)
    wild = [e for e in elements if "lon" in e and (e["lon"], e["lat"]) != (120.0, 31.0)]
    assert wild
    assert all(np.hypot(e["lon"] - 120, e["lat"] - 31) > 0.005 for e in wild)


@pytest.mark.parametrize("seed", range(8))
def test_what_is_under_way_arrives_with_the_end_of_the_run(seed):
    """A burst hours after the end would make every other device look silent until then."""
    end_ms = START_MS + HOURS * 3_600_000
    late = Faults(outages_per_day=1.0, outage_max_s=86_000.0, delay=0.5, delay_max_s=7200.0, duplicate=0.5)
    out, count = carried(late, seed)
    assert max(message.received_ms for message in out) <= end_ms + 10_000
    assert count.sent - count.lost + count.doubled == count.delivered
