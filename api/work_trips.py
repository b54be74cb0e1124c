"""Trips and tonnes: the counted lines of a span added up, and permits held against what they declare."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from alerts.work_volume import Volume
from api.work_shapes import Hauled, HauledDay, HauledRow, PermitVolume
from api.work_span import Names, days_of, rounded
from domain.permit import Permit
from storage.work import HaulsBy, HaulSum, SoFar


def hauled(rows: Iterable[HaulSum], vehicles: int) -> Hauled:
    """Rows added up; `vehicles` of them all, of which one may be in several rows."""
    all_rows = list(rows)
    return Hauled(
        trips=sum(row.trips for row in all_rows),
        measured_trips=sum(row.measured_trips for row in all_rows),
        weightless_trips=sum(row.weightless_trips for row in all_rows),
        tonnes=round(sum(row.tonnes for row in all_rows), 2),
        elsewhere_trips=sum(row.elsewhere_trips for row in all_rows),
        nowhere_trips=sum(row.nowhere_trips for row in all_rows),
        vehicles=vehicles,
    )


def hauled_days(rows: Iterable[HaulSum], first: date, last: date) -> list[HauledDay]:
    """Every day of the span."""
    by_day = {row.key: row for row in rows}
    return [
        HauledDay(day=day, trips=row.trips if row else 0, tonnes=round(row.tonnes, 2) if row else 0.0)
        for day in days_of(first, last)
        for row in (by_day.get(day),)
    ]


def hauled_rows(rows: Sequence[HaulSum], by: HaulsBy, names: Names) -> list[HauledRow]:
    """By key, most trips first."""
    return [
        HauledRow(
            id=row.key,
            label=names.of(by, row.key),
            company=names.company(by, row.key),
            **hauled([row], row.vehicles).model_dump(),
        )
        for row in sorted(rows, key=lambda one: (-one.trips, one.key))
    ]


def permit_rows(
    rows: Sequence[HaulSum], so_far: Mapping[str, SoFar], permits: Sequence[Permit]
) -> list[HauledRow]:
    """By permit: those under which anything was hauled, and these; the doubtful first."""
    by_id = {row.key: row for row in rows}
    known = {str(one.id): one for one in permits}
    made = [
        _permit_row(by_id.get(key), key, so_far.get(key), known.get(key))
        for key in by_id.keys() | known.keys()
    ]
    return sorted(
        made,
        key=lambda row: (not (row.volume and row.volume.under_declared), row.id == "", -row.trips, row.id),
    )


def _permit_row(row: HaulSum | None, key: str, so_far: SoFar | None, permit: Permit | None) -> HauledRow:
    return HauledRow(
        id=key,
        label=key,
        volume=None if key == "" else volume(so_far, permit),
        **hauled([] if row is None else [row], 0 if row is None else row.vehicles).model_dump(),
    )


def volume(so_far: SoFar | None, permit: Permit | None) -> PermitVolume:
    """What was hauled under a permit against what it declares."""
    declared_t = None if permit is None else permit.declared_total_t
    found = (
        Volume(declared_t=declared_t)
        if so_far is None
        else Volume(declared_t=declared_t, hauled_t=so_far.tonnes, rated_t=so_far.rated_t, trips=so_far.trips)
    )
    return PermitVolume(
        declared_t=found.declared_t,
        hauled_t=round(found.hauled_t, 2),
        rated_t=round(found.rated_t, 2),
        trips=found.trips,
        share=rounded(found.share, 4),
        under_declared=found.is_under_declared,
    )
