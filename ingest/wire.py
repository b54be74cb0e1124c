"""Topic and bytes → reports or rejections, as the wire format says. Pure.

A message of plain positions, which is nearly every one, takes a fast path: one typed decode. Whatever
that does not like is read again by the plain path, which knows all reasons; both give the same.
"""

from collections.abc import Callable, Container
from functools import lru_cache
from hashlib import sha256
from typing import Annotated, Any

import msgspec

from domain.identifiers import AreaId, DeviceId, is_device_id
from domain.instant import from_rfc3339
from domain.report import (
    BackgroundReport,
    Cover,
    DustReport,
    Load,
    PositionReport,
    Rejection,
    RejectReason,
    StatusReport,
)
from ingest.wire_elements import (
    NEWEST_MS,
    OLDEST_MS,
    background_from,
    dust_from,
    position_from,
    status_from,
)
from ingest.wire_fields import Refused

MAX_BYTES = 256 * 1024
MAX_ELEMENTS = 500
MAX_DEPTH = 64
DEFAULT_PREFIX = "haulwatch/v1"


class KnownDevices(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the registry knows. `others` are listed devices that no vehicle and no station names."""

    vehicles: Container[str]
    stations: Container[str]
    areas: Container[str]
    others: Container[str] = frozenset()
    prefix: str = DEFAULT_PREFIX


class Decoded(msgspec.Struct, kw_only=True, gc=False):
    """What one message held. Statuses are counted nowhere; every other element is in exactly one list."""

    positions: list[PositionReport] = []
    dust: list[DustReport] = []
    background: list[BackgroundReport] = []
    status: StatusReport | None = None
    rejections: list[Rejection] = []

    @property
    def elements(self) -> int:
        """How many elements count."""
        return len(self.positions) + len(self.dust) + len(self.background) + len(self.rejections)


class _Plain(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, gc=False):
    """A position as nearly all come: nothing unknown, nothing wrong, WGS-84, with a fix.

    The fields stand in sorted order, so that encoding it gives the canonical content.
    """

    accuracy_m: Annotated[float, msgspec.Meta(ge=0)] | None = None
    alarms: tuple[str, ...] | None = None
    altitude_m: float | None = None
    cover: Cover | None = None
    heading_deg: Annotated[float, msgspec.Meta(ge=0, le=360)] | None = None
    ignition: bool | None = None
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    lift: bool | None = None
    load: Load | None = None
    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)]
    odometer_km: float | None = None
    seq: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)] | None = None
    speed_kmh: Annotated[float, msgspec.Meta(ge=0, le=300)] | None = None
    time: int | str
    weight_t: Annotated[float, msgspec.Meta(ge=-5, le=200)] | None = None


_FAST = msgspec.json.Decoder(_Plain | list[_Plain])
_ENCODE = msgspec.json.Encoder().encode
_ANY = msgspec.json.Decoder()
_RAW_LIST = msgspec.json.Decoder(list[msgspec.Raw])


def decode(topic: str, payload: bytes, received_ms: int, known: KnownDevices) -> Decoded:
    """Decode one message that arrived at `received_ms`; never raises, whatever the bytes are."""
    device_id, kind = read_topic(topic, known.prefix)
    if kind == "position" and device_id in known.vehicles and len(payload) <= MAX_BYTES:
        positions = decode_plain_positions(payload, DeviceId(device_id or ""), received_ms)
        if positions is not None:
            return Decoded(positions=positions)
    return decode_plainly(topic, payload, received_ms, known)


def decode_plain_positions(
    payload: bytes, device_id: DeviceId, received_ms: int
) -> list[PositionReport] | None:
    """The fast path: all positions of a known vehicle's message, None if it needs the plain path."""
    try:
        found = _FAST.decode(payload)
        if isinstance(found, _Plain):
            return [_report(found, device_id, received_ms)]
        if len(found) > MAX_ELEMENTS:
            return None
        return [_report(one, device_id, received_ms) for one in found]
    except (ValueError, OverflowError, RecursionError):
        return None


def _report(plain: _Plain, device_id: DeviceId, received_ms: int) -> PositionReport:
    """One report; raises ValueError where the plain path must say why not."""
    time_ms = plain.time
    if not isinstance(time_ms, int):
        plain.time = time_ms = from_rfc3339(time_ms)
    if not received_ms - OLDEST_MS <= time_ms <= received_ms + NEWEST_MS or (
        plain.lon == 0 and plain.lat == 0
    ):
        raise ValueError
    content = _ENCODE(plain)
    if b":-0.0" in content:  # minus nought, perhaps, which is the same content as nought
        raise ValueError
    return PositionReport(
        device_id=device_id,
        time_ms=time_ms,
        received_ms=received_ms,
        digest=sha256(content).digest(),
        lon=plain.lon,
        lat=plain.lat,
        accuracy_m=plain.accuracy_m,
        speed_kmh=plain.speed_kmh,
        heading_deg=plain.heading_deg,
        altitude_m=plain.altitude_m,
        ignition=plain.ignition,
        load=plain.load,
        weight_t=plain.weight_t,
        lift=plain.lift,
        cover=plain.cover,
        odometer_km=plain.odometer_km,
        alarms=plain.alarms,
        seq=plain.seq,
    )


def decode_plainly(topic: str, payload: bytes, received_ms: int, known: KnownDevices) -> Decoded:
    """The plain path: every message, every reason, in their order."""
    device_id, kind = read_topic(topic, known.prefix)

    def refuse(reason: RejectReason, detail: str, element: bytes = payload) -> Rejection:
        return Rejection(
            reason=reason,
            detail=detail,
            topic=topic,
            payload=element,
            received_ms=received_ms,
            device_id=None if kind == "background" else device_id,
        )

    def whole(reason: RejectReason, detail: str) -> Decoded:
        return Decoded(rejections=[refuse(reason, detail)])

    if kind is None or device_id is None:
        return whole(RejectReason.BAD_TOPIC, "no topic of the wire format, or no device id")
    if len(payload) > MAX_BYTES:
        return whole(RejectReason.TOO_LARGE, f"{len(payload)} bytes, over {MAX_BYTES}")
    try:
        value = _ANY.decode(payload)
        problem = None
        if _is_deeper(value, MAX_DEPTH):
            value, problem = None, f"nested more than {MAX_DEPTH} deep"
    except RecursionError:
        value, problem = None, f"nested more than {MAX_DEPTH} deep"
    except ValueError as error:
        value, problem = None, str(error)
    if isinstance(value, list) and len(value) > MAX_ELEMENTS:
        return whole(RejectReason.TOO_LARGE, f"{len(value)} elements, over {MAX_ELEMENTS}")
    if not _is_known(device_id, kind, known):
        return whole(RejectReason.UNKNOWN_DEVICE, f"the registry has no such source of {kind}")
    if problem is not None:
        return whole(RejectReason.BAD_JSON, problem)
    decoded = Decoded(positions=[], dust=[], background=[], rejections=[])
    add = _ADD[kind]
    many = isinstance(value, list)
    raws: list[msgspec.Raw] = []
    for number, element in enumerate(value if many else [value]):
        try:
            add(decoded, element, device_id, received_ms)
        except Refused as refused:
            if many and not raws:
                raws = _RAW_LIST.decode(payload)
            raw = bytes(raws[number]) if many else payload
            decoded.rejections.append(refuse(refused.args[0], refused.args[1], raw))
    return decoded


def _is_deeper(value: Any, depth: int) -> bool:
    """Whether arrays and objects stand in each other that often; how deep Python itself goes differs by version."""
    level = [value]
    for _ in range(depth):
        level = [
            inner
            for one in level
            if isinstance(one, list | dict)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return False
    return any(isinstance(one, list | dict) for one in level)


def _add_position(decoded: Decoded, element: Any, device_id: str, received_ms: int) -> None:
    decoded.positions.append(position_from(element, DeviceId(device_id), received_ms))


def _add_dust(decoded: Decoded, element: Any, device_id: str, received_ms: int) -> None:
    decoded.dust.append(dust_from(element, DeviceId(device_id), received_ms))


def _add_background(decoded: Decoded, element: Any, area_id: str, received_ms: int) -> None:
    decoded.background.append(background_from(element, AreaId(area_id), received_ms))


def _add_status(decoded: Decoded, element: Any, device_id: str, received_ms: int) -> None:
    decoded.status = status_from(element, DeviceId(device_id), received_ms)


_ADD: dict[str, Callable[[Decoded, Any, str, int], None]] = {
    "position": _add_position,
    "dust": _add_dust,
    "background": _add_background,
    "status": _add_status,
}
_DEVICE_KINDS = frozenset({"position", "dust", "status"})


@lru_cache(maxsize=65_536)
def read_topic(topic: str, prefix: str) -> tuple[str | None, str | None]:
    """Who it is from, and of which kind; (device id or None, None) for a topic of another shape."""
    if not topic.startswith(prefix) or topic[len(prefix) : len(prefix) + 1] != "/":
        return None, None
    first, slash, last = topic[len(prefix) + 1 :].partition("/")
    if first == "background" and slash:
        return (last, "background") if last and "/" not in last else (None, None)
    if not is_device_id(first):
        return None, None
    return first, last if last in _DEVICE_KINDS else None


def _is_known(device_id: str, kind: str, known: KnownDevices) -> bool:
    if kind == "background":
        return device_id in known.areas
    if device_id in known.others:
        return True
    if kind == "position":
        return device_id in known.vehicles
    if kind == "dust":
        return device_id in known.stations
    return device_id in known.vehicles or device_id in known.stations
