"""Which violations are told, and what many dumpings at one place make."""

import json

import pytest

from simulators.dump_sites import suspected_sites
from simulators.plane import Plane
from simulators.reporting import Sent
from simulators.truth import Violation
from simulators.truth_listing import Watched, all_listed, truth_line


def _dump(device, at_s, x, y):
    return Violation(rule="illegal_dumping", device_id=device, start_s=at_s, end_s=at_s + 100, place=(x, y))


def test_three_vehicles_within_reach_of_one_another_make_a_place():
    dumps = [_dump("A", 0, 0, 0), _dump("B", 3600, 90, 0), _dump("C", 7200, 180, 0)]
    (site,) = suspected_sites(dumps)
    assert (site.rule, site.device_id, site.place) == ("suspected_dump_site", None, (90.0, 0.0))
    assert (site.start_s, site.end_s) == (0, 7200 + 86_400)


@pytest.mark.parametrize(
    "third",
    [_dump("A", 7200, 50, 0), _dump("C", 7200, 195, 0), _dump("C", 3600 + 86_401, 50, 0)],
    ids=["the same vehicle", "too far away", "a day later"],
)
def test_two_vehicles_make_no_place(third):
    assert suspected_sites([_dump("A", 0, 0, 0), _dump("B", 3600, 90, 0), third]) == []


def test_a_place_in_use_day_after_day_is_one():
    dumps = [_dump(device, n * 80_000, 0, 0) for n, device in enumerate("ABCDE")]
    assert len(suspected_sites(dumps)) == 1


def test_other_violations_make_no_place():
    away = [Violation(rule="off_route", device_id=d, start_s=0, end_s=9, place=(0.0, 0.0)) for d in "ABC"]
    assert suspected_sites(away) == []


def _watched(*violations, times=()):
    watch = Watched(list(violations), 0)
    sent = [
        Sent(received_ms=t * 1000, device_id="A", kind="position", elements=[{"time": t * 1000}])
        for t in times
    ]
    assert len(list(watch.count(iter(sent)))) == len(times)
    return watch


def _violation(rule, start_s, end_s):
    return Violation(rule=rule, device_id="A", start_s=start_s, end_s=end_s)


@pytest.mark.parametrize(
    ("rule", "horizon_s", "told"),
    [
        ("speeding", 1241, True),
        ("speeding", 1240, False),
        ("unexpected_stop", 1841, True),
        ("unexpected_stop", 1840, False),
        ("device_silent", 2141, True),
        ("device_silent", 2140, False),
    ],
)
def test_a_violation_that_could_not_be_complete_before_the_end_is_not_told(rule, horizon_s, told):
    lines, unseen = all_listed([_watched(_violation(rule, 1000, 5000), times=(1500,))], horizon_s)
    assert (len(lines), unseen) == (int(told), 0)


def test_a_violation_whose_reports_were_all_lost_is_counted_but_not_told():
    watch = _watched(_violation("off_route", 1000, 1200), times=(900, 1300))
    assert all_listed([watch], 86_400) == ([], 1)


@pytest.mark.parametrize("rule", ["wash_skipped", "missed_collection", "station_silent", "device_silent"])
def test_what_shows_by_absence_is_told_without_a_report(rule):
    lines, unseen = all_listed([_watched(_violation(rule, 1000, 1000))], 86_400)
    assert (len(lines), unseen) == (1, 0)


def test_a_line_of_an_area_has_a_place_and_no_device():
    site = Violation(rule="suspected_dump_site", device_id=None, start_s=0, end_s=90_000, place=(0.0, 0.0))
    row = json.loads(truth_line(site, Plane(120.3, 31.5), 0, 86_400))
    assert (row["lon"], row["lat"], row["ended_at"]) == (120.3, 31.5, None)
    assert "device_id" not in row


def test_a_line_of_a_vehicle_has_its_device_and_its_end():
    row = json.loads(truth_line(_violation("overload", 60, 120), Plane(120.3, 31.5), 0, 86_400))
    assert (row["device_id"], row["ended_at"]) == ("A", "1970-01-01T00:02:00.000Z")
    assert "lon" not in row
