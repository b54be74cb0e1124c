"""Stations over days: which days are judged as trimmed, and that only trimmed readings look it."""

import numpy as np
import pytest

from simulators.sensor import StationLife
from simulators.simulate import START_MS, build_world
from simulators.station_plan import capped_days
from simulators.violations import Conduct

DAY_S = 86_400
HOUR_S = 3600


@pytest.mark.parametrize(
    ("interval_s", "horizon_s", "midnight_s", "days"),
    [
        (60, DAY_S, 0, []),
        (60, 2 * DAY_S + HOUR_S, 0, [1]),
        (60, 3 * DAY_S + HOUR_S, 0, [1, 2]),
        (30, DAY_S + HOUR_S, 0, [0]),
        (30, DAY_S, 0, []),
        (60, 36 * HOUR_S, 12 * HOUR_S, []),
        (60, 3 * DAY_S, 12 * HOUR_S, []),
        (60, 3 * DAY_S, 0, [1]),
        (30, 3 * DAY_S, 6 * HOUR_S, []),
        (30, 3 * DAY_S, 2 * HOUR_S, [0, 1, 2]),
    ],
)
def test_a_day_is_judged_when_it_is_over_with_readings_enough(interval_s, horizon_s, midnight_s, days):
    assert capped_days(interval_s, horizon_s, midnight_s) == days


@pytest.fixture(scope="module")
def monitors():
    return build_world(1, 100).monitors


def _life(monitor):
    life = StationLife(monitor, start_ms=START_MS, horizon_s=3 * DAY_S + HOUR_S, midnight_s=0)
    until_ms = START_MS + 3 * DAY_S * 1000
    return life, [r for message in life.messages() for r in message.elements if r["time"] <= until_ms]


def _shape(rows, name):
    """Readings in the top tenth between median and maximum, in the tenth below it, and maximum over median."""
    values = np.array([r[name] for r in rows if r[name] <= 5000 and name not in r.get("flags", {})])
    middle, top = float(np.median(values)), float(values.max())
    tenth = (top - middle) / 10
    upper = int((values > top - tenth).sum())
    lower = int(((values > top - 2 * tenth) & (values <= top - tenth)).sum())
    return upper, lower, top / middle


def test_a_station_that_trims_piles_its_readings_up_at_the_top(monitors):
    for monitor in [m for m in monitors if m.may_trim][:3]:
        life, rows = _life(monitor)
        upper, lower, ratio = _shape(rows, "pm10_ugm3")
        assert ratio > 1.55
        assert upper > 150
        assert upper > 2 * lower
        assert "capped_readings" in {v.rule for v in life.violations}


def test_true_dust_thins_out_upwards_whatever_happened(monitors):
    for monitor in [m for m in monitors if not m.may_trim][:6]:
        life, rows = _life(monitor)
        for name in ("pm10_ugm3", "pm25_ugm3", "tsp_ugm3"):
            upper, lower, ratio = _shape(rows, name)
            assert upper < 35 or ratio < 1.4 or upper < 0.5 * lower
        assert "capped_readings" not in {v.rule for v in life.violations}


def test_a_lawful_station_is_never_silent_and_lists_nothing(monitors):
    life = StationLife(monitors[0], start_ms=START_MS, horizon_s=DAY_S, midnight_s=0, conduct=Conduct.NONE)
    times = [row["time"] for message in life.messages() for row in message.elements]
    assert len(times) == DAY_S // monitors[0].interval_s
    assert life.violations == []
