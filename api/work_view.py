"""Fleet work put together: the counted lines of a span, named by the registry and held against permits and plans."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import reduce

from msgspec import Struct

from api.reporting import Known
from api.work_shapes import (
    Cleaned,
    CleanedDay,
    CleanedRow,
    Collected,
    CollectedDay,
    CollectedRow,
    Hauled,
    HauledDay,
    HauledRow,
    PermitVolume,
    PlannedWork,
    VehicleDay,
)
from domain.instant import to_rfc3339_if_known
from domain.permit import Permit
from domain.work_plan import WorkPlan, plan_of
from storage.work import CleanedBy, CleanedSum, CollectedBy, CollectedSum, DayLine, HaulsBy, HaulSum, SoFar

FULL_LOAD_MARGIN = 1.2
"""So far over what was declared the trips at full load must be for the declaration to be doubted for them alone."""


class Names(Struct, frozen=True, kw_only=True):
    """What the keys of rows are called."""

    known: Known

    def companies(self) -> Mapping[str, str]:
        """The name of each vehicle's company."""
        names = {one.id: one.name or one.id for one in self.known.registry.companies}
        return {
            str(one.id): names.get(one.company_id, str(one.company_id))
            for one in self.known.registry.vehicles
            if one.company_id is not None
        }

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
    companies = names.companies() if by == "vehicle" else {}
    return [
        HauledRow(
            id=row.key,
            label=names.of(by, row.key),
            company=companies.get(row.key, ""),
            **hauled([row], row.vehicles).model_dump(),
        )
        for row in sorted(rows, key=lambda one: (-one.trips, one.key))
    ]


