"""Lanes that many pictures share, and small pieces of worlds and tracks."""

from collections.abc import Iterable, Mapping
from typing import Any

from domain.identifiers import ZoneId
from domain.zone import Zone, ZoneKind
from scripts.rule_pictures.case import Numbers, Row, Strip
from tests.support.factories import World, rectangle
from tests.support.tracks import At, at

NAMES: Mapping[ZoneKind, str] = {
    ZoneKind.SOURCE_SITE: "source site",
    ZoneKind.DISPOSAL_SITE: "disposal site",
    ZoneKind.TRANSFER_STATION: "transfer station",
    ZoneKind.WASH_BAY: "wash bay",
    ZoneKind.PARKING: "parking",
    ZoneKind.FUEL_STATION: "fuel station",
    ZoneKind.NO_GO: "no-go zone",
    ZoneKind.SPEED_ZONE: "speed zone",
    ZoneKind.OTHER: "other",
}


def speed(top: float = 60.0, *levels: tuple[float, str]) -> Numbers:
    """The reported speed."""
    return Numbers(label="speed\nkm/h", value=lambda row: row.report.speed_kmh, top=top, levels=levels)


def weight(top: float, *levels: tuple[float, str]) -> Numbers:
    """The weight on the axles."""
    return Numbers(label="weight\nt", value=lambda row: row.report.weight_t, top=top, levels=levels)


LOAD = Strip(label="load", word=lambda row: row.report.load.value if row.report.load else None)
COVER = Strip(label="cover", word=lambda row: row.report.cover.value if row.report.cover else None)


def _lift(row: Row) -> str | None:
    return {True: "up", False: "down", None: None}[row.report.lift]


LIFT = Strip(label="body", word=_lift)
TRIP = Strip(label="trip", word=lambda row: "on a trip" if row.state.trip else "")


def _alarms(row: Row) -> str | None:
    alarms = row.report.alarms
    return None if alarms is None else ", ".join(alarms).replace("_", " ") or "none"


ALARMS = Strip(label="alarms", word=_alarms)


def zones(world: World) -> Strip:
    """The zone the engine says the vehicle is inside; of several, the one in the other."""
    kinds = {zone.id: zone.kind for zone in world.zones}

    def word(row: Row) -> str:
        inside = [kinds[each.zone_id] for each in row.state.zones if each.since_ms is not None]
        return NAMES[ZoneKind.WASH_BAY if ZoneKind.WASH_BAY in inside else inside[0]] if inside else ""

    return Strip(label="inside", word=word)


def area(
    world: World,
    zone_id: str,
    kind: ZoneKind,
    x_m: tuple[float, float],
    y_m: tuple[float, float],
    *,
    speed_limit_kmh: float | None = None,
) -> World:
    """Add an upright rectangle as a zone."""
    shape = rectangle(x_m[0], y_m[0], x_m[1], y_m[1])
    return world.zone(Zone(id=ZoneId(zone_id), kind=kind, shape=shape, speed_limit_kmh=speed_limit_kmh))


def sites(disposal_x: float, **vehicle: float) -> World:
    """A muck truck, a source site round x = 0 and a disposal site round the given x."""
    world = World().vehicle(**vehicle).square("SRC", "source_site", 0)  # type: ignore[arg-type]
    return world.square("DSP", "disposal_site", disposal_x)


def departing(**signals: Any) -> list[At]:
    """Loaded in the source site, out of it at 30 s, at x = 300 m at 40 s; every row carries the signals."""
    rows = [
        at(0, -20, v=0.0, load="empty"),
        at(10, -20, v=0.0, load="full"),
        at(20, 20, v=18.0, load="full"),
        at(30, 150, v=40.0, load="full"),
        at(40, 280, v=40.0, load="full"),
    ]
    return [row.but(**signals) for row in rows]


def cruise(
    start: tuple[float, float], until_s: float, speed_ms: float, *, every: float = 10, **signals: Any
) -> list[At]:
    """From (second, x) eastwards at an even speed; the last second is included."""
    from_s, from_x = start
    seconds: list[float] = []
    second = from_s
    while second < until_s:
        seconds.append(second)
        second += every
    seconds.append(until_s)
    return [
        at(s, from_x + speed_ms * (s - from_s), **{"v": round(speed_ms * 3.6, 1), **signals}) for s in seconds
    ]


def loaded(rows: Iterable[At], **signals: Any) -> list[At]:
    """The same rows with a full load and further signals, where they say nothing else."""
    return [row._replace(signals={"load": "full", **signals, **row.signals}) for row in rows]
