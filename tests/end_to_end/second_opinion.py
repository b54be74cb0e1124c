"""What docs/WIRE.md says of a message, in other words than `ingest.wire`: nothing of the service is used here."""

import json
import math
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

PREFIX = "haulwatch/v1"
DAY_MS = 86_400_000
BACKGROUND = ("pm10_ugm3", "pm25_ugm3", "tsp_ugm3", "aqi")
MEASURED = (
    "pm25_ugm3", "pm10_ugm3", "tsp_ugm3", "noise_db", "wind_speed_ms", "wind_dir_deg",
    "temperature_c", "humidity_pct", "pressure_kpa",
)  # fmt: skip
LOADS, COVERS, SYSTEMS = ("empty", "partial", "full"), ("closed", "open"), ("WGS84", "GCJ02", "BD09")


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Whom the registry names."""

    vehicles: frozenset[str]
    stations: frozenset[str]
    others: frozenset[str]
    areas: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What becomes of one element: refused for a reason, or kept under a key that only a duplicate shares."""

    owner: str
    reason: str | None = None
    kind: str = ""
    key: str = ""
    bad: tuple[str, ...] = ()


class _Refused(Exception):  # noqa: N818
    pass


def fates(topic: str, payload: bytes, now_ms: int, known: Sources) -> list[Fate]:
    """What becomes of each element of a message; a good status is counted nowhere."""
    levels = topic[len(PREFIX) + 1 :].split("/") if topic.startswith(PREFIX + "/") else []
    if len(levels) == 2 and levels[0] == "background" and levels[1]:
        kind, name, owner = "background", levels[1], f"background/{levels[1]}"
        is_known, refused_for = name in known.areas, ""
    elif len(levels) == 2 and _may_be_a_device(levels[0]) and levels[1] in {"position", "dust", "status"}:
        kind, name = levels[1], levels[0]
        owner = refused_for = name
        allowed = {
            "position": known.vehicles,
            "dust": known.stations,
            "status": known.vehicles | known.stations,
        }
        is_known = name in allowed[kind] | known.others
    else:
        named = levels[0] if levels and levels[0] != "background" and _may_be_a_device(levels[0]) else ""
        return [Fate(owner=named, reason="bad_topic")]

    def whole(reason: str) -> list[Fate]:
        return [Fate(owner=refused_for, reason=reason)]

    if len(payload) > 256 * 1024:
        return whole("too_large")
    try:
        value: Any = _json(payload)
        is_json = True
    except (ValueError, RecursionError):
        value, is_json = None, False
    if isinstance(value, list) and len(value) > 500:
        return whole("too_large")
    if not is_known:
        return whole("unknown_device")
    if not is_json:
        return whole("bad_json")
    found = []
    for element in value if isinstance(value, list) else [value]:
        try:
            fate = _element(kind, owner, element, now_ms)
        except _Refused as refused:
            fate = Fate(owner=refused_for, reason=str(refused))
        if fate is not None:
            found.append(fate)
    return found


def _may_be_a_device(name: str) -> bool:
    letters = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
    return 1 <= len(name) <= 64 and set(name) <= letters


def _json(payload: bytes) -> Any:
    text = payload.decode("utf-8")
    depth = deepest = 0
    for character in re.sub(r'"(\\.|[^"\\])*"', "", text):
        depth += (character in "[{") - (character in "]}")
        deepest = max(deepest, depth)
    if deepest > 64:
        raise ValueError("too deep")
    value = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    json.dumps(value, ensure_ascii=False).encode("utf-8")  # half a surrogate pair cannot be encoded
    return value


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _finite(text: str) -> float:
    if not math.isfinite(float(text)):
        raise ValueError("beyond a double")
    return float(text)


