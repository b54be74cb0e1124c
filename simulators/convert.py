"""Recorded tracks (CSV, GPX, JSON lists) as a capture, with a registry that lists their devices.

Rows stay in the order they have, which is the order of arrival; a row that cannot be read is counted and
named by its line, and the good ones are kept. Times without an offset are local to the given zone. Where
a file says when a report came in (when a map was polled, say) that is its arrival; else it arrives at
its own time, but never before the row above it. Rows of one device and one time are numbered by `seq`, so
that they are judged in the order they have: clocks are coarse, and maps repeat a time at a new place.
"""

import codecs
import csv
import gzip
import io
import math
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import gpxpy
import gpxpy.gpx
import msgspec
from msgspec import Struct

from domain.capture import Captured, encode_captured
from domain.zone import Crs
from simulators import encode
from simulators.capture_file import created, opened

MAX_PROBLEMS = 50
_ILLEGAL = re.compile(r"[^A-Za-z0-9_-]+")
_WKT_POINT = re.compile(r"\s*POINT\s*\(\s*(\S+)\s+(\S+)\s*\)\s*", re.IGNORECASE)
_KMH = {"kmh": 1.0, "ms": 3.6, "mph": 1.609344, "knots": 1.852}


class ColumnMap(Struct, frozen=True, kw_only=True):
    """Which header holds what; `point` is a WKT point instead of `lon` and `lat`, `speed_unit` kmh, ms, mph or knots."""

    time: str = "time"
    lon: str = "lon"
    lat: str = "lat"
    point: str | None = None
    device: str | None = None
    received: str | None = None
    speed: str | None = None
    speed_unit: str = "kmh"
    heading: str | None = None
    accuracy: str | None = None
    altitude: str | None = None


class BadRow(Struct, frozen=True, kw_only=True):
    """A row that was left out: its line in the file, and why."""

    line: int
    reason: str


class Conversion(Struct, frozen=True, kw_only=True):
    """What became of a file; `problems` holds the first 50 of `bad` rows."""

    rows: int
    written: int
    bad: int
    devices: int
    problems: tuple[BadRow, ...]


class _Row(Struct, frozen=True, kw_only=True):
    line: int
    device: str
    received_ms: int | None
    element: dict[str, Any]


class _Instant:
    """The rows of one device at its newest time."""

    def __init__(self) -> None:
        self._time_ms: int | None = None
        self._seqs: dict[bytes, int] = {}

    def numbered(self, element: dict[str, Any]) -> bytes:
        """The element as JSON, with its number among those of its time; the first has none, a repetition its own."""
        if element["time"] != self._time_ms:
            self._time_ms, self._seqs = element["time"], {}
        content = msgspec.json.encode(element)
        seq = self._seqs.setdefault(content, len(self._seqs))
        return msgspec.json.encode(element | {"seq": seq}) if seq else content


