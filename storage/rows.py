"""Domain values to columns and back. Times are integer ms on both sides; the SQL converts them.

PostgreSQL's text cannot hold a NUL or half a surrogate pair, which what devices send may hold; `plain`
puts U+FFFD in their place where the text is only for people, and JSON columns hold them escaped.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec

from domain.identifiers import AreaId, DeviceId
from domain.instant import HOUR_MS
from domain.quantity import Flag, Quantity
from domain.report import BackgroundReport, Cover, DustReport, Load, PositionReport, Rejection
from storage.batch import Checkpoint

Columns = tuple[Sequence[Any], ...]
Row = Mapping[str, Any]

LONGEST_ID = 200
"""Characters of a device id kept for the account; it is a key, and a key has a size."""

_ENCODER = msgspec.json.Encoder()
_ALARMS = msgspec.json.Decoder(tuple[str, ...])
_FLAGS = msgspec.json.Decoder(dict[Quantity, Flag])
_LOADS = {one.value: one for one in Load}
_COVERS = {one.value: one for one in Cover}
_QUANTITIES = tuple(Quantity)


def plain(text: str) -> str:
    """The text as PostgreSQL can hold it; what it cannot hold becomes U+FFFD."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "\ufffd").encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def account_id(device_id: str | None) -> str:
    """The id under which an element without a known device is counted; empty where there is none."""
    return plain(device_id or "")[:LONGEST_ID]


def _plain_or_none(text: str | None) -> str | None:
    return None if text is None else plain(text)


def _json(value: object) -> str:
    return _ENCODER.encode(value).decode()


def position_columns(reports: Sequence[PositionReport]) -> Columns:
    """The columns of insert_positions."""
    return (
        [r.device_id for r in reports],
        [r.time_ms for r in reports],
        [r.digest for r in reports],
        [r.received_ms for r in reports],
        [r.seq for r in reports],
        [r.lon for r in reports],
        [r.lat for r in reports],
        [r.fix for r in reports],
        [r.accuracy_m for r in reports],
        [r.speed_kmh for r in reports],
        [r.heading_deg for r in reports],
        [r.altitude_m for r in reports],
        [r.ignition for r in reports],
        [r.load for r in reports],
        [r.weight_t for r in reports],
        [r.lift for r in reports],
        [r.cover for r in reports],
        [r.odometer_km for r in reports],
        [None if r.alarms is None else _json(r.alarms) for r in reports],
        [None if r.extra_json is None else plain(r.extra_json) for r in reports],
    )


def position_text_columns(reports: Sequence[PositionReport]) -> list[tuple[bytes | None, ...]]:
    """The variable-length fields of each report, encoded: id, digest, load, cover, alarms, extra."""
    return [
        (
            r.device_id.encode(),
            r.digest,
            None if r.load is None else r.load.encode(),
            None if r.cover is None else r.cover.encode(),
            None if r.alarms is None else _ENCODER.encode(r.alarms),
            None if r.extra_json is None else plain(r.extra_json).encode(),
        )
        for r in reports
    ]


def latest_position_columns(reports: Sequence[PositionReport]) -> Columns:
    """The columns of keep_latest_positions."""
    return (
        [r.device_id for r in reports],
        [r.time_ms for r in reports],
        [r.seq for r in reports],
        [r.digest for r in reports],
        [r.received_ms for r in reports],
        [r.lon for r in reports],
        [r.lat for r in reports],
        [r.speed_kmh for r in reports],
        [r.heading_deg for r in reports],
        [r.ignition for r in reports],
        [r.load for r in reports],
        [r.lift for r in reports],
        [r.cover for r in reports],
    )


def dust_columns(reports: Sequence[DustReport]) -> Columns:
    """The columns of insert_dust."""
    return (
        [r.device_id for r in reports],
        [r.time_ms for r in reports],
        [r.digest for r in reports],
        [r.received_ms for r in reports],
        [r.interval_s for r in reports],
        *([r.values.get(quantity) for r in reports] for quantity in _QUANTITIES),
        [_json(r.flags) if r.flags else None for r in reports],
        [_plain_or_none(r.extra_json) for r in reports],
    )


def latest_dust_columns(reports: Sequence[DustReport]) -> Columns:
    """The columns of keep_latest_dust."""
    return (
        [r.device_id for r in reports],
        [r.time_ms for r in reports],
        [r.digest for r in reports],
        [r.received_ms for r in reports],
        *([r.values.get(quantity) for r in reports] for quantity in _QUANTITIES[:4]),
    )


