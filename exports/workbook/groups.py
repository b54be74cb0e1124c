"""The sheets that count: by company, by district, by rule, by vehicle and station."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from exports.counted import grouped
from exports.figures import SEVERITIES
from exports.statement import StatedAlert, StatedFleet
from exports.within import STATION
from exports.words import word
from exports.workbook.counting import Count, count, counted, share
from exports.workbook.sheets import HEAD_ROWS, Binder
from exports.workbook.tables import Column, Holds, Value, whole_sheet

FIGURES = (
    *(
        Column(name=one.value, width=9, holds=Holds.COUNT, sums=True, is_blank_zero=True)
        for one in SEVERITIES
    ),
    Column(name="count_of_violations", width=12, holds=Holds.COUNT, sums=True),
    Column(name="share_of_violations", width=8, holds=Holds.SHARE),
    Column(name="concerned", width=16, holds=Holds.COUNT, is_blank_zero=True),
    Column(name="not_counted_dismissed", width=13, holds=Holds.COUNT, sums=True, is_blank_zero=True),
    Column(name="not_counted_withdrawn", width=13, holds=Holds.COUNT, sums=True, is_blank_zero=True),
)
VIOLATIONS_AT = len(SEVERITIES)
"""Where the sum of the severities is among the figures."""

VEHICLE = "vehicle"


class Tied(Struct, frozen=True, kw_only=True):
    """Where a sheet's total of violations is, and what it comes to; rows and columns from 0."""

    sheet: str
    row: int
    column: int
    value: int
    part: str | None = None


def figures(one: Count, of: int) -> list[Value]:
    """The figures of a group, `of` so many violations in all."""
    return [
        *one.by_severity,
        one.violations,
        share(one.violations, of),
        one.subjects,
        one.dismissed,
        one.withdrawn,
    ]


def company_sheet(binder: Binder) -> Tied:
    """Violations by company, those without any too where their vehicles are known."""
    fleets = {one.id: one for one in binder.statement.fleets if one.kind == VEHICLE}
    names = {one.company_id: one.company for one in binder.statement.alerts}
    groups = counted(binder.statement.alerts, lambda one: one.company_id)
    columns = (
        Column(name="company", width=30),
        *FIGURES,
        Column(name="registered_vehicles", width=11, holds=Holds.COUNT, sums=True),
        Column(name="online", width=10, holds=Holds.RATE),
    )
    return _with_fleets(binder, "companies", columns, groups, names, fleets)


def district_sheet(binder: Binder) -> Tied:
    """Violations by district, those without any too where their stations are known."""
    fleets = {one.id: one for one in binder.statement.fleets if one.kind == STATION}
    names = {one.district_id: one.district for one in binder.statement.alerts}
    groups = counted(binder.statement.alerts, lambda one: one.district_id)
    columns = (
        Column(name="district", width=30),
        *FIGURES,
        Column(name="registered_stations", width=11, holds=Holds.COUNT, sums=True),
        Column(name="online", width=10, holds=Holds.RATE),
    )
    return _with_fleets(binder, "districts", columns, groups, names, fleets)


def rule_sheet(binder: Binder) -> Tied:
    """Violations by kind of rule."""
    groups = counted(binder.statement.alerts, lambda one: one.rule)
    whole = binder.whole
    rows = [[word(rule, binder.language), *figures(one, whole.violations)] for rule, one in groups.items()]
    total = [binder.said("total"), *figures(whole, whole.violations)]
    columns = (Column(name="rule", width=30), *FIGURES)
    return _sheet(binder, "rules", columns, rows, total, labels=1)


def subject_sheet(binder: Binder) -> Tied:
    """Violations by vehicle, station or area; what has none of them is its terminal's."""
    alerts = binder.statement.alerts
    whole = binder.whole
    lines = grouped(alerts, lambda one: one.subject)
    rows: list[list[Value]] = []
    for subject, one in counted(alerts, lambda one: one.subject).items():
        last = lines[subject][-1]
        rows.append(
            [
                subject_name(last),
                _kind(binder, last),
                last.company or last.site,
                *figures(one, whole.violations),
                _most_often(binder, lines[subject]),
            ]
        )
    total = [binder.said("total"), None, None, *figures(whole, whole.violations), None]
    columns = (
        Column(name="of_vehicle", width=22),
        Column(name="kind", width=12),
        Column(name="company_or_site", width=26),
        *FIGURES,
        Column(name="worst_rule", width=20),
    )
    return _sheet(binder, "subjects", columns, rows, total, labels=3)


def subject_name(alert: StatedAlert) -> str:
    """Whom an alert is about, as people call them."""
    return (
        alert.plate
        or alert.station
        or alert.vehicle_id
        or alert.station_id
        or alert.area
        or alert.device_id
        or ""
    )


def _kind(binder: Binder, alert: StatedAlert) -> str:
    if alert.vehicle_id is not None:
        return binder.said(alert.vehicle_kind or VEHICLE)
    return binder.said(alert.subject.partition(":")[0])


def _most_often(binder: Binder, lines: Sequence[StatedAlert]) -> str:
    rules = counted((one for one in lines if one.counts), lambda one: one.rule)
    return word(next(iter(rules)), binder.language) if rules else ""


def _with_fleets(
    binder: Binder,
    name: str,
    columns: Sequence[Column],
    groups: Mapping[str | None, Count],
    names: Mapping[str | None, str],
    fleets: Mapping[str | None, StatedFleet],
) -> Tied:
    """Groups in their order, then those of which there is a fleet only, what belongs to none last."""
    whole = binder.whole
    known = [*groups, *(key for key in fleets if key not in groups)]
    rows: list[list[Value]] = []
    for key in sorted(known, key=lambda one: one is None):
        fleet = fleets.get(key)
        label = names.get(key) or (fleet.name if fleet is not None else "") or key
        label = label if key is not None else binder.said(f"of_no_{columns[0].name}")
        heard = (None, None) if fleet is None else (fleet.devices, share(fleet.days_heard, fleet.days))
        rows.append([label, *figures(groups.get(key) or count(()), whole.violations), *heard])
    days, days_heard = (sum(getattr(one, of) for one in fleets.values()) for of in ("days", "days_heard"))
    heard_all = (sum(one.devices for one in fleets.values()) if fleets else None, share(days_heard, days))
    total = [binder.said("total"), *figures(whole, whole.violations), *heard_all]
    return _sheet(binder, name, columns, rows, total, labels=1)


def _sheet(
    binder: Binder,
    name: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Value]],
    total: Sequence[Value],
    *,
    labels: int,
) -> Tied:
    sheet = binder.sheet(name, columns=len(columns))
    extent = whole_sheet(binder, sheet, columns, rows, at_row=HEAD_ROWS, total=total)
    assert extent.total is not None
    at = labels + VIOLATIONS_AT
    violations = total[at]
    assert isinstance(violations, int)
    return Tied(sheet=name, row=extent.total, column=at, value=violations)
