"""The small judgements the shared words make themselves: order, defaults, and what unknown means."""

import pytest

from domain.quantity import Flag, Quantity
from domain.report import DustReport, PositionReport
from domain.station import Severity, Station


def position(**fields):
    return PositionReport(**{"device_id": "T1", "time_ms": 1000, "received_ms": 0, "digest": b"m"} | fields)


def dust(**fields):
    return DustReport(**{"device_id": "D1", "time_ms": 1000, "received_ms": 0, "digest": b"m"} | fields)


def test_reports_are_ordered_by_time_then_seq_then_digest_with_an_absent_seq_first():
    ordered = [
        position(time_ms=999, seq=9, digest=b"z"),
        position(digest=b"a"),
        position(digest=b"b"),
        position(seq=-1, digest=b"z"),
        position(seq=0, digest=b"a"),
        position(seq=0, digest=b"b"),
        position(seq=1, digest=b"a"),
        position(time_ms=1001, digest=b"a"),
    ]
    arrived = ordered[::-1]
    assert sorted(arrived, key=lambda report: report.order) == ordered


def test_the_order_does_not_depend_on_arrival():
    assert position(received_ms=5).order == position(received_ms=9).order
    assert dust(received_ms=5).order == dust(received_ms=9).order


def test_dust_reports_are_ordered_by_time_then_digest():
    ordered = [dust(time_ms=999, digest=b"z"), dust(digest=b"a"), dust(digest=b"b")]
    arrived = ordered[::-1]
    assert sorted(arrived, key=lambda report: report.order) == ordered


def test_an_absent_flag_is_normal():
    report = dust(flags={Quantity.PM10: Flag.FAULT})
    assert report.flag(Quantity.PM10) is Flag.FAULT
    assert report.flag(Quantity.PM25) is Flag.NORMAL


def test_a_signal_left_out_is_unknown_and_not_false():
    report = position()
    assert (report.ignition, report.lift, report.cover, report.load, report.alarms) == (None,) * 5


def test_severities_are_ordered_by_gravity():
    assert sorted(Severity, key=lambda severity: severity.rank) == ["info", "minor", "major", "critical"]


@pytest.mark.parametrize(
    ("area", "district", "expected"),
    [("A", "D", "A"), ("A", None, "A"), (None, "D", "D"), (None, None, None)],
    ids=["both", "area", "district", "neither"],
)
def test_a_station_s_area_is_the_one_it_names_or_else_its_district(area, district, expected):
    assert Station(id="S", background_area_id=area, district_id=district).area_id == expected
