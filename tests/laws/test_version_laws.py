"""Laws of judging by versions: what is judged by which hangs on the times of the reports alone."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from alerts import engine
from alerts.finding import Finding
from alerts.renaming import alerts_in
from alerts.timeline import Timeline
from domain.identifiers import RuleId, StationId, VehicleId
from domain.registry import Registry
from domain.rule import AppliesTo, Rule, RuleKind
from domain.station import Severity
from domain.vehicle import VehicleKind
from domain.zone import ZoneKind
from storage.alert_log import alert_of
from storage.batch import JudgedFinding
from storage.store import Store
from tests.laws.strategies import Told, district, drives, dusty, station_days
from tests.laws.test_late_laws import BETWEEN, PACES, Pace, arrivals, unique
from tests.support.factories import World
from tests.support.late_ingest import LateIngest, Report, Said, emptied, standing
from tests.support.postgres import TestServer
from tests.support.versions import judged, reports, timeline

DEVICES = ("D1", "D2", "D3")
Edit = Callable[[Registry], Registry]


@pytest.fixture(scope="module")
def database(postgres: TestServer) -> Iterator[str]:
    """One database for all examples; each begins by emptying it."""
    with postgres.database() as dsn:
        yield dsn


def without_zones(*ids: str) -> Edit:
    return lambda one: replace(one, zones=tuple(zone for zone in one.zones if zone.id not in ids))


def with_kind(zone_id: str, kind: ZoneKind) -> Edit:
    def edit(one: Registry) -> Registry:
        zones = tuple(replace(zone, kind=kind) if zone.id == zone_id else zone for zone in one.zones)
        return replace(one, zones=zones)

    return edit


def without_permits(one: Registry) -> Registry:
    return replace(one, permits=())


def without_routes(one: Registry) -> Registry:
    return replace(one, permits=tuple(replace(permit, route_ids=()) for permit in one.permits))


def with_rules(*left_out: RuleKind, **params: float) -> Edit:
    def edit(one: Registry) -> Registry:
        rules = tuple(
            Rule(
                id=RuleId(kind.value),
                kind=kind,
                params=dict(params) if kind in {RuleKind.DEVICE_SILENT, RuleKind.SPEEDING} else {},
            )
            for kind in RuleKind
            if kind not in left_out
        )
        return replace(one, rules=tuple(_with_own(rule) for rule in rules))

    return edit


def _with_own(rule: Rule) -> Rule:
    """The rule with those of its numbers that are its own."""
    own = {RuleKind.DEVICE_SILENT: {"silent_s"}, RuleKind.SPEEDING: {"hold_s", "default_limit_kmh"}}
    kept = {name: value for name, value in rule.params.items() if name in own.get(rule.kind, set())}
    return replace(rule, params=kept)


def with_swapped_rules(one: Registry) -> Registry:
    """A rule's id goes over to another kind."""
    kinds = [kind for kind in RuleKind if kind is not RuleKind.SUSPECTED_DUMP_SITE]
    return replace(one, rules=tuple(Rule(id=RuleId(a.value), kind=b) for a, b in pairwise(kinds)))


def with_district_rule(one: Registry) -> Registry:
    rules = tuple(
        Rule(id=RuleId(kind.value), kind=kind, applies_to=AppliesTo(district_ids=("MID",)))
        for kind in (RuleKind.SPEEDING, RuleKind.FORBIDDEN_ZONE, RuleKind.DEVICE_SILENT)
    )
    return replace(one, rules=rules)


def with_other_vehicles(one: Registry) -> Registry:
    """Every device moves to another vehicle."""
    vehicles = tuple(
        replace(vehicle, id=VehicleId(f"{vehicle.id}b"), kind=VehicleKind.MUCK_TRUCK)
        for vehicle in one.vehicles
    )
    return replace(one, vehicles=vehicles, permits=(), collection_runs=())


def without_vehicles(one: Registry) -> Registry:
    return replace(one, vehicles=(), permits=(), collection_runs=())


