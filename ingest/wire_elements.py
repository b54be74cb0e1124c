"""One decoded element → one report, or `Refused` with the first reason that applies (the plain path).

Which reason comes first is the order of `RejectReason`; what is optional never refuses an element.
"""

from typing import Any

import msgspec

from domain.identifiers import AreaId, DeviceId
from domain.instant import DAY_MS, from_rfc3339
from domain.quantity import Flag, Quantity
from domain.report import (
    BackgroundReport,
    Cover,
    DustReport,
    Load,
    PositionReport,
    RejectReason,
    StatusReport,
)
from domain.zone import Crs
from geofence.crs import to_wgs84
from ingest.wire_fields import (
    Fields,
    Refused,
    canonical_json,
    digest_of,
    number,
    number_within,
    text,
    texts,
    truth,
    whole_number,
)

OLDEST_MS = 30 * DAY_MS
NEWEST_MS = 5 * 60_000
DEFAULT_INTERVAL_S = 60.0

_ACCURACY = number_within(0, float("inf"))
_SPEED = number_within(0, 300)
_HEADING = number_within(0, 360)
_WEIGHT = number_within(-5, 200)
_INTERVAL = number_within(1, 86_400)
_BACKGROUND = ("pm10_ugm3", "pm25_ugm3", "tsp_ugm3", "aqi")


class _PositionContent(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """What of a position its digest is made of; the fields stand in sorted order, as canonical JSON wants."""

    accuracy_m: float | None = None
    alarms: tuple[str, ...] | None = None
    altitude_m: float | None = None
    cover: str | None = None
    fix: bool = True
    heading_deg: float | None = None
    ignition: bool | None = None
    lat: float | None = None
    lift: bool | None = None
    load: str | None = None
    lon: float | None = None
    odometer_km: float | None = None
    seq: int | None = None
    speed_kmh: float | None = None
    time: int
    weight_t: float | None = None


_ENCODE = msgspec.json.Encoder().encode


def position_from(element: Any, device_id: DeviceId, received_ms: int) -> PositionReport:
    """Read a position object; raises Refused."""
    fields = _object(element)
    fix = fields.take("fix", truth) is not False
    _need(fields, "time", *(("lon", "lat") if fix else ()))
    time_ms = _time_ms(fields)
    lon, lat = _place(fields) if fix else (None, None)
    _check_time(time_ms, received_ms)
    content = _PositionContent(
        accuracy_m=fields.take("accuracy_m", _ACCURACY),
        alarms=fields.take("alarms", texts),
        altitude_m=fields.take("altitude_m", number),
        cover=fields.take("cover", Cover),
        fix=fix,
        heading_deg=fields.take("heading_deg", _HEADING),
        ignition=fields.take("ignition", truth),
        lat=lat,
        lift=fields.take("lift", truth),
        load=fields.take("load", Load),
        lon=lon,
        odometer_km=fields.take("odometer_km", number),
        seq=fields.take("seq", whole_number),
        speed_kmh=fields.take("speed_kmh", _SPEED),
        time=time_ms,
        weight_t=fields.take("weight_t", _WEIGHT),
    )
    extra_json = fields.extra_json()
    return PositionReport(
        device_id=device_id,
        time_ms=time_ms,
        received_ms=received_ms,
        digest=digest_of(_ENCODE(content), extra_json),
        lon=lon,
        lat=lat,
        fix=fix,
        accuracy_m=content.accuracy_m,
        speed_kmh=content.speed_kmh,
        heading_deg=content.heading_deg,
        altitude_m=content.altitude_m,
        ignition=content.ignition,
        load=None if content.load is None else Load(content.load),
        weight_t=content.weight_t,
        lift=content.lift,
        cover=None if content.cover is None else Cover(content.cover),
        odometer_km=content.odometer_km,
        alarms=content.alarms,
        seq=content.seq,
        extra_json=extra_json,
        bad_fields=fields.bad_fields(),
    )


def dust_from(element: Any, device_id: DeviceId, received_ms: int) -> DustReport:
    """Read a dust object; raises Refused."""
    fields = _object(element)
    _need(fields, "time")
    time_ms = _time_ms(fields)
    _check_time(time_ms, received_ms)
    interval_s = fields.take("interval_s", _INTERVAL)
    if interval_s is None:
        interval_s = DEFAULT_INTERVAL_S
    values: dict[Quantity, float] = {}
    for quantity in Quantity:
        if (value := fields.take(quantity.value, number)) is not None:
            values[quantity] = value
    flags = _flags(fields)
    extra_json = fields.extra_json()
    content: dict[str, Any] = {"time": time_ms, "interval_s": interval_s, "flags": flags}
    content |= {quantity.value: value for quantity, value in values.items()}
    return DustReport(
        device_id=device_id,
        time_ms=time_ms,
        received_ms=received_ms,
        digest=digest_of(canonical_json(content), extra_json),
        interval_s=interval_s,
        values=values,
        flags=flags,
        extra_json=extra_json,
        bad_fields=fields.bad_fields(),
    )


def background_from(element: Any, area_id: AreaId, received_ms: int) -> BackgroundReport:
    """Read an hour's background values; raises Refused."""
    fields = _object(element)
    _need(fields, "time")
    time_ms = _time_ms(fields)
    _check_time(time_ms, received_ms)
    values = {name: value for name in _BACKGROUND if (value := fields.take(name, number)) is not None}
    pollutant = fields.take("primary_pollutant", text)
    extra_json = fields.extra_json()
    content: dict[str, Any] = {"time": time_ms, **values}
    if pollutant is not None:
        content["primary_pollutant"] = pollutant
    return BackgroundReport(
        area_id=area_id,
        time_ms=time_ms,
        received_ms=received_ms,
        digest=digest_of(canonical_json(content), extra_json),
        primary_pollutant=pollutant,
        extra_json=extra_json,
        bad_fields=fields.bad_fields(),
        **values,
    )


def status_from(element: Any, device_id: DeviceId, received_ms: int) -> StatusReport:
    """Read a status object; raises Refused."""
    fields = _object(element)
    _need(fields, "online")
    online = fields.need("online")
    if not isinstance(online, bool):
        raise Refused(RejectReason.BAD_TYPE, "online is not true or false")
    return StatusReport(device_id=device_id, online=online, received_ms=received_ms)


def _object(element: Any) -> Fields:
    if not isinstance(element, dict):
        raise Refused(RejectReason.BAD_TYPE, "not a JSON object")
    return Fields(element)


def _need(fields: Fields, *names: str) -> None:
    missing = [name for name in names if name not in fields.left]
    if missing:
        raise Refused(RejectReason.MISSING_FIELD, f"{', '.join(missing)} missing")


def _time_ms(fields: Fields) -> int:
    value = fields.need("time")
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, str):
        raise Refused(RejectReason.BAD_TYPE, "time is neither a text nor whole milliseconds")
    try:
        return from_rfc3339(value)
    except (ValueError, OverflowError) as error:
        raise Refused(RejectReason.BAD_TYPE, f"time: {error}") from error


