"""The short way for quiet reports gives what the long way gives: states, and findings."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from alerts import engine, vehicle_fold
from alerts.device_state import VehicleState
from alerts.observation import VehicleContext
from alerts.quiet import quiet_after
from domain.identifiers import DeviceId
from geofence.place import Placed
from tests.laws.strategies import ALARMS, PLACES, district, drives
from tests.support.factories import World, daily, stop
from tests.support.tracks import At, at, drive, in_order, stand

DEVICES = st.sampled_from(("D1", "D2", "D3"))
SPEEDS = (
    0.0,
    2.9,
    3.0,
    4.9,
    5.0,
    9.9,
    10.0,
    19.9,
    20.0,
    29.9,
    30.0,
    33.0,
    39.9,
    40.0,
    54.9,
    55.1,
    60.0,
    65.9,
    66.1,
)
SECONDS = (1.0, 5.0, 5.0, 10.0, 10.0, 30.0, 59.0, 61.0, 120.0, 299.0, 300.0, 301.0, 900.0)
EDGES = [*PLACES.values(), (905.0, 250.0), (2090.0, 0.0), (1180.0, 650.0), (1308.0, 700.0), (1895.0, 0.0)]
"""Places of the district, and just outside no-go zones, a stop and a district's end."""


def wander(seed: int) -> list[At]:
    """Up to 120 reports of a vehicle that walks or hovers at the edges of things, or hauls; its signals change."""
    rng = random.Random(seed)  # drawing each number by itself would leave nothing to draw stretches from
    way = rng.choice((_walk, _hover, _haul))
    second, speed, every = 0.0, rng.choice(SPEEDS), rng.choice(SECONDS)
    x, y = (0.0, 0.0) if way is _haul else rng.choice(EDGES)
    haste = rng.choice((0.0, 0.02, 0.2))
    signals = {
        name: rng.choice(choices)
        for name, choices in SIGNALS.items()
        if rng.random() < rng.choice((0.2, 0.8))
    }
    rows = []
    if way is _haul:
        rows = [at(10.0 * n, 0.0, 0.0, **{"v": 0.0, **signals, **_loaded(n, signals)}) for n in range(16)]
        second, speed, every = 150.0, rng.choice((36.0, 40.0, 60.0)), 10.0
    for _ in range(rng.randint(2, 120)):
        if rng.random() < 0.05 + haste:
            speed = rng.choice((*SPEEDS, None))
        if rng.random() < haste:
            every = rng.choice(SECONDS)
        if rng.random() < 0.1 + haste and signals:
            name = rng.choice(list(signals))
            signals[name] = rng.choice(SIGNALS[name])
        if "weight" in signals and rng.random() < 0.3:
            signals["weight"] = rng.choice((*SIGNALS["weight"], 8.01, 8.05, 8.2))
        second += every
        x, y = way(rng, x, y, (speed or 0.0) / 3.6 * every)
        blip = {"acc": rng.choice((1.0, 50.0, 51.0))} if rng.random() < 0.05 else {}
        if rng.random() < 0.05:
            name = rng.choice(list(signals) or list(SIGNALS))
            blip[name] = rng.choice(SIGNALS[name])
        shown = (x, y) if way is not _hover else (x + rng.choice(OFFSETS), y)
        fix = None if rng.random() < 0.02 else shown[0]
        rows.append(at(second, fix, shown[1], **{"v": speed, **signals, **blip}))
        if rng.random() < 0.03:
            rows.append(rows[-1].but(seq=rng.randint(0, 2)))
    return rows


OFFSETS = (0.0, 0.0, 0.0, 4.0, -4.0, 30.0, -30.0, 70.0, -70.0)


def _walk(rng: random.Random, x: float, y: float, way_m: float) -> tuple[float, float]:
    """Anywhere, now and then far away."""
    if rng.random() < 0.05:
        return rng.choice(EDGES)
    step_m = rng.choice((0.0, 1.0, 9.0, 11.0, way_m, way_m, 60.0, 120.0, 190.0))
    if rng.random() < 0.02:
        step_m = rng.choice((110.0, 500.0, 1300.0, 30_000.0))
    return x + rng.choice((-1, 0, 1)) * step_m, y + rng.choice((-1, 0, 0, 1)) * step_m


