"""Cleaning: the counted lines of a span added up, and held against what work plans ask for."""

from collections.abc import Iterable, Sequence
from datetime import date

from alerts.work_asked import WorkPlans
from api.work_shapes import Cleaned, CleanedDay, CleanedRow, PlannedWork
from api.work_span import Names, days_of, km, rounded
from domain.work_plan import WorkPlan
from storage.work import CleanedSum


def cleaned(rows: Iterable[CleanedSum], vehicles: int) -> Cleaned:
    """Rows added up."""
    all_rows = list(rows)
    odometers = [row.odometer_m for row in all_rows if row.odometer_m is not None]
    return Cleaned(
        working_km=km(sum(row.working_m for row in all_rows)),
        driven_km=km(sum(row.driven_m for row in all_rows)),
        odometer_km=km(sum(odometers)) if odometers else None,
        working_h=round(sum(row.working_s for row in all_rows) / 3600, 2),
        rounds=sum(row.rounds for row in all_rows),
        worked_days=sum(row.worked_days for row in all_rows),
        heard_days=sum(row.heard_days for row in all_rows),
        vehicles=vehicles,
    )


def planned_km(plans: WorkPlans, of: Sequence[str] | None, first: date, last: date) -> float | None:
    """What plans ask for in a span, all or those of some ids."""
    return rounded(plans.km(first, last, of), 2)


def cleaned_days(
    rows: Iterable[CleanedSum], plans: WorkPlans, of: Sequence[str] | None, first: date, last: date
) -> list[CleanedDay]:
    """Every day of the span, with what plans ask for, all or those of some ids."""
    by_day = {row.key: row for row in rows}
    return [
        CleanedDay(
            day=day,
            working_km=km(row.working_m) if row else 0.0,
            rounds=row.rounds if row else 0,
            planned_km=planned_km(plans, of, date.fromisoformat(day), date.fromisoformat(day)),
        )
        for day in days_of(first, last)
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
        planned_km=rounded(asked.km, 2),
        planned_rounds=asked.rounds,
        km_per_year=plan.km_per_year,
        year_km=km(year_m),
        year_planned_km=rounded(plans.year_km(plan, last), 2),
        vehicles=asked.vehicles,
    )
