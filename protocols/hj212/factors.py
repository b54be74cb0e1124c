"""A segment's content → measured factors under our quantities, whatever they are called and however cut.

Codes are those of HJ 212-2017 annex B; the spellings forgiven here are ones that published frames show.
Numbers stay text: unit and plausibility are the matter of `dust`.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from domain.quantity import Flag, Quantity
from protocols.hj212.segment import Segment

NAMES: Mapping[str, Quantity] = {
    "A34001": Quantity.TSP,
    "A34002": Quantity.PM10,
    "A34004": Quantity.PM25,
    "A01001": Quantity.TEMPERATURE,
    "A01002": Quantity.HUMIDITY,
    "A01006": Quantity.PRESSURE,
    "A01007": Quantity.WIND_SPEED,
    "A01008": Quantity.WIND_DIR,
    "LA": Quantity.NOISE,
    "LEQ": Quantity.NOISE,
    "TSP": Quantity.TSP,
    "PM10": Quantity.PM10,
    "PM25": Quantity.PM25,
    "PM2.5": Quantity.PM25,
    "TEM": Quantity.TEMPERATURE,
    "RH": Quantity.HUMIDITY,
    "WS": Quantity.WIND_SPEED,
    "WD": Quantity.WIND_DIR,
    "NOIS": Quantity.NOISE,
}
"""Codes, and the private names of dust monitors, in capitals."""

FLAGS: Mapping[str, Flag] = {
    **{flag.value: flag for flag in Flag},
    "P": Flag.FAULT,  # HJ/T 212-2005: no power
    "0": Flag.CALIBRATION,  # HJ/T 212-2005, air stations: calibration, weather, abnormal, normal
    "1": Flag.NORMAL,
    "2": Flag.FAULT,
    "3": Flag.NORMAL,
}

_PARTS = {"RTD": "rtd", "TD": "rtd", "AVG": "avg", "MIN": "min", "MAX": "max", "COU": "cou", "FLAG": "flag"}


class Factors(Struct, kw_only=True):
    """What a content holds: by quantity its parts (`rtd`, `avg`, `min`, `max`, `cou`, `flag`) as text.

    `kept` is whatever is none of our quantities, or came a second time, under the names it came with.
    """

    data_time: str | None = None
    parts: dict[Quantity, dict[str, str]] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)


def decode_factors(segment: Segment, names: Mapping[str, Quantity] = NAMES) -> Factors:
    """Sort a segment's content; `names` are in capitals."""
    found = Factors()
    called: dict[Quantity, str] = {}
    flag_of_all: str | None = None
    for name, value in _pairs(segment):
        code, *suffixes = name.upper().split("-")
        quantity = names.get(code)
        part = _part(suffixes, value)
        if code == "DATATIME" and found.data_time is None:
            found.data_time = value
        elif code == "FLAG" and flag_of_all is None:
            flag_of_all = value
        elif (
            quantity is None
            or part is None
            or called.setdefault(quantity, code) != code
            or part in found.parts.get(quantity, ())
        ):
            found.kept[name] = value
        else:
            found.parts.setdefault(quantity, {})[part] = value
    if flag_of_all is not None:
        for parts in found.parts.values():
            parts.setdefault("flag", flag_of_all)
    return found


def _pairs(segment: Segment) -> Iterator[tuple[str, str]]:
    """All pairs in turn: which of them share a group, devices get wrong."""
    for group in segment.cp:
        yield from group


def _part(suffixes: list[str], value: str) -> str | None:
    """Which part of a factor a pair is: the last suffix says it; without one a letter is its flag."""
    if suffixes:
        return _PARTS.get(suffixes[-1])
    return "flag" if value.upper() in FLAGS and not value.isdigit() else "rtd"
