"""A segment of data → our dust objects (docs/WIRE.md), in our units and with the end of the interval as time.

Readings and means of one monitor describe the same air. Only the command that the monitor `feeds` gives
values that are judged; the others' are kept beside them, under `hj212`, where no average sees them.
A number that cannot be true is withheld: kept as it came, flagged as a fault where a limit could hang on it.
"""

from collections.abc import Mapping
from typing import Any

from domain.quantity import PARTICULATES, Flag, Quantity
from protocols.hj212.error import Hj212Error
from protocols.hj212.factors import NAMES, decode_factors
from protocols.hj212.moments import decode_moment
from protocols.hj212.monitor import MonitorSettings, Stamp
from protocols.hj212.segment import Segment
from protocols.hj212.values import Problem, Value, decode_values

SYSTEMS = frozenset({"39", "22", "31"})
"""ST of dust at a site, and of air quality, under which cities take the same monitors."""

READINGS, MINUTES, HOURS, DAYS, RUNNING = "2011", "2051", "2061", "2031", "2041"
COMMANDS = frozenset({READINGS, MINUTES, HOURS, DAYS, RUNNING})

_BOUNDS = frozenset({"min", "max", "cou"})
_JUDGED = frozenset({*PARTICULATES, Quantity.NOISE})
_NOT_TRUE = frozenset({Problem.IMPLAUSIBLE, Problem.WRONG_UNIT})


def to_dust(segment: Segment, monitor: MonitorSettings) -> list[dict[str, Any]]:
    """What a segment tells, none where it holds no data; raises Hj212Error (`bad_field`, `bad_command`, …)."""
    command = segment.cn
    if command not in COMMANDS:
        raise Hj212Error("bad_command", f"{command} is no command of data")
    if segment.st is not None and segment.st not in SYSTEMS:
        raise Hj212Error("bad_system", f"ST {segment.st} is no dust monitor")
    factors = decode_factors(segment, _names(monitor))
    if not factors.parts and not factors.kept:
        return []
    dust = _interval(command, factors.data_time, monitor)
    values = decode_values(factors, monitor.unit, is_mean=command != READINGS)
    if command == monitor.feeds:
        dust |= _judged(values)
    own: dict[str, Any] = {
        "command": command if command != READINGS or command != monitor.feeds else None,
        "measured": _measured(values, is_fed=command == monitor.feeds),
        "withheld": {
            name: {"reason": one.problem, **one.raw}
            for name, one in values.items()
            if one.problem is not None
        },
        "kept": factors.kept,
    }
    if own := {name: value for name, value in own.items() if value}:
        dust["hj212"] = own
    return [dust]


def _names(monitor: MonitorSettings) -> Mapping[str, Quantity]:
    if not monitor.names:
        return NAMES
    return {**NAMES, **{name.upper(): quantity for name, quantity in monitor.names.items()}}


def _interval(command: str, data_time: str | None, monitor: MonitorSettings) -> dict[str, Any]:
    """`time`, the end of the interval, and `interval_s`. DataTime is the start of a mean's (HJ 212-2017, 6.6)."""
    if data_time is None:
        raise Hj212Error("bad_field", "DataTime is missing")
    try:
        time_ms = decode_moment(data_time)
    except ValueError as error:
        raise Hj212Error("bad_field", f"DataTime: {error}") from error
    lengths_s = {READINGS: monitor.reading_s, MINUTES: monitor.minute_s, HOURS: 3600}
    interval_s = lengths_s.get(command, 86_400)
    if command != READINGS and monitor.stamped is Stamp.START:
        time_ms += interval_s * 1000
    return {"time": time_ms, "interval_s": interval_s}


def _judged(values: Mapping[Quantity, Value]) -> dict[str, Any]:
    """The fields that averages read."""
    found: dict[str, Any] = {
        quantity: one.value
        for quantity, one in values.items()
        if one.problem is None and one.value is not None
    }
    flags = {quantity: flag for quantity, one in values.items() if (flag := _flag(quantity, one)) is not None}
    return {**found, "flags": flags} if flags else found


def _flag(quantity: Quantity, one: Value) -> Flag | None:
    """The flag to publish, None for N, which is what absent means; what cannot be true is a fault."""
    if one.flag is not Flag.NORMAL:
        return one.flag
    return Flag.FAULT if one.problem in _NOT_TRUE and quantity in _JUDGED else None


def _measured(values: Mapping[Quantity, Value], *, is_fed: bool) -> dict[str, Any]:
    """Numbers that no average is to see, by quantity and part: those of a command not fed, and a mean's bounds."""
    found: dict[str, Any] = {}
    for quantity, one in values.items():
        numbers: dict[str, Any] = dict(one.numbers) if one.problem is None else {}
        if is_fed:
            numbers = {part: number for part, number in numbers.items() if part in _BOUNDS}
        elif numbers and one.flag is not Flag.NORMAL:
            numbers["flag"] = one.flag
        if numbers:
            found[quantity] = numbers
    return found
