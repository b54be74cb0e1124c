"""Replay, record and the demo against a real broker: everything acknowledged, in order, times moved as asked."""

import asyncio
import itertools
import json
import threading
import time
from collections import defaultdict

import pytest

from domain.capture import Captured, decode_captured, encode_captured
from domain.instant import from_rfc3339
from domain.registry import Registry, check
from ingest.backtest import backtest
from ingest.embedded import EmbeddedBroker
from simulators.capture_file import CaptureError, created, read_capture
from simulators.live import demo_messages, demo_registry, demo_world, run_demo
from simulators.publisher import BrokerUnreachableError
from simulators.record import record
from simulators.replay import Shift, replay
from simulators.simulate import captured

START_MS = 1_794_758_400_000
PREFIX = "test/v1"


@pytest.fixture(scope="module")
def broker_url(tmp_path_factory):
    with EmbeddedBroker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker.url


@pytest.fixture
def capture(tmp_path):
    path = tmp_path / "c.ndjson.gz"
    with created(path) as file:
        for i in range(1200):
            at = START_MS + i * 10
            device = f"T{i % 7}"
            payload = {"time": at, "lon": 120.0, "lat": 31.0, "seq": i}
            if i % 7 == 3:
                payload = [
                    {"time": "2026-11-16T00:00:00+08:00", "lon": 120.0, "lat": 31.0, "seq": i},
                    payload,
                ]
            topic = f"haulwatch/v1/{device}/position"
            file.write(
                encode_captured(Captured(received_ms=at, topic=topic, payload=json.dumps(payload).encode()))
            )
    return path


def recorded_while(broker_url, out, publish):
    """What a recorder writes while `publish` runs, and what `publish` returned."""
    stop = threading.Event()
    counts: list[int] = []
    thread = threading.Thread(
        target=lambda: counts.append(
            record(broker_url=broker_url, prefix=PREFIX, out=out, seconds=120, stop=stop)
        )
    )
    thread.start()
    while not out.exists():  # made once the recorder has subscribed
        assert thread.is_alive()
        time.sleep(0.05)
    result = publish()
    time.sleep(2.0)  # the last deliveries
    stop.set()
    thread.join(timeout=90)
    assert counts
    return result, list(read_capture(out))


def test_a_replay_at_full_speed_loses_nothing_and_keeps_each_device_in_order(broker_url, capture, tmp_path):
    count, got = recorded_while(
        broker_url, tmp_path / "r.ndjson", lambda: replay(capture, broker_url=broker_url, prefix=PREFIX)
    )
    assert count.messages == count.acknowledged == 1200 == len(got)
    assert count.elements == 1200 + 171
    sequences = defaultdict(list)
    for message in got:
        assert message.topic.startswith(PREFIX)
        content = json.loads(message.payload)
        sequences[message.topic].append((content[-1] if isinstance(content, list) else content)["seq"])
    assert all(numbers == sorted(numbers) for numbers in sequences.values())


def test_times_moved_by_days_end_before_now_and_keep_their_hour(broker_url, capture, tmp_path):
    count, got = recorded_while(
        broker_url,
        tmp_path / "r.ndjson",
        lambda: replay(capture, broker_url=broker_url, prefix=PREFIX, shift=Shift.DAYS),
    )
    assert count.shifted_ms % 86_400_000 == 0
    last = json.loads(got[-1].payload)
    newest = last[-1]["time"] if isinstance(last, list) else last["time"]
    assert 0 <= time.time() * 1000 - newest < 86_460_000
    array = next(json.loads(m.payload) for m in got if m.payload.startswith(b"["))
    assert from_rfc3339(array[0]["time"]) == START_MS + count.shifted_ms


def test_a_replay_at_full_speed_that_ends_now_has_nothing_in_the_future(broker_url, capture):
    count = replay(capture, broker_url=broker_url, prefix=PREFIX, shift_to_now=True)
    assert START_MS + 11_990 + count.shifted_ms <= time.time() * 1000


@pytest.mark.alone
def test_speed_sets_the_pace(broker_url, capture):
    assert 1.8 < replay(capture, broker_url=broker_url, prefix=PREFIX, speed=6).seconds < 6


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan"), float("inf")])
def test_a_speed_that_is_none_is_refused(speed, capture):
    with pytest.raises(ValueError):
        replay(capture, broker_url="mqtt://127.0.0.1:1", speed=speed)


def test_a_broker_that_is_not_there_is_a_connection_error(capture):
    with pytest.raises(OSError):
        replay(capture, broker_url="mqtt://127.0.0.1:1")
    assert issubclass(BrokerUnreachableError, ConnectionError)


def test_a_damaged_capture_names_its_line(tmp_path, broker_url):
    path = tmp_path / "c.ndjson"
    good = encode_captured(Captured(received_ms=1, topic="a/b/position", payload=b"{}"))
    path.write_bytes(good + b"not JSON\n")
    with pytest.raises(CaptureError, match="line 2"):
        replay(path, broker_url=broker_url)


def test_the_demo_shows_its_opening_acts_within_a_minute():
    world = demo_world(1, 20)
    seen = {"lift": 0, "fast": 0}
    early = []
    for message in demo_messages(world, START_MS):
        if message.received_ms > START_MS + 60_000:
            break
        early.append(message)
        for element in message.elements:
            seen["lift"] += (
                element.get("lift") is True and element["speed_kmh"] == 0 and element["load"] == "full"
            )
            seen["fast"] += (element.get("speed_kmh") or 0) > 66
    assert seen["lift"] >= 3
    assert seen["fast"] >= 3
    assert len({m.device_id for m in early if any((e.get("speed_kmh") or 0) > 5 for e in m.elements)}) >= 8


@pytest.mark.parametrize("off_s", [15, 600], ids=["at once", "after ten minutes"])
def test_a_demo_that_is_started_again_unloads_nothing_by_that_and_shows_an_alert_end(tmp_path, off_s):
    world = demo_world(1, 20)
    stops_ms = START_MS + 20 * 60_000
    again_ms = stops_ms + off_s * 1000
    before = itertools.takewhile(lambda m: m.received_ms < stops_ms, demo_messages(world, START_MS))
    after = itertools.takewhile(
        lambda m: m.received_ms < again_ms + 6 * 60_000, demo_messages(world, again_ms)
    )
    path = tmp_path / "again.ndjson"
    path.write_bytes(b"".join(encode_captured(captured(m)) for m in itertools.chain(before, after)))
    registry = check(demo_registry(seed=1, vehicles=20))
    assert isinstance(registry, Registry)
    begun = [alert for alert in backtest(registry, path).alerts if alert.started_ms >= stops_ms]
    dumped = [alert for alert in begun if alert.rule == "illegal_dumping"]
    assert [{sign.kind for sign in alert.evidence.signs} for alert in dumped] == [{"lift", "load", "weight"}]
    assert any(alert.rule == "off_route" and alert.ended_ms is not None for alert in begun)


def test_the_demo_registry_is_sound_and_the_same_each_time():
    document = demo_registry(seed=1, vehicles=20)
    assert isinstance(check(document), Registry)
    assert document == demo_registry(seed=1, vehicles=20)


async def test_the_demo_publishes_as_time_passes_until_told_to_stop(broker_url):
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(3.0, stop.set)
    published = await asyncio.wait_for(
        run_demo(broker_url=broker_url, prefix=PREFIX, seed=1, vehicles=10, stop=stop), timeout=120
    )
    assert published > 5


def test_a_capture_reads_back_what_was_written(capture):
    messages = list(read_capture(capture))
    assert decode_captured(encode_captured(messages[0])) == messages[0]
    assert len(messages) == 1200
