"""Laws of late data over a real database: however reports arrive, the alerts end as if they had come in order."""

import asyncio
import itertools
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from alerts import engine
from alerts.finding import Finding
from domain.identifiers import DeviceId
from storage.alert_log import alert_of
from storage.batch import JudgedFinding
from storage.store import Store
from tests.laws.strategies import contested_hours, district, drives, dusty, station_days
from tests.support.factories import World
from tests.support.late_ingest import LateIngest, Report, Said, emptied, standing
from tests.support.postgres import TestServer
from tests.support.tracks import at, fold, in_order, position

DEVICES = ("D1", "D2", "D3")


@pytest.fixture(scope="module")
def database(postgres: TestServer) -> Iterator[str]:
    """One database for all examples; each begins by emptying it."""
    with postgres.database() as dsn:
        yield dsn


def expected(world: World, reports: Sequence[Report], device_id: str, final_s: float) -> list[Said]:
    """The alerts in order, after time has passed up to `final_s`."""
    items = in_order(world, reports, device_id, rounded=False)
    state = engine.new_state(world.ruleset(), DeviceId(device_id))
    _, findings = fold(world, state, items, [final_s])
    last: dict[object, Finding] = {one.id: one for one in findings}
    return standing([alert_of(JudgedFinding(finding=one, ruleset_version=1)) for one in last.values()])


@st.composite
def arrivals(draw: st.DrawFn, reports: Sequence[Report]) -> list[list[Report]]:
    """Any shuffle, split and duplication of the reports, in batches."""
    way = draw(st.sampled_from(["shuffled", "newest first", "blocks", "a few late"]))
    order = list(reports)
    if way == "shuffled":
        order = draw(st.permutations(order))
    elif way == "newest first":
        order.reverse()
    elif way == "blocks":
        size = draw(st.integers(1, max(1, len(order) // 2)))
        blocks = [order[start : start + size] for start in range(0, len(order), size)]
        order = [report for block in draw(st.permutations(blocks)) for report in block]
    else:
        for _ in range(draw(st.integers(1, 4))):
            report = order.pop(draw(st.integers(0, len(order) - 1)))
            order.insert(draw(st.integers(0, len(order))), report)
    for _ in range(draw(st.integers(0, 3))):
        order.insert(draw(st.integers(0, len(order))), order[draw(st.integers(0, len(order) - 1))])
    cuts = sorted(draw(st.lists(st.integers(0, len(order)), max_size=5)))
    bounds = [0, *cuts, len(order)]
    return [order[start:end] for start, end in itertools.pairwise(bounds) if end > start]


Pace = tuple[int, float]
PACES = st.sampled_from([(1_000, 0.0), (1_000, 0.0), (7, 0.03), (40, 0.06)])
"""Reports in a slice of judging again, and how the clock moves: a turn of 0.1 s ends after few slices."""
BETWEEN = st.sampled_from(["nothing", "nothing", "turn", "wait", "restart", "tick"])


def ends(
    dsn: str, world: World, batches: list[list[Report]], between: list[str], pace: Pace, final_s: float
) -> list[Said]:
    """The alerts after these batches with these things happening between them."""
    return asyncio.run(_ends(dsn, world, batches, between, pace, final_s))


async def _ends(
    dsn: str, world: World, batches: list[list[Report]], between: list[str], pace: Pace, final_s: float
) -> list[Said]:
    store = await Store.connect(dsn, pool_size=2)  # a restart stores while it reads on
    try:
        await emptied(store)
        ingest = LateIngest(world.ruleset(), store, slice_size=pace[0], slice_s=pace[1])
        newest_ms = 0
        for batch, event in zip(batches, between, strict=True):
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
        await ingest.catch_up()
        await ingest.tick(world.ms(final_s))
        return await ingest.alerts()
    finally:
        await store.close()


@given(rows=drives(max_legs=4), device=st.sampled_from(DEVICES), data=st.data())
def test_however_a_vehicles_reports_arrive_its_alerts_end_as_in_order(database, rows, device, data):
    world = district()
    reports = unique([position(world, row, device) for row in rows])
    batches = data.draw(arrivals(reports))
    between = data.draw(st.lists(BETWEEN, min_size=len(batches), max_size=len(batches)))
    pace = data.draw(PACES)
    final_s = rows[-1].second + data.draw(st.sampled_from([1_000, 1_901, 100_000]))
    assert ends(database, world, batches, between, pace, final_s) == expected(world, reports, device, final_s)


def test_a_figure_on_the_edge_of_rounding_is_told_the_same_however_late_it_comes(database):
    world = district()
    to_and_fro = [at(second, x) for t in range(0, 120, 30) for second, x in [(t, 2000.0), (t + 2, 3358.75)]]
    reports = [position(world, row) for row in to_and_fro]
    said = ends(database, world, [reports[::-1]], ["nothing"], (1_000, 0.0), 1_000)
    assert [one[-1]["apart_m"] for one in said if one[0] == "identity_conflict"] in ([1358.7], [1358.8])
    assert said == expected(world, reports, "D1", 1_000)


@given(items=station_days(), data=st.data())
def test_however_a_stations_readings_arrive_its_alerts_end_as_in_order(database, items, data):
    world = dusty()
    reports = unique(items)
    batches = data.draw(arrivals(reports))
    between = data.draw(st.lists(BETWEEN, min_size=len(batches), max_size=len(batches)))
    pace = data.draw(PACES)
    final_s = (max(one.time_ms for one in reports) - world.start_ms) / 1000 + 10_000
    assert ends(database, world, batches, between, pace, final_s) == expected(world, reports, "M1", final_s)


@given(items=contested_hours(), data=st.data())
def test_however_values_that_differ_for_one_hour_arrive_the_alerts_end_as_in_order(database, items, data):
    world = dusty()
    reports = unique(items)
    assume(reports)
    batches = data.draw(arrivals(reports))
    between = data.draw(st.lists(BETWEEN, min_size=len(batches), max_size=len(batches)))
    pace = data.draw(PACES)
    final_s = (max(one.time_ms for one in reports) - world.start_ms) / 1000 + 10_000
    assert ends(database, world, batches, between, pace, final_s) == expected(world, reports, "M1", final_s)


def unique(reports: Sequence[Report]) -> list[Report]:
    """Each report once."""
    return list({(type(one), one.time_ms, one.digest): one for one in reports}.values())
