"""A hundred thousand bad messages through a real broker, ingest and database: none stops it, each is accounted for."""

import asyncio
import json
import socket
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from domain.capture import Captured
from domain.registry import Registry, check
from ingest.backtest import backtest
from storage.store import AlertRow, LossRow, Store
from tests.end_to_end.fleet import messages, registry_document, write_capture
from tests.end_to_end.hostile import PREFIX, hostile
from tests.end_to_end.second_opinion import Fate, Sources, fates
from tests.end_to_end.site import Site, save_registry, site
from tests.support.brokers import Publisher

HOSTILE = 100_000
TRUCKS = 10
FIXES = 200
SOURCES = Sources(
    vehicles=frozenset({"X1", "X2", *(f"T{number}" for number in range(TRUCKS))}),
    stations=frozenset({"S1"}),
    others=frozenset({"D1"}),
    areas=frozenset({"A1"}),
)
ILLEGAL_TOPICS = [
    f"{PREFIX}/+/position".encode(),
    f"{PREFIX}/#".encode(),
    f"{PREFIX}/X1 x/position".encode(),
    f"{PREFIX}/*/position".encode(),
    f"{PREFIX}/>".encode(),
    f"{PREFIX}/X1/position\n".encode(),
    f"{PREFIX}/".encode() + b"\xff\xfe/position",
    f"{PREFIX}/".encode() + b"a\x00b/position",
    f"{PREFIX}/".encode() + b"\xed\xa0\x80/position",
    f"{PREFIX}/\x01/position".encode(),
    f"{PREFIX}//".encode(),
    b"$SYS/position",
    b"",
]


def document() -> bytes:
    """The fleet, and whom the garbage claims to be from."""
    registry = json.loads(registry_document(TRUCKS))
    registry["vehicles"] += [
        {"id": name, "kind": "muck_truck", "device_id": name, "speed_limit_kmh": 60} for name in ("X1", "X2")
    ]
    registry["stations"] = [{"id": "ST1", "device_id": "S1", "background_area_id": "A1"}]
    registry["devices"] = [{"id": "D1"}]
    return json.dumps(registry).encode()


