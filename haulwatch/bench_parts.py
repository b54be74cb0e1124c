"""The parts of the way of a report, each alone in this process: decoding, placing, judging, storing."""

import time

from alerts import engine
from alerts.device_state import DeviceState
from alerts.ruleset import Ruleset
from domain.identifiers import DeviceId
from domain.registry import Registry
from domain.report import PositionReport
from haulwatch.bench_report import Measured
from haulwatch.bench_world import BenchWorld, device_id
from ingest.known import known_devices
from ingest.wire import decode
from runtime.clock import now_ms
from storage.batch import Batch
from storage.store import Store

BATCH = 2_000


def reports_of(world: BenchWorld, registry: Registry, count: int) -> tuple[list[PositionReport], Measured]:
    """Decoded reports, and how fast they were decoded."""
    prefix = "haulwatch/v1"
    known = known_devices(Ruleset.build(registry, version=1), prefix)
    received_ms = now_ms()
    messages = [
        (f"{prefix}/{device_id(i)}/position", payload)
        for i, payload in world.payloads(count, first_ms=received_ms - 7_200_000, step_ms=5_000)
    ]
    began_s = time.perf_counter()
    reports = [
        report
        for topic, payload in messages
        for report in decode(topic, payload, received_ms, known).positions
    ]
    assert len(reports) == count, "the bench world's reports are all good"
    return reports, _rate("decoding alone", count, began_s)


def judged(registry: Registry, reports: list[PositionReport]) -> list[Measured]:
    """How fast reports are placed, and how fast they are judged, in batches as ingest does."""
    ruleset = Ruleset.build(registry, version=1)
    began_s = time.perf_counter()
    placed = [
        one
        for at in range(0, len(reports), BATCH)
        for one in ruleset.index.place(reports[at : at + BATCH], ruleset.routes_of)
    ]
    place = _rate("placing alone", len(reports), began_s)
    states: dict[DeviceId, DeviceState] = {}
    began_s = time.perf_counter()
    for one in placed:
        name = one.report.device_id
        state = states.get(name) or engine.new_state(ruleset, name)
        states[name], _ = engine.step(ruleset, state, one)
    return [place, _rate("judging alone", len(reports), began_s)]


async def stored(dsn: str, reports: list[PositionReport]) -> Measured:
    """How fast the database takes batches of reports, one transaction each."""
    store = await Store.connect(dsn)
    try:
        began_s = time.perf_counter()
        for at in range(0, len(reports), BATCH):
            committed = await store.commit(Batch(positions=tuple(reports[at : at + BATCH])))
            assert committed.stored == len(reports[at : at + BATCH]), "none of them was there before"
        return _rate("storing alone", len(reports), began_s)
    finally:
        await store.close()


def _rate(what: str, count: int, began_s: float) -> Measured:
    return Measured(what=what, value=count / (time.perf_counter() - began_s), unit="fixes/s")