def with_light_vehicles(one: Registry) -> Registry:
    vehicles = tuple(
        replace(vehicle, max_load_t=None, speed_limit_kmh=30.0, kind=VehicleKind.REFUSE_TRUCK)
        for vehicle in one.vehicles
    )
    return replace(one, vehicles=vehicles)


def with_other_stops(one: Registry) -> Registry:
    runs = tuple(
        replace(
            run,
            stops=tuple(
                replace(stop, radius_m=stop.radius_m + 40) if number else stop
                for number, stop in enumerate(run.stops)
            )[::-1][:1],
        )
        for run in one.collection_runs
    )
    return replace(one, collection_runs=runs)


def as_it_is(one: Registry) -> Registry:
    return one


VEHICLE_EDITS: tuple[Edit, ...] = (
    as_it_is,
    without_zones("NG", "NG2", "SRC2", "PARK"),
    with_kind("PARK", ZoneKind.NO_GO),
    with_kind("NG", ZoneKind.OTHER),
    without_permits,
    without_routes,
    with_rules(RuleKind.SPEEDING, RuleKind.DEVICE_SILENT, RuleKind.FORBIDDEN_ZONE),
    with_rules(silent_s=400.0, default_limit_kmh=30.0),
    with_rules(silent_s=2000.0, hold_s=30.0),
    with_rules(
        RuleKind.NO_PERMIT, RuleKind.TRIP_OVERDUE, RuleKind.MISSED_COLLECTION, RuleKind.UNCOVERED_LOAD
    ),
    with_swapped_rules,
    with_district_rule,
    with_other_vehicles,
    without_vehicles,
    with_light_vehicles,
    with_other_stops,
)


def with_limits(**changes: object) -> Edit:
    def edit(one: Registry) -> Registry:
        return replace(one, limits=tuple(replace(limit, **changes) for limit in one.limits))

    return edit


def with_fewer_limits(one: Registry) -> Registry:
    stations = tuple(replace(each, limit_ids=each.limit_ids[::2]) for each in one.stations)
    return replace(one, stations=stations)


def with_other_station(one: Registry) -> Registry:
    return replace(one, stations=tuple(replace(each, id=StationId("S9")) for each in one.stations))


def without_stations(one: Registry) -> Registry:
    return replace(one, stations=())


def with_own_rules(*kinds: RuleKind, severity: Severity | None = None) -> Edit:
    return lambda one: replace(
        one, rules=tuple(Rule(id=RuleId(kind.value), kind=kind, severity=severity) for kind in kinds)
    )


STATION_EDITS: tuple[Edit, ...] = (
    as_it_is,
    with_limits(limit=70.0),
    with_limits(window_s=3600),
    with_limits(exceedances_allowed_per_day=1),
    with_fewer_limits,
    with_other_station,
    without_stations,
    with_own_rules(RuleKind.DUST_EXCEEDANCE, severity=Severity.MAJOR),
    with_own_rules(RuleKind.NOISE_EXCEEDANCE, RuleKind.SENSOR_FAULT),
    with_own_rules(RuleKind.STATION_SILENT),
)


@st.composite
def histories(draw: st.DrawFn, world: World, edits: Sequence[Edit], until_s: float) -> Told:
    """Up to four versions, each an edit of the first, and the instants they take effect."""
    count = draw(st.integers(1, 3))
    seconds = sorted(draw(st.lists(st.integers(1, max(1, int(until_s))), min_size=count, max_size=count)))
    versions: list[tuple[float, Registry]] = [(0.0, world.registry())]
    told = []
    for second in seconds:
        number = draw(st.integers(0, len(edits) - 1))
        edit = edits[number]
        told.append((second, number, edit.__qualname__))
        versions.append((float(second) + draw(st.sampled_from([0.0, 0.5])), edit(world.registry())))
    made = timeline(world, *versions)
    return Told((made, [from_ms for _, from_ms in made.starts[1:]]), told)