def convert_csv(
    path: Path,
    *,
    columns: ColumnMap,
    timezone: str = "Asia/Shanghai",
    crs: str = "WGS84",
    device_id: str | None = None,
    out: Path,
    registry_out: Path | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Conversion:
    """Convert a CSV with a header (gzipped too); raises ValueError if a mapped column is not there."""
    _refuse_the_same(path, out)
    with (
        _whole(),
        opened(path) as file,
        io.TextIOWrapper(file, encoding=_encoding(path), newline="") as text,
    ):
        reader = csv.DictReader(text, strict=True)
        headers = reader.fieldnames
        if not headers:
            raise ValueError("the file is empty: its first line must name the columns")
        if columns.device is None and device_id is None and "device" in headers:
            columns = msgspec.structs.replace(columns, device="device")
        _require(columns, headers, device_id)
        numbered = _numbered(reader)
        return _convert(numbered, columns, ZoneInfo(timezone), crs, device_id, out, registry_out, on_progress)


def convert_json(
    path: Path,
    *,
    columns: ColumnMap,
    timezone: str = "Asia/Shanghai",
    crs: str = "WGS84",
    device_id: str | None = None,
    out: Path,
    registry_out: Path | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Conversion:
    """Convert a JSON list of flat objects; a problem is named by its place in the list, from 1."""
    _refuse_the_same(path, out)
    with _whole(), opened(path) as file:
        rows = msgspec.json.decode(file.read(), type=list[dict[str, Any]])
    numbered = enumerate(rows, 1)
    return _convert(numbered, columns, ZoneInfo(timezone), crs, device_id, out, registry_out, on_progress)


def convert_gpx(
    path: Path,
    *,
    device_id: str | None = None,
    timezone: str = "Asia/Shanghai",
    out: Path,
    registry_out: Path | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Conversion:
    """Convert the tracks of a GPX file; a track's name is its device unless one is given."""
    _refuse_the_same(path, out)
    with _whole(), opened(path) as file:
        document = gpxpy.parse(file.read().decode("utf-8-sig"))
    columns = ColumnMap(device="device", altitude="altitude")
    points = (
        {
            "device": track.name or f"track-{n}",
            "time": point.time.isoformat() if point.time else "",
            "lon": point.longitude,
            "lat": point.latitude,
            "altitude": "" if point.elevation is None else point.elevation,
        }
        for n, track in enumerate(document.tracks, 1)
        for segment in track.segments
        for point in segment.points
    )
    zone = ZoneInfo(timezone)
    return _convert(enumerate(points, 1), columns, zone, "WGS84", device_id, out, registry_out, on_progress)


def _numbered(reader: "csv.DictReader[str]") -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise ValueError(f"line {reader.line_num + 1}: {error}") from error


@contextmanager
def _whole() -> Iterator[None]:
    """Every way in which a file can be broken as a ValueError."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"the file is damaged: {error}") from error
    except gpxpy.gpx.GPXException as error:
        raise ValueError(f"no GPX that can be read: {error}") from error


def _refuse_the_same(path: Path, out: Path) -> None:
    if out.exists() and out.samefile(path):
        raise ValueError("--out is the file itself: choose another")


def _encoding(path: Path) -> str:
    """UTF-8 where it is, UTF-16 where it says so, else GB 18030, in which spreadsheets save in China."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with opened(path) as file:
        if file.read(2) in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
            return "utf-16"
        file.seek(0)
        try:
            while chunk := file.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "gb18030"
    return "utf-8-sig"


def legal_device_id(name: str) -> str:
    """A device id of a name: what is not allowed becomes `-`; raises ValueError if nothing is left."""
    legal = _ILLEGAL.sub("-", name.strip()).strip("-")[:64]
    if not legal:
        raise ValueError(f"no device id can be made of {name!r}")
    return legal


def _require(columns: ColumnMap, headers: "list[str] | tuple[str, ...] | Any", device_id: str | None) -> None:
    if columns.speed_unit not in _KMH:
        raise ValueError(f"speed unit {columns.speed_unit!r}: allowed are {', '.join(_KMH)}")
    if columns.device is None and device_id is None:
        raise ValueError(
            "say which column names the device (--column device=HEADER), or which device it is (--device)"
        )
    places = [columns.point] if columns.point else [columns.lon, columns.lat]
    wanted = [columns.time, *places, columns.device, columns.received]
    wanted += [columns.speed, columns.heading, columns.accuracy, columns.altitude]
    missing = [name for name in wanted if name is not None and name not in headers]
    if missing:
        raise ValueError(f"no column {', '.join(missing)}; the file has {', '.join(headers)}")


def _convert(
    numbered: "Iterator[tuple[int, dict[str, Any]]] | enumerate[dict[str, Any]]",
    columns: ColumnMap,
    zone: ZoneInfo,
    crs: str,
    device_id: str | None,
    out: Path,
    registry_out: Path | None,
    on_progress: Callable[[float], None] | None,
) -> Conversion:
    if crs not in tuple(Crs):
        raise ValueError(f"--crs {crs}: allowed are {', '.join(Crs)}")
    rows = written = bad = 0
    problems: list[BadRow] = []
    devices: dict[str, _Instant] = {}
    last_ms = 0
    with created(out) as file:
        for line, raw in numbered:
            rows += 1
            try:
                row = _read(line, raw, columns, zone, crs, device_id)
            except (ValueError, TypeError, KeyError) as problem:
                bad += 1
                if len(problems) < MAX_PROBLEMS:
                    problems.append(BadRow(line=line, reason=str(problem)))
                continue
            last_ms = max(last_ms, row.received_ms or row.element["time"])
            topic = encode.topic(encode.DEFAULT_PREFIX, row.device, "position")
            payload = devices.setdefault(row.device, _Instant()).numbered(row.element)
            file.write(encode_captured(Captured(received_ms=last_ms, topic=topic, payload=payload)))
            written += 1
    if registry_out is not None:
        registry_out.write_bytes(_registry(list(devices), zone.key))
    if on_progress is not None:
        on_progress(1.0)
    return Conversion(rows=rows, written=written, bad=bad, devices=len(devices), problems=tuple(problems))


def _read(
    line: int, raw: dict[str, Any], columns: ColumnMap, zone: ZoneInfo, crs: str, device_id: str | None
) -> _Row:
    lon, lat = _place(raw, columns)
    element: dict[str, Any] = {"time": _time_ms(raw[columns.time], zone), "lon": lon, "lat": lat}
    if crs != "WGS84":
        element["crs"] = crs
    factor = _KMH[columns.speed_unit]
    for field, header, scale in (
        ("speed_kmh", columns.speed, factor),
        ("heading_deg", columns.heading, 1.0),
        ("accuracy_m", columns.accuracy, 1.0),
        ("altitude_m", columns.altitude, 1.0),
    ):
        if header is not None and raw[header] not in (None, ""):
            element[field] = round(_number(raw, header) * scale, 3)
    name = device_id if device_id is not None else str(raw[columns.device or ""])
    received_ms = None if columns.received is None else _time_ms(raw[columns.received], zone)
    return _Row(line=line, device=legal_device_id(name), received_ms=received_ms, element=element)


def _number(raw: dict[str, Any], header: str) -> float:
    value = raw.get(header)
    if value in (None, ""):
        raise ValueError(f"{header} is missing")
    try:
        found = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{header} is not a number: {str(value)[:40]!r}") from None
    if not math.isfinite(found):
        raise ValueError(f"{header} is not a number: {str(value)[:40]!r}")
    return found


def _place(raw: dict[str, Any], columns: ColumnMap) -> tuple[float, float]:
    if columns.point is not None:
        match = _WKT_POINT.fullmatch(str(raw[columns.point]))
        if match is None:
            raise ValueError(f"not a point: {raw[columns.point]!r}")
        lon, lat = float(match[1]), float(match[2])
    else:
        lon, lat = _number(raw, columns.lon), _number(raw, columns.lat)
    if not (-180 <= lon <= 180 and -90 <= lat <= 90) or (lon == 0 and lat == 0):
        raise ValueError(f"no place on Earth that counts: lon {lon}, lat {lat}")
    return lon, lat


def _time_ms(written: object, zone: ZoneInfo) -> int:
    """RFC 3339, local time without offset, or seconds or milliseconds since 1970."""
    text = str(written).strip()
    if re.fullmatch(r"\d{9,10}(\.\d+)?", text):
        return round(float(text) * 1000)
    if re.fullmatch(r"\d{12,13}", text):
        return int(text)
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        at = at.replace(tzinfo=zone)
    return round(at.timestamp() * 1000)


def _registry(devices: list[str], timezone: str) -> bytes:
    vehicles = [
        {"id": f"V-{device}"[:64], "plate": device, "kind": "other", "device_id": device}
        for device in sorted(devices)
    ]
    document = {"version": 1, "timezone": timezone, "vehicles": vehicles}
    return msgspec.json.format(msgspec.json.encode(document), indent=1)
