"""Factors → numbers in our units, each with its flag and with what speaks against it.

A monitor whose unit is set wrongly is off by a thousand, which no later step could tell from dust: so the
particulates of a segment are believed together or not at all. A single one beyond what rules believe
(0 to 5000 µg/m³) goes through, for they say so themselves.
"""

import math
import re
from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from domain.quantity import PARTICULATES, Flag, Quantity
from protocols.hj212.factors import FLAGS, Factors
from protocols.hj212.monitor import Unit

_UGM3 = {Unit.MICROGRAM: 1.0, Unit.MILLIGRAM: 1000.0, Unit.NANOGRAM: 0.001}
_BELIEVED_UGM3 = 5000.0
_THICK_UGM3 = 1000.0
_CLEANEST_UGM3 = 1.0
_PLAUSIBLE: Mapping[Quantity, tuple[float, float]] = {
    Quantity.NOISE: (0.0, 140.0),
    Quantity.WIND_SPEED: (0.0, 75.0),
    Quantity.WIND_DIR: (0.0, 360.0),
    Quantity.TEMPERATURE: (-60.0, 80.0),
    Quantity.HUMIDITY: (0.0, 100.0),
    Quantity.PRESSURE: (45.0, 115.0),
}
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?", re.ASCII)
_COUNTING = frozenset({Flag.NORMAL, Flag.OVER_RANGE})


class Problem(StrEnum):
    """Why a value is withheld: no number, a flag nobody knows, beyond what can be, the unit must be another."""

    UNREADABLE = "unreadable"
    UNKNOWN_FLAG = "unknown_flag"
    IMPLAUSIBLE = "implausible"
    WRONG_UNIT = "wrong_unit"


class Value(Struct, kw_only=True):
    """One quantity of one segment: its numbers by part in our unit, `value` the one that counts.

    `flag` is None where it is none we know. `raw` is what came, by part.
    """

    numbers: dict[str, float]
    value: float | None
    flag: Flag | None
    raw: dict[str, str]
    problem: Problem | None = None


def decode_values(factors: Factors, unit: Unit, *, is_mean: bool) -> dict[Quantity, Value]:
    """Read and weigh every quantity of a content."""
    values = {quantity: _value(quantity, raw, unit, is_mean) for quantity, raw in factors.parts.items()}
    dust = {quantity: values[quantity] for quantity in PARTICULATES if quantity in values}
    if _is_unit_wrong(
        {quantity: one.value for quantity, one in dust.items() if one.value and one.flag in _COUNTING}
    ):
        for one in dust.values():
            one.problem = one.problem or Problem.WRONG_UNIT
    return values


def _value(quantity: Quantity, raw: dict[str, str], unit: Unit, is_mean: bool) -> Value:
    scale = _UGM3[unit] if quantity in PARTICULATES else 1.0
    numbers = {
        part: number * scale if scale == 1.0 else round(number * scale, 6)
        for part, text in raw.items()
        if part != "flag" and (number := _number(text)) is not None
    }
    value = next(
        (numbers[part] for part in (("avg", "rtd") if is_mean else ("rtd", "avg")) if part in numbers), None
    )
    found = Value(numbers=numbers, value=value, flag=FLAGS.get(raw.get("flag", "N").upper()), raw=raw)
    if found.flag is None:
        found.problem = Problem.UNKNOWN_FLAG
    elif value is None and raw.keys() - {"flag"}:
        found.problem = Problem.UNREADABLE
    elif value is not None and quantity in _PLAUSIBLE and not _is_plausible(quantity, value):
        found.problem = Problem.IMPLAUSIBLE
    return found


def _number(text: str) -> float | None:
    if _NUMBER.fullmatch(text) is None:
        return None
    number = float(text)
    return number if math.isfinite(number) else None


def _is_plausible(quantity: Quantity, value: float) -> bool:
    lowest, highest = _PLAUSIBLE[quantity]
    return lowest <= value <= highest


def _is_unit_wrong(values: Mapping[Quantity, float]) -> bool:
    """Whether particulates of one moment (µg/m³, none of them 0) are too many or too few for a site's air.

    Too many: one is beyond belief, and what is coarser than PM2.5 is all above 1 mg/m³. Too few: all below 1 µg/m³.
    """
    if not values:
        return False
    most = max(values.values())
    coarse = [value for quantity, value in values.items() if quantity is not Quantity.PM25] or [most]
    return (most > _BELIEVED_UGM3 and min(coarse) > _THICK_UGM3) or 0 < most < _CLEANEST_UGM3
