"""A small fleet whose trip through broker, ingest and database is known beforehand: a registry and a capture."""

import json
import time
from pathlib import Path

from domain.capture import Captured, encode_captured

PREFIX = "haulwatch/v1"


def registry_document(trucks: int) -> bytes:
    """Trucks, and one no-go zone on their way."""
    return json.dumps(
        {
            "version": 1,
            "vehicles": [
                {"id": f"V{i}", "kind": "muck_truck", "device_id": f"T{i}", "speed_limit_kmh": 60}
                for i in range(trucks)
            ],
            "zones": [
                {
                    "id": "N1",
                    "kind": "no_go",
                    "geometry": {"type": "Point", "coordinates": [114.05, 38.0]},
                    "radius_m": 400,
                }
            ],
        }
    ).encode()


def messages(trucks: int, fixes: int, *, bad_every: int = 97) -> list[Captured]:
    """Each truck drives east, speeds now and then, crosses the no-go zone; now and then a message is bad."""
    now_ms = time.time_ns() // 1_000_000
    first_ms = now_ms - fixes * 5_000 - 60_000
    found = []
    for step in range(fixes):
        for truck in range(trucks):
            phase = (step + truck * 7) % 60
            report = {
                "time": first_ms + step * 5_000 + truck,
                "lon": round(114.0 + ((step + truck) % 300) * 0.0006, 7),
                "lat": round(38.0 + truck * 0.0001, 7),
                "speed_kmh": 90.0 if 20 <= phase < 26 else 40.0,
                "ignition": True,
                "seq": step,
            }
            payload = json.dumps(report).encode()
            if len(found) % bad_every == 1:
                payload = payload[:-2]
            found.append(Captured(received_ms=now_ms, topic=f"{PREFIX}/T{truck}/position", payload=payload))
    return found


def write_capture(path: Path, captured: list[Captured]) -> None:
    """The capture file of these messages."""
    path.write_bytes(b"".join(encode_captured(one) for one in captured))
