"""Messages that devices should never send, seeded: the same ones for the same seed and hour."""

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from tests.ingest.garbage import CORPUS

PREFIX = "haulwatch/v1"
DAY_MS = 86_400_000

TOPICS = [
    *["X1/position"] * 16, *["X2/position"] * 8, *["S1/dust"] * 12, *["background/A1"] * 6, *["D1/position", "D1/dust"] * 3,
    "X1/status", "S1/status", "X1/dust", "S1/position", "background/A9", "nobody/position", "nobody/status",
    "X1", "X1/", "/position", "X1/other", "X1/Position", "X1/position/more", "x1/position", "background/", "alerts/position",
    "background/a/b", "车/position", "\U0001f69b/dust", "T.1/position", "X1%2f/position", "y" * 64 + "/position",
    "y" * 65 + "/position", "y" * 3000 + "/dust", "a/b/c/d/e/f/g/h", "$x/position", "X*1/position", "\ufeffX1/position",
]  # fmt: skip

BYTES = [
    b'"\\ud800"', b'"\\udc00\\ud800"', b'{"a":1,}', b"[1,]", b"[,]", b"{1:2}", b"{'a':1}", b"01", b"+1", b".5", b"1.", b"1e999",
    b"[1e999]", b"-Infinity", b"[NaN,1]", b"1" * 5000, b"tru", b"nul", b'"\x01"', b'"\\x"', b'"\\u00zz"', b'"\xc0\x80"',
    b'"\xed\xa0\x80"', b'"\xf4\x90\x80\x80"', b"\x0c1", b"1 2", b"{}{}", b"{}\x00", b"\x00{}", b"{}\n", b"[" * 100_000, b"[" * 65 + b"]" * 65,
    b"[" * 64 + b"]" * 64, b'{"a":' * 70 + b"1" + b"}" * 70, b"[]", b"[{}]", b"{}", b"[[]]", b"[null]", b"null", b'"text"', b"0",
    '{"online":true}'.encode("utf-16"), '{"online":true}'.encode("utf-32"), '{"time":1}'.encode("utf-16-be"), '{"x":"渣土"}'.encode("gb18030"),
    b"\xef\xbb\xbf{}", b"\x1f\x8b\x08\x00\x00\x00\x00\x00", b"%PDF-1.4", b"GET / HTTP/1.1\r\n\r\n", b"'; drop table positions; --",
    b'{"online":true,"online":"yes"}', b'{"online":true}', b'{"online":1}', b'{"online":null}', b'[{"online":false},7]',
]  # fmt: skip

ODD: list[Any] = [
    None, True, False, 0, -0.0, -1, 1.5, 300, 300.5, 361, 1e308, -1e308, 1e-320, 10**25, -(10**25), 2**63, 2**63 - 1, -(2**63), 2**64,
    10**400, "", "x", "1", "\x00", "\u2028", "🚛", "full", "closed", "open", "FULL", "WGS84", "GCJ02", "wgs84", [], {}, [1], ["sos"], ["\x00"],
    [None], {"a": {}}, {"pm10_ugm3": "D"}, {"pm10_ugm3": "N", "none": "D"}, {"pm10_ugm3": None}, {"pm10_ugm3": ["D"]}, [[[[]]]], {"": ""},
]  # fmt: skip
FIELDS = [
    "speed_kmh", "heading_deg", "accuracy_m", "altitude_m", "seq", "alarms", "load", "cover", "fix", "crs", "weight_t",
    "ignition", "lift", "odometer_km", "pm10_ugm3", "pm25_ugm3", "noise_db", "flags", "interval_s", "aqi", "primary_pollutant",
    "online", "other", "", "\x00", "~extra", "device_id", "received_at",
]  # fmt: skip


def hostile(count: int, seed: int, now_ms: int) -> Iterator[tuple[str, bytes]]:
    """That many bad, half-bad and oddly good messages; some are said twice, in other words."""
    rng = random.Random(seed)
    before: list[tuple[str, bytes]] = []
    for number in range(count):
        topic = f"{PREFIX}/{rng.choice(TOPICS)}"
        if rng.random() < 0.02:
            topic = f"{PREFIX}/unknown-{rng.randrange(10**6)}/position"
        payload = _payload(rng, now_ms)
        if before and rng.random() < 0.05:
            topic, payload = rng.choice(before)
            payload = _said_otherwise(rng, payload)
        elif number % 50 == 0:
            before = [*before[-200:], (topic, payload)]
        yield topic, payload


def _payload(rng: random.Random, now_ms: int) -> bytes:
    way = rng.random()
    if way < 0.08:
        return rng.choice(CORPUS)
    if way < 0.20:
        return rng.choice(BYTES)
    if way < 0.26:
        return rng.randbytes(rng.randrange(200))
    if way < 0.2605:
        return _huge(rng, now_ms)
    whole = json.dumps(_value(rng, now_ms), ensure_ascii=rng.random() < 0.5).encode("utf-8", "surrogatepass")
    if way < 0.40:
        return whole[: rng.randrange(len(whole))]
    if way < 0.48:
        at = rng.randrange(len(whole))
        return whole[:at] + rng.randbytes(rng.randrange(1, 5)) + whole[at + 1 :]
    if way < 0.51:  # the same name twice: the last one holds
        return b'{"time":%d,"lon":"x","speed_kmh":900,' % now_ms + whole[1:] if whole[:2] == b'{"' else whole
    return whole


