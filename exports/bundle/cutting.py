"""A registry document cut down to what one alert's device needs to be judged; no other company's data stay in it.

Districts, zones, limits and rules stay as they are: they are the city's, and what is near or allowed decides. Of
vehicles, stations, companies, permits, routes and runs only those of the alert are left, of devices nothing.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from domain.registry import Registry, check
from geofence.shape import registry_plane

Entry = dict[str, Any]

_EVERYBODYS = ("version", "timezone", "districts", "zones", "limits", "rules")
"""What stays; a section that is not known here is left out."""

_REFERRING = {"vehicle_ids": "vehicles", "company_ids": "companies", "station_ids": "stations"}


def cut_down(document: bytes, *, vehicle_ids: Iterable[str] = (), station_id: str | None = None) -> bytes:
    """What is left of a document; raises ValueError where it is none that this release reads."""
    whole: Entry = msgspec.json.decode(document)
    cut = _cut(whole, frozenset(vehicle_ids), station_id, with_shapes=False)
    # Distances are reckoned in a plane that lies by the middle of all shapes: it must stay the same one.
    if registry_plane(read(cut)) != registry_plane(read(document)):
        cut = _cut(whole, frozenset(vehicle_ids), station_id, with_shapes=True)
    return cut


def read(document: bytes) -> Registry:
    """A registry; raises ValueError with the first problem of one that cannot be read."""
    found = check(document)
    if isinstance(found, Registry):
        return found
    raise ValueError(f"{found[0].path}: {found[0].message}")


def _cut(whole: Entry, vehicle_ids: frozenset[str], station_id: str | None, *, with_shapes: bool) -> bytes:
    vehicles = [one for one in _entries(whole, "vehicles") if one["id"] in vehicle_ids]
    stations = [one for one in _entries(whole, "stations") if one["id"] == station_id]
    companies = {one.get("company_id") for one in vehicles}
    permits = [
        one | {"vehicle_ids": [each for each in one["vehicle_ids"] if each in vehicle_ids]}
        for one in _entries(whole, "permits")
        if not vehicle_ids.isdisjoint(one.get("vehicle_ids") or ())
    ]
    routes = {route for one in permits for route in one.get("route_ids") or ()}
    kept: Entry = {
        "companies": [one for one in _entries(whole, "companies") if one["id"] in companies],
        "vehicles": vehicles,
        "stations": stations,
        "devices": [],
        "device_models": [],
        "permits": permits,
        "routes": [one for one in _entries(whole, "routes") if with_shapes or one["id"] in routes],
        "collection_runs": [
            one for one in _entries(whole, "collection_runs") if one.get("vehicle_id") in vehicle_ids
        ],
    }
    if with_shapes and not (kept["routes"] or whole.get("zones") or whole.get("districts")):
        # Where there are no shapes the plane lies by the stations, of which the others' places alone are kept.
        kept["stations"] += [
            {name: one[name] for name in ("id", "lon", "lat") if name in one}
            for one in _entries(whole, "stations")
            if one["id"] != station_id
        ]
    if whole.get("rules") is not None:
        known = {name: {one["id"] for one in kept[section]} for name, section in _REFERRING.items()}
        kept["rules"] = [_for_those(rule, known) for rule in whole["rules"]]
    left = {
        name: kept.get(name, value) for name, value in whole.items() if name in kept or name in _EVERYBODYS
    }
    return msgspec.json.format(msgspec.json.encode(left), indent=1) + b"\n"


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