def background_columns(reports: Sequence[BackgroundReport]) -> Columns:
    """The columns of insert_background."""
    return (
        [r.area_id for r in reports],
        [r.time_ms for r in reports],
        [r.digest for r in reports],
        [r.received_ms for r in reports],
        [r.pm10_ugm3 for r in reports],
        [r.pm25_ugm3 for r in reports],
        [r.tsp_ugm3 for r in reports],
        [r.aqi for r in reports],
        [_plain_or_none(r.primary_pollutant) for r in reports],
        [_plain_or_none(r.extra_json) for r in reports],
    )


def equal_to(rejection: Rejection) -> bytes:
    """What makes two rejections equal: topic, reason and payload, not the time of arrival."""
    topic = _bytes(rejection.topic)
    digest = sha256(b"%d\n%b\n%b\n" % (len(topic), topic, rejection.reason.encode()))
    digest.update(rejection.payload)
    return digest.digest()[:16]


def rejection_columns(rejections: Sequence[Rejection]) -> Columns:
    """The columns of insert_rejections."""
    return (
        [r.received_ms for r in rejections],
        [r.reason for r in rejections],
        [plain(r.detail) for r in rejections],
        [account_id(r.device_id) for r in rejections],
        [_bytes(r.topic) for r in rejections],
        [r.payload for r in rejections],
        [equal_to(r) for r in rejections],
    )


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def checkpoint_columns(checkpoints: Iterable[Checkpoint]) -> Columns:
    """The columns of keep_checkpoints, one row a device and hour, the last one given."""
    last = {(c.device_id, judged_hour(c)): c for c in checkpoints}
    keys = sorted(last)
    rows = [last[key] for key in keys]
    return (
        [c.device_id for c in rows],
        [hour for _, hour in keys],
        [c.judged_time_ms for c in rows],
        [c.judged_seq for c in rows],
        [c.judged_digest for c in rows],
        [c.ruleset_version for c in rows],
        [c.state for c in rows],
    )


def judged_hour(checkpoint: Checkpoint) -> int:
    """The hour of judged time since 1970 that a checkpoint stands for; -1 before the first report."""
    return -1 if checkpoint.judged_time_ms is None else max(0, checkpoint.judged_time_ms // HOUR_MS)


def checkpoint_from(row: Row) -> Checkpoint:
    """A row of newest_checkpoints."""
    return Checkpoint(
        device_id=DeviceId(row["device_id"]),
        judged_time_ms=row["judged_ms"],
        judged_seq=row["judged_seq"],
        judged_digest=row["judged_digest"],
        ruleset_version=row["ruleset_version"],
        state=row["state"],
    )


def position_from(row: Row) -> PositionReport:
    """A row of positions_after_checkpoints."""
    return position_of(row.values())


def position_of(values: Iterable[Any]) -> PositionReport:
    """The fields of a position in the order in which the queries give them."""
    (device_id, time_ms, digest, received_ms, seq, lon, lat, fix, accuracy_m, speed_kmh, heading_deg, altitude_m,
     ignition, load, weight_t, lift, cover, odometer_km, alarms_json, extra_json) = values  # fmt: skip
    return PositionReport(
        device_id=device_id,
        time_ms=time_ms,
        received_ms=received_ms,
        digest=digest,
        lon=lon,
        lat=lat,
        fix=fix,
        accuracy_m=accuracy_m,
        speed_kmh=speed_kmh,
        heading_deg=heading_deg,
        altitude_m=altitude_m,
        ignition=ignition,
        load=None if load is None else _LOADS[load],
        weight_t=weight_t,
        lift=lift,
        cover=None if cover is None else _COVERS[cover],
        odometer_km=odometer_km,
        alarms=None if alarms_json is None else _ALARMS.decode(alarms_json),
        seq=seq,
        extra_json=extra_json,
    )


def dust_from(row: Row) -> DustReport:
    """A row of dust_after_checkpoints."""
    flags = row["flags_json"]
    return DustReport(
        device_id=DeviceId(row["device_id"]),
        time_ms=row["time_ms"],
        received_ms=row["received_ms"],
        digest=row["digest"],
        interval_s=row["interval_s"],
        values={quantity: row[quantity.value] for quantity in _QUANTITIES if row[quantity.value] is not None},
        flags={} if flags is None else _FLAGS.decode(flags),
        extra_json=row["extra_json"],
    )


def background_from(row: Row) -> BackgroundReport:
    """A row of background_after_checkpoints."""
    return BackgroundReport(
        area_id=AreaId(row["area_id"]),
        time_ms=row["time_ms"],
        received_ms=row["received_ms"],
        digest=row["digest"],
        pm10_ugm3=row["pm10_ugm3"],
        pm25_ugm3=row["pm25_ugm3"],
        tsp_ugm3=row["tsp_ugm3"],
        aqi=row["aqi"],
        primary_pollutant=row["primary_pollutant"],
        extra_json=row["extra_json"],
    )
