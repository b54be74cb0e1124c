"""What work plans ask for in a span of days: kilometres of all their vehicles together, rounds of each."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta, tzinfo

from msgspec import Struct

from domain.registry import Registry
from domain.vehicle import Vehicle
from domain.work_plan import WorkPlan, plan_of


class AskedWork(Struct, frozen=True, kw_only=True):
    """What a plan asks for in a span, None where it names no such figure; `vehicles` have it as theirs on its last day."""

    km: float | None
    rounds: float | None
    vehicles: int


class WorkPlans(Struct, frozen=True, kw_only=True):
    """The plans of a registry, the vehicles that they may be of, and the zone that their days are of."""

    plans: tuple[WorkPlan, ...]
    vehicles: tuple[Vehicle, ...]
    zone: tzinfo

    @classmethod
    def of(cls, registry: Registry) -> "WorkPlans":
        """Those of a registry."""
        return cls(plans=registry.work_plans, vehicles=registry.vehicles, zone=registry.zone_info)

    def days_held(self, plan: WorkPlan, first: date, last: date) -> int:
        """On how many days of a span, both ends included, a plan holds."""
        return sum(
            plan.holds_on(first + timedelta(days=n), self.zone) for n in range((last - first).days + 1)
        )

    def holding(self, first: date, last: date) -> Mapping[str, WorkPlan]:
        """The plans that hold on any day of a span, by id."""
        return {plan.id: plan for plan in self.plans if self.days_held(plan, first, last)}

    def km(self, first: date, last: date, of: Collection[str] | None = None) -> float | None:
        """What plans ask for in a span, all or those of some ids; None where none names kilometres."""
        asked = [
            km
            for plan in self.plans
            if (of is None or plan.id in of) and (km := self._km_of(plan, first, last)) is not None
        ]
        return sum(asked) if asked else None

    def year_km(self, plan: WorkPlan, last: date) -> float | None:
        """A plan's share of the year up to a day; None where it names no kilometres."""
        return self._km_of(plan, last.replace(month=1, day=1), last)

    def asked(self, plan: WorkPlan, first: date, last: date) -> AskedWork:
        """What one plan asks for in a span."""
        vehicles = sum(self._plan_of(one, last) is plan for one in self.vehicles if plan.concerns(one))
        rounds = plan.rounds_per_day
        return AskedWork(
            km=self._km_of(plan, first, last),
            rounds=None if rounds is None else rounds * self.days_held(plan, first, last) * vehicles,
            vehicles=vehicles,
        )

    def of_vehicle(self, vehicle_id: str, day: date) -> str | None:
        """The id of a vehicle's plan on a day."""
        vehicle = next((one for one in self.vehicles if one.id == vehicle_id), None)
        plan = None if vehicle is None else self._plan_of(vehicle, day)
        return None if plan is None else plan.id

    def _plan_of(self, vehicle: Vehicle, day: date) -> WorkPlan | None:
        return plan_of(self.plans, vehicle, day, self.zone)

    def _km_of(self, plan: WorkPlan, first: date, last: date) -> float | None:
        km_a_day = plan.km_a_day()
        return None if km_a_day is None else km_a_day * self.days_held(plan, first, last)