def facts(findings: Sequence[Finding]) -> list[Said]:
    last = {one.id: one for one in findings}
    return standing([alert_of(JudgedFinding(finding=one, ruleset_version=1)) for one in last.values()])


def drawn_ticks(data: st.DataObject, world: World, final_s: float, changes_ms: list[int]) -> list[int]:
    ticks = [world.ms(second) for second in data.draw(st.lists(st.integers(0, int(final_s)), max_size=12))]
    near = data.draw(st.lists(st.sampled_from(changes_ms), max_size=3))
    return [*ticks, *near, *(at_ms + 1 for at_ms in near)]


@given(rows=drives(max_legs=4), device=st.sampled_from(DEVICES), data=st.data())
def test_ticks_never_change_a_vehicles_alerts(rows, device, data):
    world, items = district(), reports(district(), rows, device)
    versions, changes = data.draw(histories(world, VEHICLE_EDITS, rows[-1].second + 500))
    final_s = rows[-1].second + data.draw(st.sampled_from([0, 1_000, 2_500, 90_500]))
    ticks = [at_ms for at_ms in drawn_ticks(data, world, final_s, changes) if at_ms <= world.ms(final_s)]
    _, ticked = judged(versions, items, device, ticks_ms=[*ticks, world.ms(final_s)])
    _, plain = judged(versions, items, device, ticks_ms=[world.ms(final_s)])
    assert facts(ticked) == facts(plain)


@given(items=station_days(), data=st.data())
def test_ticks_never_change_a_stations_alerts(items, data):
    world = dusty()
    last_s = (max(one.time_ms for one in items) - world.start_ms) / 1000
    versions, changes = data.draw(histories(world, STATION_EDITS, last_s))
    final_s = last_s + data.draw(st.sampled_from([0, 300, 10_000]))
    ticks = [at_ms for at_ms in drawn_ticks(data, world, final_s, changes) if at_ms <= world.ms(final_s)]
    _, ticked = judged(versions, items, "M1", ticks_ms=[*ticks, world.ms(final_s)])
    _, plain = judged(versions, items, "M1", ticks_ms=[world.ms(final_s)])
    assert facts(ticked) == facts(plain)


@given(rows=drives(max_legs=4), device=st.sampled_from(DEVICES), data=st.data())
def test_alerts_of_one_rule_and_subject_never_overlap_and_none_is_left_open(rows, device, data):
    world, items = district(), reports(district(), rows, device)
    versions, _ = data.draw(histories(world, VEHICLE_EDITS, rows[-1].second))
    state, said = judged(versions, items, device)
    last = {one.id: one for one in said}
    held = {} if state is None else alerts_in(state)
    by_subject: dict[tuple[str, str], list[Finding]] = {}
    for finding in last.values():
        if finding.withdrawn is None:
            by_subject.setdefault((finding.rule_id, finding.subject), []).append(finding)
            assert finding.ended_ms is not None or finding.id in held, "open, and nothing will end it"
    for found in by_subject.values():
        for one, other in pairwise(sorted(found, key=lambda each: each.started_ms)):
            assert one.ended_ms is not None
            assert one.ended_ms <= other.started_ms


@given(rows=drives(max_legs=3), device=st.sampled_from(DEVICES), data=st.data())
def test_judging_in_parts_with_the_state_encoded_between_is_judging_in_one_go(rows, device, data):
    world, items = district(), sorted(reports(district(), rows, device), key=lambda each: each.order)
    versions, _ = data.draw(histories(world, VEHICLE_EDITS, rows[-1].second))
    cut = data.draw(st.integers(0, len(items)))
    _, whole = judged(versions, items, device)
    state, first = judged(versions, items[:cut], device)
    again = None if state is None else engine.decode_state(engine.encode_state(state))
    assert again == state
    _, second = judged(versions, items[cut:], device, state=again)
    assert [*first, *second] == whole


