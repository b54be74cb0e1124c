"""What work plans ask for: spread evenly over the days they hold, of the vehicles whose plan they are."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from alerts.work_asked import WorkPlans
from domain.identifiers import VehicleId
from domain.localtime import day_start_ms
from domain.timewindow import Validity
from domain.vehicle import Vehicle, VehicleKind
from domain.work_plan import WorkPlan

ZONE = ZoneInfo("Asia/Shanghai")
FIRST = date(2026, 3, 1)
SWEEPERS = tuple(Vehicle(id=VehicleId(f"V{n}"), kind=VehicleKind.SWEEPER) for n in range(3))


def plans_of(*plans: WorkPlan) -> WorkPlans:
    return WorkPlans(plans=plans, vehicles=SWEEPERS, zone=ZONE)


YEARLY = WorkPlan(id="A", year=2026, km_per_year=3650.0, rounds_per_day=2.0)


def test_a_plan_asks_for_its_kilometres_of_all_and_its_rounds_of_each():
    asked = plans_of(YEARLY).asked(YEARLY, FIRST, FIRST + timedelta(days=6))
    assert (asked.km, asked.rounds, asked.vehicles) == (70.0, 2.0 * 7 * 3, 3)


def test_a_plan_that_names_no_figure_asks_for_none_rather_than_nothing():
    bare = WorkPlan(id="A")
    asked = plans_of(bare).asked(bare, FIRST, FIRST)
    assert (asked.km, asked.rounds) == (None, None)
    assert plans_of(bare).km(FIRST, FIRST) is None


def test_of_two_plans_for_a_vehicle_the_smaller_id_has_it():
    other = WorkPlan(id="B", vehicle_ids=(VehicleId("V0"),), km_per_year=365.0)
    plans = plans_of(YEARLY, other)
    assert plans.of_vehicle("V0", FIRST) == "A"
    assert plans.asked(other, FIRST, FIRST).vehicles == 0
    assert plans.km(FIRST, FIRST) == 11.0
    assert plans.km(FIRST, FIRST, ["B"]) == 1.0
    assert plans.km(FIRST, FIRST, []) is None


def test_a_plan_of_another_year_holds_on_none_of_the_days():
    plans = plans_of(WorkPlan(id="A", year=2025, km_per_year=3650.0))
    assert plans.holding(FIRST, FIRST) == {}
    assert plans.km(FIRST, FIRST) == 0.0
    assert plans.of_vehicle("V0", FIRST) is None


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 60), st.integers(0, 60))
def test_a_span_asks_for_what_its_two_halves_ask_for(days, more, begins, lasts):
    from_ms = day_start_ms(FIRST + timedelta(days=begins), ZONE)
    to_ms = day_start_ms(FIRST + timedelta(days=begins + lasts), ZONE)
    plan = WorkPlan(id="A", km_per_year=3650.0, validity=Validity(from_ms=from_ms, to_ms=to_ms))
    plans, middle = plans_of(plan), FIRST + timedelta(days=days)
    last = middle + timedelta(days=more + 1)
    halves = plans.km(FIRST, middle), plans.km(middle + timedelta(days=1), last)
    assert round(plans.km(FIRST, last), 6) == round(sum(halves), 6)
    assert plans.days_held(plan, FIRST, last) <= lasts
