"""Fleet work put together: the counted lines of a span, named by the registry and held against permits and plans."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from msgspec import Struct

from alerts.work_asked import WorkPlans
from alerts.work_cleared import StopsOf, stops_of
from alerts.work_volume import Volume
from api.reporting import Known
from api.work_shapes import (
    Cleaned,
    CleanedDay,
    CleanedRow,
    Collected,
    CollectedDay,
    CollectedRow,
    DaysSoFar,
    Hauled,
    HauledDay,
    HauledRow,
    PermitVolume,
    PlannedWork,
    VehicleDay,
)
from domain.instant import to_rfc3339, to_rfc3339_if_known
from domain.permit import Permit
from domain.work_plan import WorkPlan
from storage.work import (
    CleanedBy,
    CleanedSum,
    CollectedBy,
    CollectedSum,
    Counted,
    DayLine,
    HaulsBy,
    HaulSum,
    SoFar,
)


class Names(Struct, frozen=True, kw_only=True):
    """What the keys of rows are called."""

    known: Known

    def of(self, by: HaulsBy | CleanedBy | CollectedBy, key: str) -> str:
        """What a key is called; nothing for none."""
        book = self.known.book
        match by:
            case "vehicle":
                return book.plate(key)
            case "site" | "field":
                zone = next((one for one in self.known.registry.zones if one.id == key), None)
                return key if zone is None else zone.name or key
            case "district":
                return book.district(key or None)
            case "plan":
                plan = next((one for one in self.known.registry.work_plans if one.id == key), None)
                return key if plan is None else plan.name or key
            case _:
                return key

    def company(self, by: HaulsBy | CleanedBy | CollectedBy, key: str) -> str:
        """The company of a vehicle; nothing for all else."""
        return self.known.book.company_of(key) if by == "vehicle" else ""


def so_far(counted: Counted) -> DaysSoFar | None:
    """The days that run, if any."""
    if counted.running_from is None or counted.so_far_ms is None:
        return None
    return DaysSoFar(first=counted.running_from.isoformat(), at=to_rfc3339(counted.so_far_ms))


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
        for day in _days(first, last)
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
    hauled = {} if so_far is None else {"hauled_t": so_far.tonnes, "rated_t": so_far.rated_t}
    found = Volume(
        declared_t=None if permit is None else permit.declared_total_t,
        trips=0 if so_far is None else so_far.trips,
        **hauled,
    )
    return PermitVolume(
        declared_t=found.declared_t,
        hauled_t=round(found.hauled_t, 2),
        rated_t=round(found.rated_t, 2),
        trips=found.trips,
        share=_rounded(found.share, 4),
        under_declared=found.is_under_declared,
    )


def cleaned(rows: Iterable[CleanedSum], vehicles: int) -> Cleaned:
    """Rows added up."""
    all_rows = list(rows)
    odometers = [row.odometer_m for row in all_rows if row.odometer_m is not None]
    return Cleaned(
        working_km=_km(sum(row.working_m for row in all_rows)),
        driven_km=_km(sum(row.driven_m for row in all_rows)),
        odometer_km=_km(sum(odometers)) if odometers else None,
        working_h=round(sum(row.working_s for row in all_rows) / 3600, 2),
        rounds=sum(row.rounds for row in all_rows),
        worked_days=sum(row.worked_days for row in all_rows),
        heard_days=sum(row.heard_days for row in all_rows),
        vehicles=vehicles,
    )


def planned_km(plans: WorkPlans, of: Sequence[str] | None, first: date, last: date) -> float | None:
    """What plans ask for in a span, all or those of some ids."""
    return _rounded(plans.km(first, last, of), 2)


def cleaned_days(
    rows: Iterable[CleanedSum], plans: WorkPlans, of: Sequence[str] | None, first: date, last: date
) -> list[CleanedDay]:
    """Every day of the span, with what plans ask for, all or those of some ids."""
    by_day = {row.key: row for row in rows}
    return [
        CleanedDay(
            day=day,
            working_km=_km(row.working_m) if row else 0.0,
            rounds=row.rounds if row else 0,
            planned_km=planned_km(plans, of, date.fromisoformat(day), date.fromisoformat(day)),
        )
        for day in _days(first, last)
        for row in (by_day.get(day),)
    ]


def cleaned_rows(rows: Sequence[CleanedSum], names: Names, plans: WorkPlans, last: date) -> list[CleanedRow]:
    """By vehicle, most kilometres first."""
    return [
        CleanedRow(
            id=row.key,
            label=names.of("vehicle", row.key),
            company=names.company("vehicle", row.key),
            kind=names.known.book.vehicle_kind(row.key) or "",
            plan_id=plans.of_vehicle(row.key, last),
            **cleaned([row], row.vehicles).model_dump(),
        )
        for row in sorted(rows, key=lambda one: (-one.working_m, one.key))
    ]


def plan_rows(
    rows: Sequence[CleanedSum],
    year: Sequence[CleanedSum],
    names: Names,
    plans: WorkPlans,
    first: date,
    last: date,
    *,
    is_all: bool,
) -> list[CleanedRow]:
    """By plan, those that hold in the span even where nothing was done (`is_all`); last what no plan asks for."""
    by_id, worked_m = {row.key: row for row in rows}, {row.key: row.working_m for row in year}
    holding = plans.holding(first, last)
    made: list[CleanedRow] = []
    for key in sorted({*by_id, *(holding if is_all else ())}, key=lambda each: (each == "", each)):
        row, plan = by_id.get(key), holding.get(key)
        made.append(
            CleanedRow(
                id=key,
                label=names.of("plan", key),
                kind="" if plan is None or plan.vehicle_kind is None else plan.vehicle_kind.value,
                plan=None if plan is None else planned(plans, plan, first, last, worked_m.get(key, 0.0)),
                **cleaned([] if row is None else [row], 0 if row is None else row.vehicles).model_dump(),
            )
        )
    return made


def planned(plans: WorkPlans, plan: WorkPlan, first: date, last: date, year_m: float) -> PlannedWork:
    """What a plan asks for in a span, and how its year goes; `year_m` was worked since the year's first day."""
    asked = plans.asked(plan, first, last)
    return PlannedWork(
        planned_km=_rounded(asked.km, 2),
        planned_rounds=asked.rounds,
        km_per_year=plan.km_per_year,
        year_km=_km(year_m),
        year_planned_km=_rounded(plans.year_km(plan, last), 2),
        vehicles=asked.vehicles,
    )