@given(rows=drives(max_legs=4), device=st.sampled_from(DEVICES), data=st.data())
def test_versions_that_change_nothing_change_no_alert(rows, device, data):
    world, items = district(), reports(district(), rows, device)
    versions, _ = data.draw(histories(world, (as_it_is,), rows[-1].second))
    assert judged(versions, items, device)[1] == judged(timeline(world, (0, world)), items, device)[1]


@given(items=station_days(), data=st.data())
def test_versions_that_change_nothing_change_no_alert_of_a_station(items, data):
    world = dusty()
    versions, _ = data.draw(histories(world, (as_it_is,), 20_000))
    assert judged(versions, items, "M1")[1] == judged(timeline(world, (0, world)), items, "M1")[1]


def ends(
    dsn: str,
    known: list[Timeline],
    batches: list[list[Report]],
    between: list[str],
    pace: Pace,
    final_ms: int,
) -> list[Said]:
    """The alerts after these batches; the timelines follow one another as the batches come."""
    return asyncio.run(_ends(dsn, known, batches, between, pace, final_ms))


async def _ends(
    dsn: str,
    known: list[Timeline],
    batches: list[list[Report]],
    between: list[str],
    pace: Pace,
    final_ms: int,
) -> list[Said]:
    store = await Store.connect(dsn, pool_size=2)
    try:
        await emptied(store)
        ingest = LateIngest(known[0], store, slice_size=pace[0], slice_s=pace[1])
        newest_ms = 0
        for number, (batch, event) in enumerate(zip(batches, between, strict=True)):
            ingest.use(known[min(number, len(known) - 1)])
            await ingest.take(batch)
            newest_ms = max(newest_ms, *(report.time_ms for report in batch))
            if event == "turn":
                await ingest.turn(after_s=0.5)
            elif event == "wait":
                await ingest.turn(after_s=10.0)
            elif event == "restart":
                await ingest.restart()
            elif event == "tick":
                await ingest.tick(newest_ms + 1_000_000)
        ingest.use(known[-1])
        await ingest.catch_up()
        await ingest.tick(final_ms)
        return await ingest.alerts()
    finally:
        await store.close()


def grown(data: st.DataObject, versions: Timeline) -> list[Timeline]:
    """The timeline as it came to be known: all of it at once, or version by version."""
    if data.draw(st.booleans()):
        return [versions]
    rulesets = [versions.version(number) for number in versions.numbers]
    return [Timeline.of(*rulesets[: count + 1]) for count in range(len(rulesets))]


@given(rows=drives(max_legs=3), device=st.sampled_from(DEVICES), data=st.data())
def test_however_a_vehicles_reports_arrive_its_alerts_end_as_in_order(database, rows, device, data):
    world, items = district(), list(reports(district(), rows, device))
    versions, _ = data.draw(histories(world, VEHICLE_EDITS, rows[-1].second))
    batches = data.draw(arrivals(items))
    between = data.draw(st.lists(BETWEEN, min_size=len(batches), max_size=len(batches)))
    final_ms = world.ms(rows[-1].second + data.draw(st.sampled_from([1_000, 100_000])))
    known = grown(data, versions)
    found = ends(database, known, batches, between, data.draw(PACES), final_ms)
    assert found == facts(judged(versions, items, device, ticks_ms=[final_ms])[1])


@given(items=station_days(), data=st.data())
def test_however_a_stations_readings_arrive_its_alerts_end_as_in_order(database, items, data):
    world, items = dusty(), unique(items)
    last_ms = max(one.time_ms for one in items)
    versions, _ = data.draw(histories(world, STATION_EDITS, (last_ms - world.start_ms) / 1000))
    batches = data.draw(arrivals(items))
    between = data.draw(st.lists(BETWEEN, min_size=len(batches), max_size=len(batches)))
    final_ms = last_ms + 10_000_000
    known = grown(data, versions)
    found = ends(database, known, batches, between, data.draw(PACES), final_ms)
    assert found == facts(judged(versions, items, "M1", ticks_ms=[final_ms])[1])
