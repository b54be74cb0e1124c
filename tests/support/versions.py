"""Several versions of a registry one after another, and a device judged by them in its order."""

from collections.abc import Iterable, Sequence

from alerts import engine
from alerts.device_state import DeviceState
from alerts.finding import Finding
from alerts.ruleset import Ruleset
from alerts.timeline import Timeline
from domain.identifiers import DeviceId
from domain.registry import Registry
from domain.report import BackgroundReport, DustReport, PositionReport
from tests.support.factories import World
from tests.support.tracks import At, position

Report = PositionReport | DustReport | BackgroundReport


def timeline(world: World, *versions: tuple[float, Registry | World]) -> Timeline:
    """Versions 1, 2, … by the second from which each is in force."""
    starts = [(number, world.ms(second)) for number, (second, _) in enumerate(versions, start=1)]
    registries = [one.registry() if isinstance(one, World) else one for _, one in versions]
    return Timeline.of(
        *(
            Ruleset.build(registry, version=number, starts=starts)
            for number, registry in enumerate(registries, start=1)
        )
    )


def judged(
    versions: Timeline,
    items: Iterable[Report],
    device_id: str = "D1",
    *,
    ticks_ms: Iterable[int] = (),
    state: DeviceState | None = None,
) -> tuple[DeviceState | None, list[Finding]]:
    """Judge a device's reports in order, each by the version in force at its time; a tick comes before an item of its time."""
    device = DeviceId(device_id)
    findings: list[Finding] = []
    due = sorted(ticks_ms)
    for item in sorted(items, key=_order):
        while due and due[0] <= item.time_ms:
            state = _tick(versions, state, due.pop(0), findings)
        ruleset = versions.at(item.time_ms)
        kind = ruleset.vehicle_devices if isinstance(item, PositionReport) else ruleset.station_devices
        if device not in kind:
            continue
        placed = item
        if isinstance(item, PositionReport):
            (placed,) = ruleset.index.place([item], ruleset.routes_of)
        state, news = engine.step(ruleset, state or engine.new_state(ruleset, device), placed)
        findings += news
    for at_ms in due:
        state = _tick(versions, state, at_ms, findings)
    return state, findings


def _order(item: Report) -> tuple[int, bool, tuple[object, ...]]:
    if isinstance(item, BackgroundReport):
        return (item.time_ms, True, (item.digest,))
    return (item.time_ms, False, item.order)


def _tick(
    versions: Timeline, state: DeviceState | None, at_ms: int, findings: list[Finding]
) -> DeviceState | None:
    if state is None:
        return None
    state, news = engine.tick(versions.at(at_ms), state, at_ms)
    findings += news
    return state


def reports(world: World, rows: Iterable[At], device_id: str = "D1") -> Sequence[PositionReport]:
    """The reports of rows, each once."""
    made = [position(world, row, device_id) for row in rows]
    return list({(one.time_ms, one.digest): one for one in made}.values())
