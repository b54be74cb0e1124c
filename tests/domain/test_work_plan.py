"""Which plan is a vehicle's, on which days, and at what speeds it works."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from domain.identifiers import PermitId, VehicleId
from domain.permit import Permit
from domain.timewindow import Validity
from domain.vehicle import Vehicle, VehicleKind
from domain.work_plan import WORKING_KMH, SpeedRange, WorkPlan, plan_of, working_kmh
from tests.support.factories import local_ms

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 3, 2)


def vehicle(kind: str = "sprinkler", name: str = "V1") -> Vehicle:
    return Vehicle(id=VehicleId(name), kind=VehicleKind(kind))


@pytest.mark.parametrize(
    ("plan", "kinds"),
    [
        (WorkPlan(id="W"), {"sprinkler", "fog_cannon", "sweeper"}),
        (WorkPlan(id="W", vehicle_kind=VehicleKind.SWEEPER), {"sweeper"}),
        (WorkPlan(id="W", vehicle_ids=(VehicleId("V1"),)), set(VehicleKind)),
        (WorkPlan(id="W", vehicle_ids=(VehicleId("V2"),)), set()),
    ],
    ids=["all that clean", "of a kind", "listed", "not listed"],
)
def test_a_plan_concerns_those_it_lists_else_its_kind_else_all_that_clean(plan, kinds):
    assert {kind for kind in VehicleKind if plan.concerns(vehicle(kind))} == kinds


@pytest.mark.parametrize(
    ("begins", "ends", "year", "holds"),
    [
        (None, None, None, True),
        (None, None, 2026, True),
        (None, None, 2025, False),
        ("2026-03-02 00:00", "2026-03-03 00:00", None, True),
        ("2026-03-02 00:01", None, None, False),
        (None, "2026-03-02 23:59", None, False),
    ],
)
def test_a_plan_holds_on_whole_days_of_its_span_and_year(begins, ends, year, holds):
    validity = Validity(from_ms=begins and local_ms(begins), to_ms=ends and local_ms(ends))
    assert WorkPlan(id="W", year=year, validity=validity).holds_on(DAY, ZONE) is holds


def test_of_several_plans_the_smallest_id_counts():
    plans = (WorkPlan(id="W2"), WorkPlan(id="W1"), WorkPlan(id="W0", year=2025))
    assert plan_of(plans, vehicle(), DAY, ZONE) is plans[1]
    assert plan_of(plans, vehicle("muck_truck"), DAY, ZONE) is None


def test_kilometres_are_spread_over_365_days():
    assert WorkPlan(id="W", km_per_year=730.0).km_a_day() == 2.0
    assert WorkPlan(id="W").km_a_day() is None


def test_a_plan_may_have_its_own_working_speed():
    own = SpeedRange(from_kmh=1.0, to_kmh=9.0)
    assert working_kmh(WorkPlan(id="W", working_speed_kmh=own), VehicleKind.SWEEPER) is own
    assert working_kmh(WorkPlan(id="W"), VehicleKind.SWEEPER) is WORKING_KMH[VehicleKind.SWEEPER]
    assert working_kmh(None, VehicleKind.MUCK_TRUCK) is None


@pytest.mark.parametrize(
    ("terms", "declared_t"),
    [
        ({}, None),
        ({"declared_t": 500.0}, 500.0),
        ({"declared_m3": 100.0}, 180.0),
        ({"declared_m3": 100.0, "density_t_m3": 1.5}, 150.0),
        ({"declared_m3": 100.0, "declared_t": 170.0}, 170.0),
    ],
)
def test_a_permit_was_granted_for_its_tonnes_or_its_volume_at_its_density(terms, declared_t):
    assert Permit(id=PermitId("P"), **terms).declared_total_t == declared_t
