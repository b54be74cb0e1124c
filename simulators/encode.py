"""Wire objects as devices write them, from the format's own text and independent of the decoder: a second opinion.

Elements come in with `time` in ms since 1970 UTC and places in WGS-84; what goes out is what a device of
that style would publish.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec

from domain.zone import Crs
from geofence.crs import from_wgs84

DEFAULT_PREFIX = "haulwatch/v1"
_BEIJING = timezone(timedelta(hours=8))


def topic(prefix: str, device_id: str, kind: str) -> str:
    """The topic of a device's `position` or `dust`, or of an area's `background`."""
    if kind == "background":
        return f"{prefix}/background/{device_id}"
    return f"{prefix}/{device_id}/{kind}"


def written_time(time_ms: int, style: str) -> str | int:
    """A time as `ms` (an integer), `utc` (RFC 3339 with Z) or `beijing` (RFC 3339 with +08:00)."""
    if style == "ms":
        return time_ms
    zone = UTC if style == "utc" else _BEIJING
    at = datetime.fromtimestamp(time_ms // 1000, zone).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f".{time_ms % 1000:03d}" if time_ms % 1000 else ""
    return f"{at}{fraction}{'Z' if style == 'utc' else '+08:00'}"


def element(fields: dict[str, Any], *, time_style: str = "ms", crs: str = "WGS84") -> dict[str, Any]:
    """One element as it is written: its time in the style, its place in the coordinate system."""
    written = dict(fields)
    written["time"] = written_time(fields["time"], time_style)
    if crs != "WGS84" and fields.get("lon") is not None:
        lon, lat = from_wgs84(Crs(crs), fields["lon"], fields["lat"])
        written["lon"], written["lat"], written["crs"] = round(lon, 6), round(lat, 6), crs
    return written


def payload(
    elements: Sequence[dict[str, Any]], *, time_style: str = "ms", crs: str = "WGS84", as_array: bool = False
) -> list[dict[str, Any]] | dict[str, Any]:
    """A message's content: an object, or an array where there are several or the device always sends one."""
    written = [element(fields, time_style=time_style, crs=crs) for fields in elements]
    return written if as_array or len(written) != 1 else written[0]


def payload_bytes(
    elements: Sequence[dict[str, Any]], *, time_style: str = "ms", crs: str = "WGS84", as_array: bool = False
) -> bytes:
    """A message's payload: JSON in UTF-8."""
    return msgspec.json.encode(payload(elements, time_style=time_style, crs=crs, as_array=as_array))
