"""What two judgements come to in figures."""

from uuid import uuid5

from msgspec import Struct

from alerts.comparison import NOBODY, Row, compared, rows, sounding
from alerts.difference import Change, ChangeKind, Span
from alerts.finding import NAMESPACE

TEN_MIN_MS = 600_000
HOUR_MS = 3_600_000


class Told(Struct, frozen=True, kw_only=True):
    """As much of an alert as is compared."""

    subject: str = "vehicle:V1"
    rule: str = "speeding"
    severity: str = "major"
    vehicle_id: str | None = "V1"
    started_ms: int = 0
    detected_ms: int = 0
    ended_ms: int | None = None
    withdrawn: str | None = None

    @property
    def id(self):
        return uuid5(NAMESPACE, f"{self}")


def test_each_rule_has_a_row_with_what_became_of_its_alerts():
    stays, goes, comes = Told(), Told(subject="vehicle:V2", vehicle_id="V2"), Told(rule="overload")
    changes = [Change(kind=ChangeKind.VANISHES, before=goes), Change(kind=ChangeKind.APPEARS, after=comes)]
    assert rows(lambda alert: alert.rule, [stays, goes], [stays, comes], changes) == (
        Row(name="overload", before=0, after=1, appear=1, vanish=0, change=0),
        Row(name="speeding", before=2, after=1, appear=0, vanish=1, change=0),
    )


def test_a_change_of_severity_counts_with_the_severity_it_came_to():
    milder = Told(severity="minor")
    changes = [Change(kind=ChangeKind.CHANGES, before=Told(), after=milder)]
    told = compared([Told()], [milder], changes, Span(from_ms=0, to_ms=HOUR_MS), {"V1": "C1"})
    assert told.by_severity == (
        Row(name="major", before=1, after=0, appear=0, vanish=0, change=0),
        Row(name="minor", before=0, after=1, appear=0, vanish=0, change=1),
    )
    assert [row.name for row in told.by_company] == ["C1"]
    assert (told.sounding_before.alerts, told.sounding_after.alerts) == (1, 0)


def test_what_has_no_vehicle_has_no_company():
    told = compared([], [Told(vehicle_id=None)], [], Span(from_ms=0, to_ms=1), {"V1": "C1"})
    assert [row.name for row in told.by_company] == [NOBODY]


def test_only_critical_and_major_sound():
    alerts = [Told(severity=severity) for severity in ("critical", "major", "minor", "info")]
    assert sounding(alerts, Span(from_ms=0, to_ms=HOUR_MS)).alerts == 2


def test_sounding_is_told_by_ten_minutes_and_hour_of_the_span():
    span = Span(from_ms=HOUR_MS, to_ms=3 * HOUR_MS + 1)
    alerts = [Told(detected_ms=HOUR_MS + at_ms) for at_ms in (0, TEN_MIN_MS - 1, TEN_MIN_MS, HOUR_MS)]
    told = sounding(alerts, span)
    assert (told.most_in_10_min, told.flooded_10_min, told.by_hour) == (2, 0, (3, 1, 0))
    assert round(told.per_10_min, 3) == round(4 / 12, 3)


def test_more_than_ten_in_ten_minutes_are_a_flood():
    for count, flooded in ((10, 0), (11, 1)):
        alerts = [Told(detected_ms=number) for number in range(count)]
        assert sounding(alerts, Span(from_ms=0, to_ms=HOUR_MS)).flooded_10_min == flooded