def among(fleet: list[Captured], now_ms: int) -> list[tuple[str, bytes]]:
    """A fleet that reports in order, and fifty pieces of garbage to each of its reports."""
    bad = hostile(HOSTILE, seed=1, now_ms=now_ms)
    found = []
    for captured in fleet:
        found.append((captured.topic, captured.payload))
        found += [one for _, one in zip(range(HOSTILE // (TRUCKS * FIXES)), bad, strict=False)]
    return found


# The broker delivers again what waited for 30 s, and of two equal refusals one is then taken for the other.
@pytest.mark.alone
@pytest.mark.slow
def test_a_hundred_thousand_bad_messages_never_stop_ingest_and_each_is_accounted_for(tmp_path: Path) -> None:
    registry = check(document())
    assert isinstance(registry, Registry)
    now_ms = time.time_ns() // 1_000_000
    fleet = messages(TRUCKS, FIXES)
    everything = among(fleet, now_ms)
    assert len(everything) == HOSTILE + TRUCKS * FIXES
    capture = tmp_path / "fleet.ndjson"
    write_capture(capture, fleet)

    with site(tmp_path) as running:
        asyncio.run(save_registry(running.dsn, document()))
        running.ingest.start()
        running.ingest.wait_for("broker_subscribed")
        with Publisher(running.broker.url, window=2000) as publisher:
            for topic, payload in everything:
                publisher.send(topic, payload)
            for topic in ILLEGAL_TOPICS:
                if _is_acknowledged(running.broker.url, topic, b'{"time":1}'):
                    everything.append((topic.decode("utf-8", "replace"), b'{"time":1}'))
            assert not _is_acknowledged(
                running.broker.url, f"{PREFIX}/X1/position".encode(), b"x" * 1_100_000
            )
            expected = [
                (topic, payload, fate)
                for topic, payload in everything
                for fate in fates(topic, payload, now_ms, SOURCES)
                if topic.startswith(PREFIX)
            ]
            publisher.finish()
            assert publisher.repeated == 0, "without a lost connection nothing is sent twice"
        found = asyncio.run(_wait_until_received(running, len(expected)))
        log = running.ingest.log()

    accounts, rejections, stored, bad_fields, alerts = found
    _assert_accounts(accounts, [fate for _, _, fate in expected])
    refused = Counter(
        (topic.encode(), fate.reason, payload) for topic, payload, fate in expected if fate.reason
    )
    assert _by_reason(rejections) == _by_reason(refused)
    whole = {"bad_topic", "too_large", "unknown_device", "bad_json"}
    assert _only(rejections, whole) == _only(refused, whole), "a refused message is kept as it came"
    assert stored == _kept([fate for _, _, fate in expected])
    assert bad_fields == _bad_fields([fate for _, _, fate in expected])
    assert '"message_parked"' not in log
    assert "\nTraceback" not in log
    undisturbed = backtest(registry, capture).alerts
    assert _fleet_keys(alerts) == _fleet_keys(undisturbed)
    assert len(_fleet_keys(alerts)) > TRUCKS


Found = tuple[list[LossRow], Counter, Counter, Counter, list[AlertRow]]


async def _wait_until_received(running: Site, expected: int, timeout_s: float = 400.0) -> Found:
    store = await Store.connect(running.dsn)
    connection = await asyncpg.connect(running.dsn)
    try:
        deadline = time.monotonic() + timeout_s
        today = datetime.now(UTC).date()
        received = -1
        while received < expected:
            assert running.ingest.is_running(), running.ingest.log()[-3000:]
            assert time.monotonic() < deadline, f"{received} of {expected}: {running.ingest.log()[-3000:]}"
            await asyncio.sleep(0.5)
            accounts = await store.loss_account(
                first=today - timedelta(days=2), last=today + timedelta(days=2)
            )
            received = sum(row.received for row in accounts)
        rejections = Counter(
            (bytes(row["topic"]), row["reason"], bytes(row["payload"]))
            for row in await connection.fetch("select topic, reason, payload from rejections")
        )
        stored = Counter(
            {
                "position": await connection.fetchval("select count(*) from positions"),
                "dust": await connection.fetchval("select count(*) from dust"),
                "background": await connection.fetchval("select count(*) from background"),
            }
        )
        bad_fields = Counter(
            {
                (row["device_id"], row["field"]): row["count"]
                for row in await connection.fetch(
                    "select device_id, field, sum(count)::bigint as count from bad_fields group by 1, 2"
                )
            }
        )
        alerts = await store.alerts(limit=10_000)
        return list(accounts), rejections, stored, bad_fields, list(alerts)
    finally:
        await connection.close()
        await store.close()


def _assert_accounts(accounts: list[LossRow], expected: list[Fate]) -> None:
    keys: set[str] = set()
    lines: dict[str, Counter[str]] = {}
    for fate in expected:
        line = lines.setdefault(fate.owner, Counter())
        line["received"] += 1
        if fate.reason:
            line["rejected"] += 1
        elif fate.key in keys:
            line["duplicate"] += 1
        else:
            keys.add(fate.key)
            line["stored"] += 1
    found: dict[str, Counter[str]] = {}
    for row in accounts:
        line = found.setdefault(row.device_id, Counter())
        line.update(received=row.received, stored=row.stored, duplicate=row.duplicate, rejected=row.rejected)
    different = {
        owner: (lines.get(owner), found.get(owner))
        for owner in lines.keys() | found.keys()
        if +lines.get(owner, Counter()) != +found.get(owner, Counter())
    }
    assert different == {}
    assert sum(line["duplicate"] for line in lines.values()) > 100


def _by_reason(rejections: Counter) -> Counter[str]:
    counted: Counter[str] = Counter()
    for (_, reason, _), count in rejections.items():
        counted[reason] += count
    return counted


def _only(rejections: Counter, reasons: set[str]) -> Counter:
    return Counter({key: count for key, count in rejections.items() if key[1] in reasons})


def _kept(expected: list[Fate]) -> Counter[str]:
    return Counter({fate.key: fate.kind for fate in expected if not fate.reason}.values())


def _bad_fields(expected: list[Fate]) -> Counter[tuple[str, str]]:
    kept = {fate.key: fate for fate in reversed(expected) if not fate.reason}
    return Counter((fate.owner, name) for fate in kept.values() for name in fate.bad)


def _fleet_keys(alerts: list[AlertRow]) -> set[tuple[object, ...]]:
    return {
        (one.rule, one.device_id, one.started_ms, one.ended_ms, one.severity)
        for one in alerts
        if one.withdrawn is None and str(one.device_id).startswith("T")
    }


def _is_acknowledged(url: str, topic: bytes, payload: bytes) -> bool:
    """Publish on a connection of its own, which most brokers end at once when they dislike the topic."""
    host, port = url.removeprefix("mqtt://").split(":")
    name = b"odd%d" % time.time_ns()
    body = len(topic).to_bytes(2, "big") + topic + b"\x00\x01" + payload
    head = b"\x00\x04MQTT\x04\x02\x00\x3c" + len(name).to_bytes(2, "big") + name
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(b"\x10" + bytes([len(head)]) + head)
        assert connection.recv(4) == b"\x20\x02\x00\x00"
        try:
            connection.sendall(b"\x32" + _length(len(body)) + body)
            return connection.recv(4) == b"\x40\x02\x00\x01"
        except OSError:
            return False


def _length(length: int) -> bytes:
    out = bytearray()
    while True:
        out.append(length & 0x7F | (0x80 if length > 0x7F else 0))
        length >>= 7
        if not length:
            return bytes(out)