def _hover(rng: random.Random, x: float, y: float, way_m: float) -> tuple[float, float]:
    """At one place, seldom at another."""
    return rng.choice(EDGES) if rng.random() < 0.02 else (x, y)


def _haul(rng: random.Random, x: float, y: float, way_m: float) -> tuple[float, float]:
    """East along the route from the source, a little beside it or far."""
    return x + way_m, rng.choice((y, y, y, 0.0, 30.0, 65.0, 130.0))


def _loaded(number: int, signals: dict[str, object]) -> dict[str, object]:
    """The load while standing at the source: full from the middle on, where it is told."""
    return {"load": "full" if number > 8 else "empty"} if "load" in signals else {}


SIGNALS = {
    "load": ("full", "full", "partial", "empty"),
    "lift": (False, False, False, True, None),
    "cover": ("closed", "closed", "open", None),
    "weight": (8.0, 8.0, 8.1, 8.4, 8.41, 10.5, 12.0, 2.0),
    "ign": (True, True, False, None),
    "alarms": ((), (), *ALARMS),
}


def strict() -> World:
    """The district's places under rules with other numbers, zones that open and close, and a small district.

    Without signal_fault, which is never quieter about covers than uncovered_load.
    """
    world = (
        World("2026-03-02 21:58").vehicle("V1", "D1", max_load_t=8).vehicle("V2", "D2", kind="refuse_truck")
    )
    world.vehicle("V3", "D3", kind="other", speed_limit_kmh=60)
    world.district("MID", -80, 1900, y_min=-350, y_max=910).square("SRC", "source_site", 0, site_id="A")
    world.square("DSP", "disposal_site", 2000, windows=(daily("22:10", "22:20"), daily("22:30", "21:00")))
    world.square("NG", "no_go", 1000, 250, half_m=80, windows=(daily("22:01", "22:03"),))
    world.square("NG2", "no_go", 2129, half_m=30).square("SLOW", "speed_zone", 600, -600, speed_limit_kmh=30)
    world.square("PARK", "parking", 1000, -300, valid=(200, 700)).square("BAY", "wash_bay", 80, 60, half_m=12)
    world.route("R1", (0, 0), (2000, 0), half_width_m=20)
    world.permit("P1", vehicles=("V1",), routes=("R1",), windows=(daily("21:00", "22:04"),), max_trip_min=5)
    world.run(stop("yard", 1000, "21:59", "22:05", y=-300, radius_m=30), vehicle_id="V2")
    world.run(stop("corner", 1200, "22:02", "22:06", y=700, radius_m=100, min_stay_s=30), vehicle_id="V1")
    for kind, params in (
        ("device_silent", {"silent_s": 100}),
        ("speeding", {"default_limit_kmh": 50, "exit_buffer_m": 60}),
        ("speeding", {"hold_s": 60}),
        ("forbidden_zone", {"exit_buffer_m": 5}),
        ("unexpected_stop", {"stay_s": 60}),
        ("illegal_dumping", {"dwell_s": 30}),
        ("off_route", {"hold_s": 20}),
        *((kind, {}) for kind in OTHERS),
    ):
        number = 0 if world.rules is None else len(world.rules)
        world.rule(kind, rule_id=f"{kind}-{number}", **params)
    return world


OTHERS = (
    "out_of_hours",
    "no_permit",
    "uncovered_load",
    "cross_district",
    "overload",
    "trip_overdue",
    "wash_skipped",
    "missed_collection",
    "terminal_tamper",
    "position_fault",
    "identity_conflict",
)
WORLDS = (district(), strict())


