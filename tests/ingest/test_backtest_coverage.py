"""What a backtest says of its coverage: who was heard, in which hours, and the silences that say something."""

import pytest

from alerts.difference import Span
from ingest.backtest_coverage import (
    HOUR_MS,
    STATION_GAP_MS,
    VEHICLE_GAP_MS,
    Coverage,
    Ear,
    Heard,
    coverage,
)
from tests.api.district import fix

SPAN = Span(from_ms=10 * HOUR_MS, to_ms=13 * HOUR_MS)


def heard(*reports: tuple[float, float]) -> Heard:
    """What is heard of a vehicle by (seconds into the span, km/h), to the end of the span."""
    found = Heard()
    ear = Ear(SPAN, found, VEHICLE_GAP_MS)
    ear.listen(
        [fix(0, SPAN.from_ms + int(at_s * 1000), speed_kmh=speed, ignition=None) for at_s, speed in reports]
    )
    ear.end()
    found.vehicles += ear.has_heard
    return found


@pytest.mark.parametrize(
    ("reports", "gaps", "gap_s"),
    [
        pytest.param([(10_500, 30.0), (10_800, 0.0)], 0, 0, id="exactly as long as is allowed"),
        pytest.param([(10_000, 30.0), (10_301, 0.0)], 1, 301, id="a second longer, from moving"),
        pytest.param([(100, 4.9), (9000, 0.0)], 0, 0, id="parked all the while"),
        pytest.param([(-600, 30.0), (60, 0.0)], 1, 60, id="begun before the span, counted inside it"),
        pytest.param([(-900, 30.0), (-300, 0.0)], 0, 0, id="all before the span"),
        pytest.param([(10_000, 30.0)], 1, 800, id="to the end of the span"),
    ],
)
def test_a_gap_is_a_silence_after_a_sign_of_life(reports, gaps, gap_s):
    found = heard(*reports)
    assert (found.gaps, found.gap_ms) == (gaps, gap_s * 1000)


def test_an_hour_counts_when_anybody_was_heard_in_it_and_a_device_when_it_was_heard_in_the_span():
    shares = [heard((0, 0.0), (7200, 0.0)), heard((100, 0.0)), heard((-5, 0.0))]
    assert coverage(shares, SPAN, vehicles=4, stations=1) == Coverage(
        vehicles=4, vehicles_heard=2, stations=1, stations_heard=0, hours=3, hours_heard=2, gaps=0, gap_s=0
    )


def test_a_station_is_given_half_an_hour():
    assert STATION_GAP_MS == 30 * 60_000
