"""A device that was off for six hours uploads 4,000 points in one burst, newest first, through broker and ingest."""

import asyncio
import json
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from domain.capture import Captured, encode_captured
from domain.registry import Registry, check
from ingest.backtest import backtest
from storage.records import AlertRow
from storage.store import Store
from tests.end_to_end.fleet import PREFIX, registry_document
from tests.end_to_end.site import Site, save_registry, site, wait_until_stored
from tests.support.brokers import Publisher

POINTS = 4_000
OFF_S = 6 * 3600
IN_ARRAY = 250


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def drive(first_ms: int) -> list[dict[str, Any]]:
    """Six hours back and forth on a road that crosses the no-go zone, too fast now and then, with a silence."""
    found = []
    for number in range(POINTS):
        at_ms = first_ms + number * OFF_S * 1000 // POINTS + (1_500_000 if number > 3_000 else 0)
        metres_on = number * 60 % 20_000
        found.append(
            {
                "time": at_ms,
                "lon": round(114.0 + min(metres_on, 20_000 - metres_on) / 87_000, 7),
                "lat": 38.0,
                "speed_kmh": 90.0 if number % 300 in range(100, 140) else 40.0,
                "ignition": True,
                "seq": number,
            }
        )
    return found


def too_fast(at_ms: int) -> list[dict[str, Any]]:
    """Twenty seconds of another truck that speeds, up to now."""
    return [
        {
            "time": at_ms - 20_000 + second * 1000,
            "lon": 114.3,
            "lat": 38.0,
            "speed_kmh": 95.0,
            "ignition": True,
        }
        for second in range(0, 20, 4)
    ]


def said(rows: Sequence[Any]) -> list[tuple[Any, ...]]:
    """What makes alerts the same, of those that stand."""
    found = []
    for row in rows:
        evidence = row.evidence
        told = json.loads(evidence) if isinstance(evidence, str) else _json(evidence)
        if row.withdrawn is None:
            found.append((row.rule, row.subject, row.started_ms, row.ended_ms, row.severity, told))
    return sorted(found, key=repr)


def _json(evidence: object) -> Any:
    return json.loads(msgspec.json.encode(evidence))


async def read(dsn: str) -> tuple[list[AlertRow], int]:
    """All alerts, and how many devices wait to be judged again."""
    store = await Store.connect(dsn)
    try:
        return list(await store.alerts(limit=10_000)), len(await store.late_work())
    finally:
        await store.close()


async def read_order(dsn: str) -> tuple[int, int]:
    """The number of the first change of an alert of T1, and of the last of T0 that was found late."""
    store = await Store.connect(dsn)
    try:
        changes = await store.alert_changes(0, limit=10_000)
    finally:
        await store.close()
    live = [one.number for one in changes if one.alert.device_id == "T1"]
    late = [one.number for one in changes if one.alert.device_id == "T0" and one.alert.found_late]
    return min(live), max(late)


def wait_for(running: Site, is_there: Any, what: str, timeout_s: float = 120.0) -> list[AlertRow]:
    """Look at the alerts until they are as they should be."""
    deadline = time.monotonic() + timeout_s
    while True:
        rows, waiting = asyncio.run(read(running.dsn))
        if is_there(rows, waiting):
            return rows
        assert running.ingest.is_running(), running.ingest.log()[-3000:]
        assert time.monotonic() < deadline, f"no {what}: {running.ingest.log()[-3000:]}"
        time.sleep(0.05)


@pytest.mark.alone
@pytest.mark.slow
@pytest.mark.parametrize("order", ["newest first", "shuffled", "killed meanwhile"])
def test_six_hours_in_one_burst_end_as_if_they_had_come_on_line(tmp_path: Path, order: str) -> None:
    document = registry_document(2)
    registry = check(document)
    assert isinstance(registry, Registry)
    # The silence in it makes six hours longer; the last point is half a minute old.
    points = drive(now_ms() - OFF_S * 1000 - 1_500_000 - 30_000)
    capture = tmp_path / "capture.ndjson"
    capture.write_bytes(
        b"".join(
            encode_captured(
                Captured(
                    received_ms=point["time"],
                    topic=f"{PREFIX}/T0/position",
                    payload=json.dumps(point).encode(),
                )
            )
            for point in points
        )
    )
    expected = said(backtest(registry, capture).alerts)
    assert len(expected) > 20
    assert {"speeding", "forbidden_zone", "device_silent"} <= {one[0] for one in expected}

    with site(tmp_path) as running:
        asyncio.run(save_registry(running.dsn, document))
        running.ingest.start()
        running.ingest.wait_for("broker_subscribed")
        with Publisher(running.broker.url) as publisher:
            for point in (*points[:50], points[-1]):
                publisher.send(f"{PREFIX}/T0/position", json.dumps(point).encode())
            publisher.finish()
            wait_until_stored(running, 51)
            before, _ = asyncio.run(read(running.dsn))
            late = points[50:-1]
            if order == "newest first":
                late.reverse()
            else:
                random.Random(7).shuffle(late)
            arrays = [late[start : start + IN_ARRAY] for start in range(0, len(late), IN_ARRAY)]
            _send(publisher, "T0", arrays[:-1])
            _send(publisher, "T1", [[point] for point in too_fast(now_ms())])
            _send(publisher, "T0", arrays[-1:])
            publisher.finish()
            if order == "killed meanwhile":
                time.sleep(1.0)
                running.ingest.restart()
                running.ingest.wait_for("ingest_ready")
            wait_until_stored(running, POINTS + len(too_fast(0)))
            rows = wait_for(running, lambda rows, waiting: not waiting and len(rows) > 20, "late alerts")
            live, late_again = asyncio.run(read_order(running.dsn))
        log = running.ingest.log()

    own = [row for row in rows if row.device_id == "T0"]
    assert said(own) == expected
    known = {row.id for row in before}
    assert all(row.found_late for row in own if row.id not in known)
    assert not any(row.found_late for row in rows if row.device_id == "T1")
    # Another truck's alert does not wait until the burst has been judged.
    assert order == "killed meanwhile" or live < late_again
    assert "late_judged" in log
    assert "\nTraceback" not in log


def _send(publisher: Publisher, device_id: str, arrays: Sequence[Any]) -> None:
    for array in arrays:
        publisher.send(f"{PREFIX}/{device_id}/position", json.dumps(array).encode())
