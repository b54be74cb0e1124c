"""What the fields of a JT/T 808 frame mean, in words: for people who look at one frame."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum

from protocols.jt808.cursor import Note
from protocols.jt808.items import read_item
from protocols.jt808.location import MICRODEGREES, Item
from protocols.jt808.parameters import Parameter, ParameterId, meaning
from protocols.jt808.position import ALARMS
from protocols.jt808.written import BEIJING

MESSAGES = {
    0x0001: "terminal's general answer",
    0x0002: "heartbeat",
    0x0003: "log out",
    0x0004: "ask the time",
    0x0005: "terminal asks for sub-packets",
    0x0100: "register",
    0x0102: "authenticate",
    0x0104: "parameters",
    0x0200: "location",
    0x0201: "location as asked for",
    0x0704: "batch of locations",
    0x8001: "platform's general answer",
    0x8003: "platform asks for sub-packets",
    0x8004: "the time",
    0x8100: "answer to a registration",
    0x8103: "set parameters",
    0x8104: "ask for the parameters",
    0x8201: "ask for the location",
}
_STATUS = {
    0: "ignition on",
    1: "positioned",
    2: "south",
    3: "west",
    4: "out of service",
    5: "coordinates encrypted",
    6: "forward collision warning",
    7: "lane departure warning",
    10: "fuel line cut",
    11: "electrics cut",
    12: "doors locked",
    13: "front door open",
    14: "middle door open",
    15: "rear door open",
    16: "driver's door open",
    17: "custom door open",
    18: "GPS used",
    19: "BeiDou used",
    20: "GLONASS used",
    21: "Galileo used",
    22: "moving",
}
_LOADS = ("load 00 (empty, or no sensor)", "load 01 (half)", "load 10 (reserved)", "load 11 (full)")


def message_words(message_id: int) -> str:
    """A message's id and what it is."""
    return f"0x{message_id:04X} {MESSAGES.get(message_id, 'of another kind')}"


def value_words(note: Note) -> str:
    """The value of a field; its name's last word decides how it is said."""
    name = note.name.rsplit(" ", 1)[-1]
    value = note.value
    if name in ("message_id", "answered_id") and isinstance(value, int):
        return message_words(value)
    if name == "attributes" and isinstance(value, int):
        return _attributes(value)
    if name == "status" and isinstance(value, int):
        bits = [words for bit, words in _STATUS.items() if value >> bit & 1]
        return ", ".join([*bits, _LOADS[value >> 8 & 0b11]])
    if name == "alarm" and isinstance(value, int):
        return ", ".join(_alarm(bit) for bit in range(32) if value >> bit & 1) or "none"
    if name.endswith("_udeg") and isinstance(value, int):
        return f"{value / MICRODEGREES:.6f}°"
    if name == "time_ms" and isinstance(value, int):
        return datetime.fromtimestamp(value / 1000, BEIJING).isoformat()
    if name.startswith("item_") and isinstance(value, bytes):
        return _item(Item(id=value[0], value=value[2:]))
    if name == "parameter_id" and isinstance(value, int):
        known = value in tuple(ParameterId)
        return ParameterId(value).name.lower() if known else "not one we know"
    if name.startswith("parameter_") and isinstance(value, bytes):
        read = meaning(Parameter(id=int(name.removeprefix("parameter_"), 16), value=value))
        return "raw" if read is None else str(read)
    if isinstance(value, bytes):
        return "raw"
    if isinstance(value, IntEnum):
        return f"{value:d} {value.name.lower()}"
    return str(value)


def _attributes(value: int) -> str:
    said = [f"body of {value & 0x3FF} bytes"]
    said += [f"encryption {value >> 10 & 0b111}"] if value >> 10 & 0b111 else []
    said += ["sub-packet"] if value >> 13 & 1 else []
    said += ["form of 2019" if value >> 14 & 1 else "form of 2011 or 2013"]
    return ", ".join(said)


def _alarm(bit: int) -> str:
    return ALARMS.get(bit, f"bit {bit}")


def _item(item: Item) -> str:
    known = read_item(item)
    return f"no standard item 0x{item.id:02X}: kept raw" if known is None else f"{known[0]} {known[1]}"