def permit_rows(
    rows: Sequence[HaulSum], so_far: Mapping[str, SoFar], permits: Sequence[Permit]
) -> list[HauledRow]:
    """By permit: those under which anything was hauled, and those that declare a volume; the doubtful first."""
    by_id = {row.key: row for row in rows}
    declared = {str(one.id): one for one in permits}
    shown = {*by_id, *(one.id for one in permits if one.declared_total_t is not None)}
    made = [_permit_row(by_id.get(key), key, so_far.get(key), declared.get(key)) for key in shown]
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
    hauled_t, rated_t = (0.0, 0.0) if so_far is None else (so_far.tonnes, so_far.rated_t)
    return PermitVolume(
        declared_t=declared_t,
        hauled_t=round(hauled_t, 2),
        rated_t=round(rated_t, 2),
        trips=0 if so_far is None else so_far.trips,
        share=None if declared_t is None else round(hauled_t / declared_t, 4),
        under_declared=declared_t is not None
        and (hauled_t > declared_t or rated_t > FULL_LOAD_MARGIN * declared_t),
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


class Plans:
    """The work plans of a registry held against days: how much each asks for, and of whom."""

    def __init__(self, known: Known, asked_for: Collection[str] | None = None) -> None:
        """Look through a registry; `asked_for` are the plans whose kilometres are asked about, None for all."""
        self._zone = known.zone
        self._vehicles = known.registry.vehicles
        self.all = known.registry.work_plans
        self._asked_for = [plan for plan in self.all if asked_for is None or plan.id in asked_for]

    def days_held(self, plan: WorkPlan, first: date, last: date) -> int:
        """On how many days of a span a plan holds."""
        return sum(plan.holds_on(date.fromisoformat(day), self._zone) for day in _days(first, last))

    def vehicles(self, plan: WorkPlan, last: date) -> int:
        """How many vehicles have it as their plan on a day."""
        return sum(
            plan_of(self.all, one, last, self._zone) is plan for one in self._vehicles if plan.concerns(one)
        )

    def km(self, first: date, last: date) -> float | None:
        """The kilometres that these plans ask for in a span; None where none asks for any."""
        asked = [
            km_a_day * self.days_held(plan, first, last)
            for plan in self._asked_for
            if (km_a_day := plan.km_a_day()) is not None
        ]
        return round(sum(asked), 2) if asked else None

    def asked(self, plan: WorkPlan, first: date, last: date, year_m: float) -> PlannedWork:
        """What a plan asks for in a span, and how its year goes; `year_m` was worked since the year's first day."""
        days, vehicles = self.days_held(plan, first, last), self.vehicles(plan, last)
        year_days = self.days_held(plan, last.replace(month=1, day=1), last)
        km_a_day = plan.km_a_day()
        return PlannedWork(
            planned_km=None if km_a_day is None else round(km_a_day * days, 2),
            planned_rounds=None if plan.rounds_per_day is None else plan.rounds_per_day * days * vehicles,
            km_per_year=plan.km_per_year,
            year_km=_km(year_m),
            year_planned_km=None if km_a_day is None else round(km_a_day * year_days, 2),
            vehicles=vehicles,
        )

    def of_vehicle(self, vehicle_id: str, last: date) -> str | None:
        """The plan of a vehicle on a day."""
        vehicle = next((one for one in self._vehicles if one.id == vehicle_id), None)
        plan = None if vehicle is None else plan_of(self.all, vehicle, last, self._zone)
        return None if plan is None else plan.id


def cleaned_days(rows: Iterable[CleanedSum], plans: Plans, first: date, last: date) -> list[CleanedDay]:
    """Every day of the span, with what the plans ask for."""
    by_day = {row.key: row for row in rows}
    return [
        CleanedDay(
            day=day,
            working_km=_km(row.working_m) if row else 0.0,
            rounds=row.rounds if row else 0,
            planned_km=plans.km(date.fromisoformat(day), date.fromisoformat(day)),
        )
        for day in _days(first, last)
        for row in (by_day.get(day),)
    ]


def cleaned_rows(rows: Sequence[CleanedSum], names: Names, plans: Plans, last: date) -> list[CleanedRow]:
    """By vehicle, most kilometres first."""
    companies = names.companies()
    kinds = {str(one.id): one.kind.value for one in names.known.registry.vehicles}
    return [
        CleanedRow(
            id=row.key,
            label=names.of("vehicle", row.key),
            company=companies.get(row.key, ""),
            kind=kinds.get(row.key, ""),
            plan_id=plans.of_vehicle(row.key, last),
            **cleaned([row], row.vehicles).model_dump(),
        )
        for row in sorted(rows, key=lambda one: (-one.working_m, one.key))
    ]


def plan_rows(
    rows: Sequence[CleanedSum],
    year: Sequence[CleanedSum],
    names: Names,
    plans: Plans,
    first: date,
    last: date,
    *,
    is_all: bool,
) -> list[CleanedRow]:
    """By plan, those that hold in the span even where nothing was done (`is_all`); last what no plan asks for."""
    by_id, worked_m = {row.key: row for row in rows}, {row.key: row.working_m for row in year}
    holding = {plan.id: plan for plan in plans.all if plans.days_held(plan, first, last)}
    made: list[CleanedRow] = []
    for key in sorted({*by_id, *(holding if is_all else ())}, key=lambda each: (each == "", each)):
        row, plan = by_id.get(key), holding.get(key)
        made.append(
            CleanedRow(
                id=key,
                label=names.of("plan", key),
                kind="" if plan is None or plan.vehicle_kind is None else plan.vehicle_kind.value,
                plan=None if plan is None else plans.asked(plan, first, last, worked_m.get(key, 0.0)),
                **cleaned([] if row is None else [row], 0 if row is None else row.vehicles).model_dump(),
            )
        )
    return made


def collected(rows: Iterable[CollectedSum | DayLine]) -> Collected:
    """Rows added up."""
    served, late, missed, unknown = reduce(
        lambda sums, row: (
            sums[0] + row.served,
            sums[1] + row.late,
            sums[2] + row.missed,
            sums[3] + row.unknown,
        ),
        rows,
        (0, 0, 0, 0),
    )
    due = served + late + missed + unknown
    return Collected(
        due=due,
        served=served,
        late=late,
        missed=missed,
        unknown=unknown,
        cleared=round((served + late) / due, 4) if due else None,
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
    companies = names.companies() if by == "vehicle" else {}
    return [
        CollectedRow(
            id=row.key,
            label=names.of(by, row.key),
            company=companies.get(row.key, ""),
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
        is_late=line.is_late,
        counted_at=to_rfc3339_if_known(line.counted_ms),
    )


def _km(metres: float) -> float:
    return round(metres / 1000, 2)


def _days(first: date, last: date) -> list[str]:
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]
