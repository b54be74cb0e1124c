"""Typed identifiers, so that a vehicle's id is never passed where a device's is meant.

Plates, their colours and the unified social credit code live here too; whether an id is *known*
is the registry's business.
"""

import re
from enum import StrEnum
from typing import NewType

from domain.problem import Message, message

DeviceId = NewType("DeviceId", str)
VehicleId = NewType("VehicleId", str)
StationId = NewType("StationId", str)
SiteId = NewType("SiteId", str)
ZoneId = NewType("ZoneId", str)
RouteId = NewType("RouteId", str)
PermitId = NewType("PermitId", str)
CompanyId = NewType("CompanyId", str)
DistrictId = NewType("DistrictId", str)
AreaId = NewType("AreaId", str)
LimitId = NewType("LimitId", str)
RuleId = NewType("RuleId", str)

CREDIT_CODE_LENGTH = 18

_DEVICE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # values 0 to 30, by place
_CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)  # powers of 3 modulo 31


class PlateColor(StrEnum):
    """Plate colours, by name; protocols number them differently (JT/T 415 and toll codes disagree)."""

    BLUE = "blue"
    YELLOW = "yellow"
    BLACK = "black"
    WHITE = "white"
    GREEN = "green"
    YELLOW_GREEN = "yellow_green"
    OTHER = "other"


def is_device_id(text: str) -> bool:
    """Tell whether a device can bear this id: it is a level of MQTT topics."""
    return _DEVICE_ID.fullmatch(text) is not None


def is_topic_level(text: str) -> bool:
    """Tell whether a district or an area can bear this id: it is a level of MQTT topics too, of any script.

    MQTT itself takes spaces, `*` and `>`, but a NATS server ends the connection of whoever publishes there.
    """
    return bool(text) and not any(character in "/+#*> " or not character.isprintable() for character in text)


def credit_code_problem(text: str) -> Message | None:
    """Why a text is no unified social credit code (GB 32100-2015); None if it is one."""
    if len(text) != CREDIT_CODE_LENGTH:
        return message("credit_code_length", most=str(CREDIT_CODE_LENGTH), length=str(len(text)))
    for character in text:
        if character not in _CREDIT_ALPHABET:
            return message("credit_code_character", value=repr(character))
    expected = credit_check_character(text[:-1])
    if text[-1] != expected:
        return message("credit_code_check", expected=repr(expected))
    return None


def credit_check_character(body: str) -> str:
    """The last character of a credit code, from the 17 before it (the standard's own characters only)."""
    total = sum(
        _CREDIT_ALPHABET.index(character) * weight
        for character, weight in zip(body, _CREDIT_WEIGHTS, strict=True)
    )
    return _CREDIT_ALPHABET[-total % 31]
