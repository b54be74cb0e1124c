"""The pictures of a bundle's page: the way and its zones, speed and signals over time, a station's readings."""

from collections.abc import Callable, Sequence
from html import escape
from itertools import pairwise

from alerts.evidence import DumpSiteEvidence
from alerts.station_evidence import CappedEvidence, DustEvidence, SensorEvidence
from domain.instant import DAY_MS
from domain.quantity import UNITS, Quantity
from domain.report import Cover, DustReport, PositionReport
from exports.bundle.contents import Contents
from exports.bundle.curve import Bar, Curve, Strip, curve
from exports.bundle.page_values import Teller
from exports.bundle.page_words import WORDS
from exports.bundle.picture import Scene, has_picture, legend, picture
from exports.sentences import number
from geofence.shape import registry_plane
from storage.exhibits import Exhibit

Point = tuple[int, float | None]


def pictures(exhibit: Exhibit, contents: Contents, teller: Teller) -> str:
    """What can be drawn of an alert, as figures."""
    span = exhibit.case.span
    way = [one for one in contents.positions if span.from_ms <= one.time_ms <= span.to_ms]
    readings = [one for one in contents.readings if span.from_ms <= one.time_ms <= span.to_ms]
    drawn = [_map(exhibit, way, teller), _speed(exhibit, way, teller), _readings(exhibit, readings, teller)]
    return "".join(f"<figure>{one}</figure>" for one in drawn if one)


def _alert_ms(exhibit: Exhibit) -> tuple[int, int]:
    alert = exhibit.case.alert
    ended_ms = alert.detected_ms if alert.ended_ms is None else alert.ended_ms
    return alert.started_ms, max(ended_ms, alert.started_ms)


def _map(exhibit: Exhibit, way: Sequence[PositionReport], teller: Teller) -> str:
    alert, registry = exhibit.case.alert, teller.registry
    evidence = exhibit.case.evidence
    station = next((one for one in registry.stations if one.id == alert.station_id), None)
    lon, lat = alert.lon, alert.lat
    if lon is None and station is not None:
        lon, lat = station.lon, station.lat
    members = evidence.members if isinstance(evidence, DumpSiteEvidence) else ()
    from_ms, to_ms = _alert_ms(exhibit)
    scene = Scene(
        plane=registry_plane(registry),
        zones=registry.zones,
        routes=registry.routes,
        positions=way,
        from_ms=from_ms,
        to_ms=to_ms,
        place=None if lon is None or lat is None else (lon, lat),
        others=[(one.lon, one.lat) for one in members],
    )
    if not has_picture(scene):
        return ""
    return picture(scene, teller.language) + f"<figcaption>{legend(scene, teller.language)}</figcaption>"


def _speed(exhibit: Exhibit, way: Sequence[PositionReport], teller: Teller) -> str:
    if len(way) < 2:
        return ""
    strips = [
        _strip(teller, "load", way, lambda one: None if one.load is None else one.load.value),
        _strip(teller, "lift", way, lambda one: "raised" if one.lift else None),
        _strip(teller, "cover", way, lambda one: "open" if one.cover is Cover.OPEN else None),
        _strip(teller, "ignition", way, lambda one: "on" if one.ignition else None),
    ]
    points: list[Point] = [(one.time_ms, one.speed_kmh) for one in way]
    level = getattr(exhibit.case.evidence, "limit_kmh", None)
    shown = [strip for strip in strips if strip.spans]
    if not shown and all(speed_kmh is None for _, speed_kmh in points):
        return ""
    return _curve(exhibit, teller, teller.word("speed"), "km/h", points, level=level, strips=shown)


def _strip(
    teller: Teller, name: str, way: Sequence[PositionReport], state_of: Callable[[PositionReport], str | None]
) -> Strip:
    """A signal over time: a state holds until the next report; the empty and the unknown are left blank."""
    spans: list[tuple[int, int, str, str]] = []
    for one, after in pairwise(way):
        state = state_of(one)
        if state is None or state == "empty":
            continue
        if spans and spans[-1][1] == one.time_ms and spans[-1][2] == state:
            spans[-1] = (spans[-1][0], after.time_ms, state, spans[-1][3])
        else:
            spans.append((one.time_ms, after.time_ms, state, teller.of(WORDS[state])))
    return Strip(label=teller.word(name), spans=spans)


def _readings(exhibit: Exhibit, readings: Sequence[DustReport], teller: Teller) -> str:
    evidence = exhibit.case.evidence
    quantity = _quantity(exhibit, readings)
    if quantity is None or len(readings) < 2:
        return ""
    unit = UNITS[quantity]
    points: list[Point] = [(one.time_ms, one.values.get(quantity)) for one in readings]
    if not isinstance(evidence, DustEvidence):
        return _curve(exhibit, teller, teller.field(quantity.value), unit, points, level=None)
    bars = [
        Bar(from_ms=one.start_ms, to_ms=one.start_ms + evidence.window_s * 1000, value=one.value)
        for one in evidence.windows
        if one.value is not None
    ]
    title = f"{teller.field(quantity.value)} · {teller.word('windows_drawn')}"
    return _curve(exhibit, teller, title, unit, points, level=evidence.limit, bars=bars)


def _quantity(exhibit: Exhibit, readings: Sequence[DustReport]) -> Quantity | None:
    """The one that the evidence is about, else the first that was read."""
    evidence = exhibit.case.evidence
    named: list[Quantity | None] = [quantity for one in readings[:1] for quantity in one.values]
    if isinstance(evidence, DustEvidence):
        return evidence.quantity
    if isinstance(evidence, SensorEvidence):
        named = [*(one.quantity for one in evidence.runs), *named]
    if isinstance(evidence, CappedEvidence):
        named = [one.quantity for one in evidence.particulates]
    return next((one for one in named if one is not None), None)


def _curve(
    exhibit: Exhibit,
    teller: Teller,
    title: str,
    unit: str,
    points: Sequence[Point],
    *,
    level: float | None,
    strips: Sequence[Strip] = (),
    bars: Sequence[Bar] = (),
) -> str:
    is_long = points[-1][0] - points[0][0] > DAY_MS

    def clock(at_ms: int) -> str:
        return teller.clock(at_ms)[5:16] if is_long else teller.clock(at_ms)[11:19]

    drawn = curve(
        Curve(
            title=title,
            unit=unit,
            points=points,
            from_ms=points[0][0],
            to_ms=points[-1][0],
            alert_ms=_alert_ms(exhibit),
            level=level,
            level_word="" if level is None else teller.word("limit_line", v=number(level, 1)),
            alert_word=teller.word("band"),
            strips=strips,
            bars=bars,
        ),
        clock,
    )
    return f"{drawn}<figcaption>{escape(title)} ({escape(unit)})</figcaption>"