def hold_both_ways_equal(world: World, items: list[Placed], device: str, ticks: set[int], forget: int) -> int:
    """Judge each report both ways, and look at what becomes due; give how many were quiet."""
    ruleset = world.ruleset()
    state = engine.new_state(ruleset, DeviceId(device))
    assert isinstance(state, VehicleState)
    context = VehicleContext(ruleset, ruleset.profiles[state.device_id])
    quiet = 0
    for number, item in enumerate(items):
        quiet += quiet_after(context, state, item) is not None
        long_state, long_findings = vehicle_fold.step_long(context, state, item)
        after, findings = engine.step(ruleset, state, item)
        if not state.tentative:
            long_state = replace(long_state, ticked_ms=None)  # a report ends what a tick noted, either way
            assert after == long_state
            assert engine.encode_state(after) == engine.encode_state(long_state)
            assert findings == long_findings
        if engine.is_due_no_sooner(state, after):
            due_ms, was_due_ms = engine.due_ms(ruleset, after), engine.due_ms(ruleset, state)
            assert due_ms is None or (was_due_ms is not None and due_ms >= was_due_ms)
        if number in ticks:
            after, _ = engine.tick(ruleset, after, item.report.time_ms + 1_000_000)
        state = engine.decode_state(engine.encode_state(after)) if number % forget == 0 else after
        assert isinstance(state, VehicleState)
    return quiet


numbers = st.sets(st.integers(0, 120), max_size=3)
forgetting = st.sampled_from((2, 7, 1_000))


@given(
    seed=st.integers(0, 1 << 32),
    world=st.sampled_from(WORLDS),
    device=DEVICES,
    ticks=numbers,
    forget=forgetting,
)
def test_a_vehicle_that_wanders_along_edges_is_judged_the_same_both_ways(seed, world, device, ticks, forget):
    hold_both_ways_equal(world, in_order(world, wander(seed), device), device, ticks, forget)


@given(rows=drives(), world=st.sampled_from(WORLDS), device=DEVICES, ticks=numbers, forget=forgetting)
def test_a_vehicle_on_a_drive_is_judged_the_same_both_ways(rows, world, device, ticks, forget):
    hold_both_ways_equal(world, in_order(world, rows, device), device, ticks, forget)


def test_of_wandering_vehicles_many_reports_are_quiet():
    # So that the law above is about something.
    shares = []
    for seed in range(40):
        items = in_order(WORLDS[0], wander(seed), "D1")
        shares.append(hold_both_ways_equal(WORLDS[0], items, "D1", set(), 7) / len(items))
    assert sum(shares) / len(shares) > 0.2


# What chance brings about too seldom.
THROUGH = [at(5 * n, x, 250, v=50.0) for n, x in enumerate((630, 700, 770, 840, 905, 1095, 1165, 1235))]
OPENS_AROUND = stand(0, 2_400, 2000, 0, every=30)
LOAD_TOLD_LATE = [
    *stand(0, 200, 0),
    *drive((210, 150), (290, 950)),
    *drive((300, 1050), (400, 1850), load="full"),
]
COVER_OPENS = [
    *stand(0, 200, 0, load="full", cover="closed"),
    *drive((210, 150), (320, 1250), load="full", cover="closed"),
    *drive((330, 1350), (380, 1850), load="full", cover="open"),
]
LATE = [
    *stand(0, 200, 0, load="full"),
    *drive((210, 150), (290, 1100), load="full"),
    *stand(300, 900, 1100, load="full"),
]


@pytest.mark.parametrize(
    ("world", "rows"),
    [
        pytest.param(WORLDS[0], THROUGH, id="through a no-go zone between two fixes"),
        pytest.param(WORLDS[1], OPENS_AROUND, id="a zone opens and closes around it"),
        pytest.param(WORLDS[0], LOAD_TOLD_LATE, id="loaded by place, then told by a sensor"),
        pytest.param(WORLDS[1], COVER_OPENS, id="the cover opens on the way"),
        pytest.param(WORLDS[1], LATE, id="a haul becomes overdue while it stands"),
    ],
)
def test_what_chance_seldom_brings_about_is_judged_the_same_both_ways(world, rows):
    assert hold_both_ways_equal(world, in_order(world, rows), "D1", set(), 1_000) > 0
