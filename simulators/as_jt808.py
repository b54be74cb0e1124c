"""Position objects (docs/WIRE.md) as a JT/T 808 terminal would have measured and sent them.

Such a terminal has whole seconds, millionths of a degree, and no word of its accuracy. A number that it does
not know it sends with all bits set; a signal, by what its model calls unknown.
"""

from typing import Any

from domain.report import Cover, Load
from domain.zone import Crs
from geofence.crs import to_wgs84
from protocols.jt808.items import write_item
from protocols.jt808.location import ACC_ON, POSITIONED, Item, Location, located
from protocols.jt808.model import TerminalModel
from protocols.jt808.position import ALARMS

_NOT_KNOWN = 0xFFFF
_ODOMETER = 0x01
_ALARM_BITS = {name: bit for bit, name in ALARMS.items()}
_REMOVED_BIT = 17
"""Of the model `simulated`; the standard has no such alarm."""


def location_of(position: dict[str, Any], model: TerminalModel) -> Location:
    """The location that says what a position object says, as far as a terminal of the model can; `time` in ms."""
    place = _place(position)
    speed_kmh, heading_deg = position.get("speed_kmh"), position.get("heading_deg")
    location = located(
        time_ms=position["time"] // 1000 * 1000,
        lon=0.0 if place is None else place[0],
        lat=0.0 if place is None else place[1],
        status=(0 if place is None else POSITIONED) | (ACC_ON if position.get("ignition") else 0),
        alarm=_alarm(position.get("alarms") or ()),
        altitude_m=_whole(position.get("altitude_m")),
        speed_kmh=_NOT_KNOWN / 10 if speed_kmh is None else speed_kmh,
        direction_deg=_NOT_KNOWN if heading_deg is None else round(heading_deg) % 360,
        items=_items(position),
    )
    load, cover = position.get("load"), position.get("cover")
    return model.with_signals(
        location,
        load=None if load is None else Load(load),
        cover=None if cover is None else Cover(cover),
        lift=position.get("lift"),
        weight_t=position.get("weight_t"),
    )


def _place(position: dict[str, Any]) -> tuple[float, float] | None:
    """Longitude and latitude in WGS-84, None where the receiver has no fix."""
    lon, lat = position.get("lon"), position.get("lat")
    if lon is None or lat is None or position.get("fix") is False:
        return None
    return to_wgs84(Crs(position.get("crs", Crs.WGS84)), lon, lat)


def _alarm(names: list[str] | tuple[str, ...]) -> int:
    bits = [_REMOVED_BIT if name == "removed" else _ALARM_BITS.get(name) for name in names]
    return sum(1 << bit for bit in set(bits) if bit is not None)


def _whole(number: float | None) -> int:
    return _NOT_KNOWN if number is None else max(0, round(number))


def _items(position: dict[str, Any]) -> list[Item]:
    odometer_km = position.get("odometer_km")
    return [] if odometer_km is None else [write_item(_ODOMETER, odometer_km)]
