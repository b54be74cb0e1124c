"""Who may register as a terminal, and the codes that terminals sign on with. Pure, but for the drawing of codes."""

import hmac
import secrets
from typing import Any

from msgspec import Struct

from domain.vehicle import Vehicle
from protocols.jt808.sign_on import Register, RegisterResult
from storage.people import digest as code_digest
from storage.terminals import Terminal

__all__ = ["Verdict", "code_digest", "is_code", "new_code", "said", "verdict_on"]

_IDENTITY = ("maker", "model", "terminal_id")
"""What a terminal says of itself that does not change with the truck it is built into."""


class Verdict(Struct, frozen=True, kw_only=True):
    """What a registration is answered; `waits`: for somebody's approval; `reason`: a refusal that is kept."""

    result: RegisterResult
    reason: str | None = None
    detail: str = ""
    waits: bool = False


def verdict_on(message: Register, known: Terminal | None, vehicle: Vehicle | None) -> Verdict:
    """Judge a registration by what is known of the terminal and of the vehicle that carries its device."""
    if known is None or known.state == "waiting":
        return Verdict(result=RegisterResult.TERMINAL_UNKNOWN, waits=True)
    if not known.is_approved:
        return Verdict(result=RegisterResult.TERMINAL_UNKNOWN, reason="blocked")
    if vehicle is None:
        detail = f"no vehicle of the registry carries {known.device_id}"
        return Verdict(result=RegisterResult.VEHICLE_UNKNOWN, reason="no_vehicle", detail=detail)
    if has_plate(message) and _plain(message.plate) != _plain(vehicle.plate):
        detail = f"it says {message.plate}, the registry {vehicle.plate}"
        return Verdict(result=RegisterResult.VEHICLE_UNKNOWN, reason="other_plate", detail=detail)
    if known.code_digest is not None and known.said:
        others = [name for name in _IDENTITY if known.said.get(name) != getattr(message, name)]
        if others:
            detail = "; ".join(
                f"{name} was {known.said.get(name)!r}, is {getattr(message, name)!r}" for name in others
            )
            return Verdict(result=RegisterResult.TERMINAL_REGISTERED, reason="other_terminal", detail=detail)
    return Verdict(result=RegisterResult.OK)


def has_plate(message: Register) -> bool:
    """Whether it names a plate: a vehicle without one gives its VIN under the colour 0."""
    return bool(message.plate.strip()) and message.plate_color != 0


def said(message: Register) -> dict[str, Any]:
    """What is kept of a registration."""
    return {
        "plate": message.plate,
        "plate_color": message.plate_color,
        "maker": message.maker,
        "model": message.model,
        "terminal_id": message.terminal_id,
        "province": message.province,
        "county": message.county,
    }


def new_code() -> str:
    """A code that nobody guesses, short enough for terminals of 2011."""
    return secrets.token_hex(8)


def is_code(code: str, kept_digest: bytes) -> bool:
    """Whether a code is the one that was given."""
    return hmac.compare_digest(code_digest(code), kept_digest)


def _plain(plate: str) -> str:
    return plate.replace(" ", "").replace("·", "").upper()
