"""A location as the position object of docs/WIRE.md, by what its terminal's model says.

Nothing is invented: a signal that the model does not know stays out, and a place that the terminal
does not vouch for (not positioned, or encrypted by its secrecy plug-in) is none. What the position
object has no field for goes along under a name of its own.
"""

from __future__ import annotations

from typing import Any

import msgspec

from protocols.jt808.items import read_item
from protocols.jt808.location import ACC_ON, COORDINATES_ENCRYPTED, POSITIONED, Location
from protocols.jt808.model import TerminalModel

# Alarm bits of the standard; 15 to 17 mean something else in each edition and at each maker.
ALARMS = {
    0: "sos",
    1: "overspeed",
    2: "fatigue",
    3: "danger",
    4: "gnss_fault",
    5: "antenna_cut",
    6: "antenna_short",
    7: "low_power",
    8: "power_cut",
    9: "display_fault",
    10: "speech_fault",
    11: "camera_fault",
    12: "ic_card_fault",
    13: "overspeed_warning",
    14: "fatigue_warning",
    18: "driven_too_long",
    19: "parked_too_long",
    20: "area_crossed",
    21: "route_crossed",
    22: "segment_time",
    23: "route_deviation",
    24: "speed_sensor_fault",
    25: "fuel_fault",
    26: "stolen",
    27: "illegal_ignition",
    28: "illegal_movement",
    29: "collision",
    30: "rollover",
    31: "illegal_door_opening",
}
_HIGHEST_M = 9_000  # over every road; 0xFFFF and the like are no altitudes


def to_position(location: Location, model: TerminalModel, *, serial: int | None = None) -> dict[str, Any]:
    """The position object; `serial` is the frame's, for a location that came alone.

    A location out of a batch has none: sent again in another batch, it is the same report.
    """
    position: dict[str, Any] = {"time": location.time_ms}
    position |= _place(location)
    position["ignition"] = bool(location.status & ACC_ON)
    position |= _signals(location, model)
    position["alarms"] = alarms(location, model)
    if serial is not None:
        position["seq"] = serial
    position["status_bits"] = location.status
    if location.alarm:
        position["alarm_bits"] = location.alarm
    position |= _items(location)
    return position


def alarms(location: Location, model: TerminalModel) -> list[str]:
    """The names of the alarms that hold, the standard's first; the model's own meaning of a bit wins."""
    own = model.signals.alarms
    taken = {alarm.bit for alarm in own if alarm.field == "alarm"}
    names = [name for bit, name in ALARMS.items() if location.alarm >> bit & 1 and bit not in taken]
    names += [alarm.name for alarm in own if alarm.name and alarm.read(location)]
    return names


def _place(location: Location) -> dict[str, Any]:
    if location.status & COORDINATES_ENCRYPTED:
        return {"fix": False, "no_position": "coordinates_encrypted"}
    if not location.status & POSITIONED:
        return {"fix": False}
    place: dict[str, Any] = {
        "lon": location.lon,
        "lat": location.lat,
        "speed_kmh": location.speed_kmh,
        "heading_deg": location.direction_deg,
    }
    if location.altitude_m <= _HIGHEST_M:
        place["altitude_m"] = location.altitude_m
    return place


def _signals(location: Location, model: TerminalModel) -> dict[str, Any]:
    signals = model.signals
    found = {
        "load": signals.load.meaning(location) if signals.load else None,
        "cover": signals.cover.meaning(location) if signals.cover else None,
        "lift": signals.lift.meaning(location) if signals.lift else None,
        "weight_t": signals.weight_t.meaning(location) if signals.weight_t else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _items(location: Location) -> dict[str, Any]:
    """The standard items by name, all others raw as hexadecimal digits; of a name that repeats, all."""
    kept: dict[str, Any] = {}
    for number, item in enumerate(location.items):
        known = read_item(item)
        name = f"item_{item.id:02x}" if known is None else known[0]
        value = item.value.hex() if known is None else msgspec.to_builtins(known[1])
        kept[f"{name}_{number}" if name in kept else name] = value
    if location.tail:
        kept["tail"] = location.tail.hex()
    return kept
