"""A registry document cut down to what one alert's device needs to be judged; no other company's data stay in it.

Districts, limits and rules stay as they are: they are everybody's. Of vehicles, stations, companies, permits, routes
and runs those of the alert are left, of zones those near its reports and those it names; of devices and their settings nothing.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from domain.registry import Registry, check
from geofence.projection import Plane
from geofence.shape import registry_plane

Entry = dict[str, Any]
Frame = tuple[float, float, float, float]

NEAR_DEG = 0.05
"""Some 5 km: farther than any zone matters to a place, unless something names it."""

_EVERYBODYS = ("version", "timezone", "districts", "zones", "limits", "rules")
"""What stays; a section that is not known here is left out."""

_SHAPES = ("districts", "zones", "routes")

_REFERRING = {"vehicle_ids": "vehicles", "company_ids": "companies", "station_ids": "stations"}


class Kept(Struct, frozen=True, kw_only=True):
    """What stays. `places` are (lon, lat) of reports, `zone_ids` the zones that are named; without places all zones stay."""

    vehicle_ids: frozenset[str]
    station_id: str | None
    zone_ids: frozenset[str]
    places: Sequence[tuple[float, float]] | None


def cut_down(document: bytes, kept: Kept) -> bytes:
    """What is left of a document; raises ValueError where it is none that this release reads."""
    whole: Entry = msgspec.json.decode(document)
    cut = _cut(whole, kept, with_shapes=False)
    # Distances are reckoned in a plane that lies by the middle of all shapes: it must stay the same one.
    if registry_plane(read(cut)) != _plane(whole, document):
        cut = _cut(whole, kept, with_shapes=True)
    return cut


def read(document: bytes) -> Registry:
    """A registry; raises ValueError with the first problem of one that cannot be read."""
    found = check(document)
    if isinstance(found, Registry):
        return found
    raise ValueError(f"{found[0].path}: {found[0].message}")


def _plane(whole: Entry, document: bytes) -> Plane:
    """The plane of a whole document; where it has shapes these alone are read, which a city's trucks outnumber by far."""
    shapes = {name: whole[name] for name in ("version", "timezone", *_SHAPES) if name in whole}
    has_shapes = any(whole.get(name) for name in _SHAPES)
    return registry_plane(read(msgspec.json.encode(shapes) if has_shapes else document))


def _cut(whole: Entry, kept: Kept, *, with_shapes: bool) -> bytes:
    vehicle_ids = kept.vehicle_ids
    vehicles = [one for one in _entries(whole, "vehicles") if one["id"] in vehicle_ids]
    companies = {one.get("company_id") for one in vehicles}
    permits = [
        one | {"vehicle_ids": [each for each in one["vehicle_ids"] if each in vehicle_ids]}
        for one in _entries(whole, "permits")
        if not vehicle_ids.isdisjoint(one.get("vehicle_ids") or ())
    ]
    routes = {route for one in permits for route in one.get("route_ids") or ()}
    left: Entry = {
        "companies": [one for one in _entries(whole, "companies") if one["id"] in companies],
        "vehicles": vehicles,
        "stations": [one for one in _entries(whole, "stations") if one["id"] == kept.station_id],
        "permits": permits,
        "routes": [one for one in _entries(whole, "routes") if with_shapes or one["id"] in routes],
        "collection_runs": [
            one for one in _entries(whole, "collection_runs") if one.get("vehicle_id") in vehicle_ids
        ],
    }
    if kept.places is not None and not with_shapes:
        names = ("source_zone_ids", "disposal_zone_ids")
        named = kept.zone_ids | {zone for one in permits for name in names for zone in one.get(name) or ()}
        frame = _frame(kept.places)
        left["zones"] = [
            one for one in _entries(whole, "zones") if one["id"] in named or _is_near(one["geometry"], frame)
        ]
    if with_shapes and not (left["routes"] or whole.get("zones") or whole.get("districts")):
        # Where there are no shapes the plane lies by the stations, of which the others' places alone are kept.
        left["stations"] += [
            {name: one[name] for name in ("id", "lon", "lat") if name in one}
            for one in _entries(whole, "stations")
            if one["id"] != kept.station_id
        ]
    if whole.get("rules") is not None:
        known = {name: {one["id"] for one in left[section]} for name, section in _REFERRING.items()}
        left["rules"] = [_for_those(rule, known) for rule in whole["rules"]]
    cut = {
        name: left.get(name, value) for name, value in whole.items() if name in left or name in _EVERYBODYS
    }
    return msgspec.json.format(msgspec.json.encode(cut), indent=1) + b"\n"


def _frame(places: Sequence[tuple[float, float]]) -> Frame:
    """What lies round all places, and somewhat more."""
    if not places:
        return (0.0, 0.0, -1.0, -1.0)
    lons, lats = [lon for lon, _ in places], [lat for _, lat in places]
    return min(lons) - NEAR_DEG, min(lats) - NEAR_DEG, max(lons) + NEAR_DEG, max(lats) + NEAR_DEG


def _is_near(geometry: Entry, frame: Frame) -> bool:
    """Tell whether any of a geometry may lie in a frame; whatever system it is drawn in, that is less than a km off."""
    corners = list(_corners(geometry["coordinates"]))
    west, south, east, north = frame
    lons, lats = [lon for lon, _ in corners], [lat for _, lat in corners]
    return min(lons) <= east and max(lons) >= west and min(lats) <= north and max(lats) >= south


def _corners(coordinates: Any) -> Iterator[tuple[float, float]]:
    if isinstance(coordinates[0], list):
        for inner in coordinates:
            yield from _corners(inner)
    else:
        yield coordinates[0], coordinates[1]


def _entries(whole: Entry, section: str) -> list[Entry]:
    return whole.get(section) or []


def _for_those(rule: Entry, known: dict[str, set[str]]) -> Entry:
    """A rule with only those named that are known; an empty list is still a list, for nobody."""
    terms = rule.get("applies_to")
    if not terms:
        return rule
    return rule | {
        "applies_to": {
            name: [one for one in value if one in known[name]]
            if name in known and value is not None
            else value
            for name, value in terms.items()
        }
    }