def _element(kind: str, owner: str, element: Any, now_ms: int) -> Fate | None:
    if not isinstance(element, dict):
        raise _Refused("bad_type")
    given = {name: value for name, value in element.items() if value is not None}
    if kind == "status":
        if "online" not in given:
            raise _Refused("missing_field")
        if given["online"] is not True and given["online"] is not False:
            raise _Refused("bad_type")
        return None
    has_place = kind == "position" and given.get("fix") is not False
    if "time" not in given or (has_place and not {"lon", "lat"} <= set(given)):
        raise _Refused("missing_field")
    time_ms = _instant(given.pop("time"))
    content: dict[str, Any] = {}
    if has_place:
        content["place"] = _place(given)
    if time_ms < now_ms - 30 * DAY_MS:
        raise _Refused("too_old")
    if time_ms > now_ms + 5 * 60_000:
        raise _Refused("time_in_future")
    bad = []
    for name, usable in _OPTIONAL[kind].items():
        if name in given and usable(given[name]):
            content[name] = _same(given.pop(name))
        elif name in given:
            bad.append(name)
    content.setdefault("fix", True)
    content.setdefault("interval_s", 60.0)
    if kind == "dust" and "flags" in given:
        content["flags"] = _good_flags(given)
        if "flags" in given:
            bad.append("flags")
    content["extra"] = given
    key = json.dumps([kind, owner, time_ms, content], sort_keys=True)
    return Fate(owner=owner, kind=kind, key=key, bad=tuple(sorted(bad)))


def _instant(value: Any) -> int:
    if type(value) is int:
        return value
    if not isinstance(value, str):
        raise _Refused("bad_type")
    digits = re.fullmatch(
        r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]+)?"
        r"(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))",
        value,
    )
    if digits is None:
        raise _Refused("bad_type")
    year, month, day, hour, minute, second = (int(digits[n]) for n in range(1, 7))
    east, away = digits[8], int(digits[9] or 0) * 60 + int(digits[10] or 0)
    if hour > 23 or minute > 59 or second > 59 or int(digits[9] or 0) > 23 or int(digits[10] or 0) > 59:
        raise _Refused("bad_type")
    try:
        days = (date(year, month, day) - date(1970, 1, 1)) // timedelta(days=1)
    except ValueError:
        raise _Refused("bad_type") from None
    fraction_ms = int(((digits[7] or ".0")[1:] + "000")[:3])
    at_ms = ((days * 24 + hour) * 60 + minute) * 60_000 + second * 1000 + fraction_ms
    return at_ms - away * 60_000 * (-1 if east == "-" else 1)


def _place(given: dict[str, Any]) -> list[Any]:
    lon, lat, system = given.pop("lon"), given.pop("lat"), given.pop("crs", "WGS84")
    if not (_number(lon) and _number(lat)) or system not in SYSTEMS:
        raise _Refused("bad_type")
    if abs(lon) > 180 or abs(lat) > 90 or (lon == 0 and lat == 0):
        raise _Refused("out_of_range")
    return [_same(lon), _same(lat), system]


def _number(value: Any) -> bool:
    try:
        return type(value) in {int, float} and math.isfinite(float(value))
    except OverflowError:
        return False


def _within(lowest: float, highest: float) -> Any:
    return lambda value: _number(value) and lowest <= value <= highest


def _same(value: Any) -> Any:
    return float(value) + 0.0 if type(value) in {int, float} else value


def _good_flags(given: dict[str, Any]) -> dict[str, str]:
    flags = given.pop("flags")
    if not isinstance(flags, dict):
        given["flags"] = flags
        return {}
    good = {
        name: letter
        for name, letter in flags.items()
        if name in MEASURED and isinstance(letter, str) and letter in tuple("NFMSDCTB")
    }
    if left := {name: one for name, one in flags.items() if name not in good and one is not None}:
        given["flags"] = left
    return {name: letter for name, letter in good.items() if letter != "N"}


def _is(kind: type) -> Any:
    return lambda value: type(value) is kind


_OPTIONAL: dict[str, dict[str, Any]] = {
    "position": {
        "fix": _is(bool),
        "accuracy_m": _within(0, math.inf),
        "speed_kmh": _within(0, 300),
        "heading_deg": _within(0, 360),
        "altitude_m": _number,
        "ignition": _is(bool),
        "load": lambda value: isinstance(value, str) and value in LOADS,
        "weight_t": _within(-5, 200),
        "lift": _is(bool),
        "cover": lambda value: isinstance(value, str) and value in COVERS,
        "odometer_km": _number,
        "alarms": lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value),
        "seq": lambda value: type(value) is int and -(2**63) <= value < 2**63,
    },
    "dust": {"interval_s": _within(1, 86_400), **dict.fromkeys(MEASURED, _number)},
    "background": {**dict.fromkeys(BACKGROUND, _number), "primary_pollutant": _is(str)},
}