def _value(rng: random.Random, now_ms: int) -> Any:
    if rng.random() < 0.85:
        return _element(rng, now_ms)
    return [_element(rng, now_ms) for _ in range(rng.choice([1, 2, 3, 8]))]


def _element(rng: random.Random, now_ms: int) -> Any:
    if rng.random() < 0.05:
        return rng.choice(ODD)
    element: dict[str, Any] = {
        "time": _time(rng, now_ms),
        "lon": rng.choice([rng.uniform(-200, 200), 114.05, 0, -0.0, 180, -180, 180.0001]),
        "lat": rng.choice([rng.uniform(-100, 100), 38.0, 0, -0.0, 90, -90, -90.0001]),
    }
    for _ in range(rng.randrange(5)):
        element[rng.choice(FIELDS)] = rng.choice(ODD)
    for name in ("time", "lon", "lat"):
        if rng.random() < 0.06:
            element[name] = rng.choice(ODD)
        elif rng.random() < 0.03:
            del element[name]
    return element


def _time(rng: random.Random, now_ms: int) -> Any:
    # A minute from each limit at least: when exactly a message arrives is the service's to say.
    at_ms = now_ms + rng.choice(
        [
            0,
            -rng.randrange(60_000),
            -rng.randrange(29 * DAY_MS),
            120_000,
            600_000,
            -31 * DAY_MS,
            -9999 * DAY_MS,
            10**15,
        ]
    )
    ways: list[Callable[[], Any]] = [
        lambda: at_ms,
        lambda: at_ms,
        lambda: at_ms,
        lambda: float(at_ms),
        lambda: str(at_ms),
        lambda: at_ms // 1000,
        lambda: at_ms * 1000,
        lambda: _written(rng, at_ms),
        lambda: _written(rng, at_ms)[:-1],
        lambda: rng.choice(
            [
                "2025-02-30T00:00:00Z", "2026-11-16 22:03:21", "2026-11-16T24:00:00Z", "2026-11-16T10:00:61Z", "2026-11-16", "now",
                "2026-11-16T10:00:00+24:00", "２０２６-11-16T10:00:00Z", "9999-12-31T23:59:59.999-23:59", "0001-01-01T00:00:00+23:59",
                "0000-01-01T00:00:00Z", "2026-11-16T10:00:00,5Z", "2026-11-16T10:00Z", " 2026-11-16T10:00:00Z", "2026-11-16T10:00:00Z\n",
            ]
        ),
    ]  # fmt: skip
    return rng.choice(ways)()


def _written(rng: random.Random, at_ms: int) -> str:
    minutes = rng.choice([0, 480, -210, 1439])
    try:
        at = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(timezone(timedelta(minutes=minutes)))
    except (ValueError, OverflowError):
        return "soon"
    text = at.isoformat(timespec=rng.choice(["seconds", "milliseconds", "microseconds"]))
    if rng.random() < 0.2:
        text = text.replace("T", rng.choice("t "))
    return text.replace("+00:00", rng.choice(["Z", "z", "-00:00"]))


def _huge(rng: random.Random, now_ms: int) -> bytes:
    one = json.dumps({"time": now_ms - rng.randrange(DAY_MS), "lon": 114.05, "lat": 38.0})
    bad = json.dumps({"time": now_ms, "lon": 114.05})
    return rng.choice(
        [
            lambda: b"[" + b",".join([one.encode()] * 500) + b"]",
            lambda: b"[" + b",".join([bad.encode()] * 500) + b"]",
            lambda: b"[" + b",".join([one.encode()] * 501) + b"]",
            lambda: b"[" + b"7," * 500 + b"7]",
            lambda: one[:-1].encode() + b',"x":"' + b"y" * (256 * 1024 - len(one) - 7) + b'"}',
            lambda: one[:-1].encode() + b',"x":"' + b"y" * (256 * 1024 - len(one) - 6) + b'"}',
            lambda: b" " * 262_143 + b"1",
            lambda: b" " * 262_145 + b"1",
            lambda: b"[" * 262_144,
            lambda: rng.randbytes(900_000),
        ]
    )()


def _said_otherwise(rng: random.Random, payload: bytes) -> bytes:
    """The same content in other bytes where that can be done."""
    try:
        value = json.loads(payload.decode())
    except (ValueError, RecursionError):
        return payload
    if isinstance(value, dict):
        value = dict(sorted(value.items(), reverse=True), lift=value.get("lift"))
    return json.dumps(value, indent=rng.choice([None, 1])).encode()