def _place(fields: Fields) -> tuple[float, float]:
    lon, lat = _degrees(fields, "lon"), _degrees(fields, "lat")
    try:
        crs = Crs(fields.left.pop("crs", Crs.WGS84))
    except ValueError as error:
        raise Refused(RejectReason.BAD_TYPE, "crs is none of WGS84, GCJ02, BD09") from error
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise Refused(RejectReason.OUT_OF_RANGE, f"lon {lon:g}, lat {lat:g}")
    if lon == 0 and lat == 0:
        raise Refused(RejectReason.OUT_OF_RANGE, "lon and lat are both 0")
    return (lon, lat) if crs is Crs.WGS84 else to_wgs84(crs, lon, lat)


def _degrees(fields: Fields, name: str) -> float:
    try:
        return number(fields.need(name))
    except (ValueError, OverflowError) as error:
        raise Refused(RejectReason.BAD_TYPE, f"{name} is not a number") from error


def _check_time(time_ms: int, received_ms: int) -> None:
    if time_ms < received_ms - OLDEST_MS:
        raise Refused(RejectReason.TOO_OLD, "more than 30 days before arrival")
    if time_ms > received_ms + NEWEST_MS:
        raise Refused(RejectReason.TIME_IN_FUTURE, "more than 5 minutes after arrival")


def _flags(fields: Fields) -> dict[Quantity, Flag]:
    """The flags other than N, which is what an absent flag means; what is none of either is a bad field."""
    given = fields.left.pop("flags", None)
    if given is None:
        return {}
    if not isinstance(given, dict):
        fields.bad["flags"] = given
        return {}
    flags: dict[Quantity, Flag] = {}
    bad: dict[str, Any] = {}
    for name, value in given.items():
        if value is None:
            continue
        try:
            flags[Quantity(name)] = Flag(value)
        except ValueError:
            bad[name] = value
    if bad:
        fields.bad["flags"] = bad
    return {
        quantity: flags[quantity]
        for quantity in Quantity
        if flags.get(quantity, Flag.NORMAL) is not Flag.NORMAL
    }