def collected(rows: Iterable[StopsOf]) -> Collected:
    """Rows added up."""
    found = stops_of(rows)
    return Collected(
        due=found.due,
        served=found.served,
        late=found.late,
        missed=found.missed,
        unknown=found.unknown,
        cleared=_rounded(found.cleared, 4),
    )


def collected_days(rows: Iterable[CollectedSum], first: date, last: date) -> list[CollectedDay]:
    """Every day of the span."""
    by_day = {row.key: row for row in rows}
    return [
        CollectedDay(day=day, **collected([by_day[day]] if day in by_day else []).model_dump())
        for day in _days(first, last)
    ]


def collected_rows(rows: Sequence[CollectedSum], by: CollectedBy, names: Names) -> list[CollectedRow]:
    """By key, most left undone first."""
    return [
        CollectedRow(
            id=row.key,
            label=names.of(by, row.key),
            company=names.company(by, row.key),
            **collected([row]).model_dump(),
        )
        for row in sorted(rows, key=lambda one: (-one.missed - one.unknown, -one.late, one.key))
    ]


def vehicle_day(line: DayLine) -> VehicleDay:
    """One counted day."""
    return VehicleDay(
        vehicle_id=line.vehicle_id,
        day=line.day.isoformat(),
        driven_km=_km(line.driven_m),
        odometer_km=None if line.odometer_m is None else _km(line.odometer_m),
        moving_h=round(line.moving_s / 3600, 2),
        engine_h=None if line.engine_s is None else round(line.engine_s / 3600, 2),
        working_km=None if line.working_m is None else _km(line.working_m),
        rounds=line.rounds,
        trips=line.trips,
        tonnes=None if line.tonnes is None else round(line.tonnes, 2),
        stops=collected([line]),
        reports=line.reports,
        is_whole=line.is_whole,
        is_late=line.is_late,
        counted_at=to_rfc3339_if_known(line.counted_ms),
    )


def _km(metres: float) -> float:
    return round(metres / 1000, 2)


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _days(first: date, last: date) -> list[str]:
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]
