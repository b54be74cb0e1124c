"""Dust objects (docs/WIRE.md) as an HJ 212 monitor sends them: real-time data, one segment a reading."""

from collections.abc import Mapping
from typing import Any

from domain.quantity import Quantity
from protocols.hj212.moments import encode_moment, encode_request_number
from protocols.hj212.segment import Flag, Group, Segment

SYSTEM, REAL_TIME = "39", "2011"
VERSION_2017_ANSWERED = Flag(5)
PASSWORD = "123456"  # noqa: S105 -- what such monitors are delivered with
CODES: Mapping[Quantity, str] = {
    Quantity.TSP: "a34001",
    Quantity.PM10: "a34002",
    Quantity.PM25: "a34004",
    Quantity.TEMPERATURE: "a01001",
    Quantity.HUMIDITY: "a01002",
    Quantity.PRESSURE: "a01006",
    Quantity.WIND_SPEED: "a01007",
    Quantity.WIND_DIR: "a01008",
    Quantity.NOISE: "LA",
}


def segment_of(dust: dict[str, Any], *, mn: str, request_ms: int) -> Segment:
    """The segment that says what a dust object says; `time` in ms, `request_ms` names it among the monitor's."""
    return Segment(
        qn=encode_request_number(request_ms),
        st=SYSTEM,
        cn=REAL_TIME,
        pw=PASSWORD,
        mn=mn,
        flag=VERSION_2017_ANSWERED,
        cp=((("DataTime", encode_moment(dust["time"])),), *_factors(dust)),
    )


def _factors(dust: dict[str, Any]) -> list[Group]:
    flags = dust.get("flags") or {}
    groups: list[Group] = []
    for quantity, code in CODES.items():
        value = dust.get(quantity)
        if value is not None or quantity in flags:
            measured = () if value is None else ((f"{code}-Rtd", f"{value:.10g}"),)
            groups.append((*measured, (f"{code}-Flag", flags.get(quantity, "N"))))
    return groups
