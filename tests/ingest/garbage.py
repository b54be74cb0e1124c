"""A seeded generator of bad messages, fast enough for a hundred thousand: cut, bent, huge, deep, wrongly encoded."""

import json
import random
from collections.abc import Iterator

CORPUS = [
    b"",
    b" ",
    b"null",
    b"true",
    b"-0",
    b"1e999",
    b"NaN",
    b"[NaN]",
    b'{"time":Infinity}',
    b"[[[[]]]]",
    b"[" * 3000,
    b'{"a":' * 2000 + b"1" + b"}" * 2000,
    b"[" + b"[]," * 600 + b"[]]",
    b"\x00",
    b"\xff\xfe{\x00}\x00",
    b"\xef\xbb\xbf{}",
    b'{"time":1763301800120,"lon":114,"lat":38,"x":"\\u0000"}',
    b'{"time":1763301800120,"lon":114,"lat":38,"alarms":["\\u0000"]}',
    b'{"time":1763301800120,"lon":114,"lat":38,"\\u0000":1}',
    b'{"time":1763301800120,"lon":114,"lat":38,"seq":9223372036854775808}',
    b'{"time":1763301800120,"lon":114,"lat":38,"x":18446744073709551616}',
    b'{"time":1763301800120,"lon":-0.0,"lat":-0.0}',
    b'{"time":99999999999999999999999999,"lon":1,"lat":1}',
    b'{"time":-99999999999999999999999999,"lon":1,"lat":1}',
    b'{"time":"9999-12-31T23:59:59.999-23:59","lon":1,"lat":1}',
    b'{"time":"0001-01-01T00:00:00+23:59","lon":1,"lat":1}',
    b'{"time":"2025-02-30T00:00:00Z","lon":1,"lat":1}',
    b'"\\ud800"',
    b'{"time":1763301800120,"lon":114,"lat":38,"altitude_m":1e308,"odometer_km":-1e308}',
    b"<xml/>",
]
TOPICS = [
    "haulwatch/v1/T1/position",
    "haulwatch/v1/S1/dust",
    "haulwatch/v1/background/A1",
    "haulwatch/v1/T1/status",
    "haulwatch/v1/nobody/position",
    "haulwatch/v1/S1/position",
    "haulwatch/v1/T1/other",
    "haulwatch/v1/\u00e4/position",
    "haulwatch/v1/T1",
]
VALUES = [
    None,
    True,
    False,
    0,
    -1,
    1.5,
    10**25,
    -(10**25),
    "",
    "x",
    "\x00",
    "\ud83d\ude9b",
    [],
    {},
    [1],
    {"a": {}},
]
NAMES = [
    "time", "lon", "lat", "speed_kmh", "heading_deg", "accuracy_m", "seq", "alarms", "load", "cover", "fix",
    "crs", "weight_t", "ignition", "pm10_ugm3", "flags", "interval_s", "online", "aqi", "other",
]  # fmt: skip


def garbage(count: int, seed: int, now_ms: int) -> Iterator[tuple[str, bytes]]:
    """Bad and half-bad messages, the same ones for the same seed."""
    rng = random.Random(seed)
    for _ in range(count):
        yield rng.choice(TOPICS), _payload(rng, now_ms)


def _payload(rng: random.Random, now_ms: int) -> bytes:
    way = rng.randrange(6)
    if way == 0:
        return rng.choice(CORPUS)
    whole = json.dumps(_objects(rng, now_ms), ensure_ascii=rng.random() < 0.5).encode(
        "utf-8", "surrogatepass"
    )
    if way == 1:
        return whole[: rng.randrange(len(whole))]
    if way == 2:
        at = rng.randrange(len(whole))
        return whole[:at] + rng.randbytes(rng.randrange(1, 5)) + whole[at + 1 :]
    if way == 3:
        return rng.randbytes(rng.randrange(200))
    if way == 4 and rng.random() < 0.01:
        return b"[" + b",".join([whole] * rng.choice([499, 600])) + b"]"
    return whole


def _objects(rng: random.Random, now_ms: int) -> object:
    found = [_object(rng, now_ms) for _ in range(rng.choice([1, 1, 2, 5]))]
    return found[0] if len(found) == 1 else found


def _object(rng: random.Random, now_ms: int) -> object:
    if rng.random() < 0.05:
        return rng.choice(VALUES)
    element: dict[str, object] = {
        "time": now_ms - rng.randrange(-600_000, 40 * 86_400_000) if rng.random() < 0.5 else now_ms,
        "lon": rng.uniform(-200, 200),
        "lat": rng.uniform(-100, 100),
    }
    for _ in range(rng.randrange(4)):
        element[rng.choice(NAMES)] = rng.choice(VALUES)
    return element
