"""Several ingest workers on one database: what is sent is stored, duplicate or rejected, and alerts are as with one."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as paho
import psycopg
import pytest

from alerts.alert_json import alert_json
from domain.capture import Captured
from domain.registry import Registry, check
from ingest.backtest import backtest
from ingest.broker_url import address
from ingest.divide import CannotDivide, divide_anew
from ingest.slots import Slot
from storage.store import Store
from tests.end_to_end.fleet import PREFIX, messages, registry_document, write_capture
from tests.end_to_end.site import (
    ROOT,
    IngestProcess,
    Site,
    save_registry,
    settled,
    site,
    wait_until_stored,
)
from tests.support.brokers import Publisher

TRUCKS = 30
STATIONS = 8
HOUR_MS = 3_600_000

pytestmark = pytest.mark.slow


def document() -> bytes:
    """Trucks of two slots, and stations of two slots whose limit subtracts one background."""
    registry = json.loads(registry_document(TRUCKS))
    registry["limits"] = [
        {"id": "L1", "quantity": "pm10_ugm3", "window_s": 300, "limit": 80, "minus_background": True}
    ]
    registry["stations"] = [
        {"id": f"ST{n}", "device_id": f"D{n}", "background_area_id": "A1", "limit_ids": ["L1"]}
        for n in range(STATIONS)
    ]
    return json.dumps(registry).encode()


def load(fixes: int) -> list[Captured]:
    """The trucks' messages; among them an hour of readings, its background value, and topics that nobody knows."""
    sent = messages(TRUCKS, fixes)
    now_ms = sent[0].received_ms
    hour_ms = (now_ms // HOUR_MS - 2) * HOUR_MS

    def captured(topic: str, content: object) -> Captured:
        payload = json.dumps(content).encode()
        return Captured(received_ms=now_ms, topic=f"{PREFIX}/{topic}", payload=payload)

    more = [
        captured(f"D{n}/dust", {"time": hour_ms + minute * 60_000, "interval_s": 60, "pm10_ugm3": 300.0})
        for minute in range(1, 61)
        for n in range(STATIONS)
    ]
    more.insert(len(more) // 2, captured("background/A1", {"time": hour_ms + HOUR_MS, "pm10_ugm3": 60.0}))
    more += [captured(f"background/NOWHERE{n}", {"time": hour_ms, "pm10_ugm3": 60.0}) for n in range(5)]
    more += [captured(f"background/A1/{n}", {}) for n in range(5)]
    more += [captured("background/A1", {"pm10_ugm3": "?"})]
    more += [captured(f"nobody{n}", {}) for n in range(5)]
    every = len(sent) // len(more)
    for number, one in enumerate(more):
        sent.insert(number * (every + 1), one)
    return sent


class Trial:
    """A load on its way through workers to which things happen."""

    def __init__(self, directory: Path, running: Site, fixes: int) -> None:
        self.running = running
        self.sent = load(fixes)
        registry = check(document())
        assert isinstance(registry, Registry)
        capture = directory / "capture.ndjson"
        write_capture(capture, self.sent)
        self._undisturbed = backtest(registry, capture)
        asyncio.run(save_registry(running.dsn, document()))

    def begin(self, *workers: IngestProcess) -> None:
        """Start workers one after the other."""
        for worker in workers:
            worker.start()
            worker.wait_for("ingest_ready")

    def run(self, *happenings: Callable[[], None], is_delivered_twice: bool = False) -> None:
        """Send everything, the happenings in between, and look at what it came to.

        Where some of it is delivered twice, that may be counted as duplicate, or as refused again.
        """
        left = list(happenings)
        every = len(self.sent) // (len(left) + 1)
        with Publisher(self.running.broker_url) as publisher:
            for number, message in enumerate(self.sent, start=1):
                publisher.send(message.topic, message.payload)
                if number % 40 == 0:
                    time.sleep(0.03)
                if left and number % every == 0:
                    left.pop(0)()
            publisher.finish()
            assert (publisher.acknowledged, publisher.repeated) == (len(self.sent), 0)
        if not is_delivered_twice:
            wait_until_stored(self.running, len(self.sent))
        self._compare(is_delivered_twice=is_delivered_twice)

    def _compare(self, *, is_delivered_twice: bool) -> None:
        expected = {
            (a.rule, a.subject, a.started_ms, a.ended_ms, a.severity)
            for a in self._undisturbed.alerts
            if a.withdrawn is None
        }
        stations = {subject for rule, subject, *_ in expected if rule == "dust_exceedance"}
        assert len(stations) == STATIONS
        rows, alerts = settled(
            self.running,
            lambda rows, alerts: (
                alerts == expected and sum(row.stored for row in rows) == self._undisturbed.stored
            ),
        )
        stored = sum(row.stored for row in rows)
        assert alerts == expected
        assert stored == self._undisturbed.stored
        rejected, duplicate = (sum(getattr(row, name) for row in rows) for name in ("rejected", "duplicate"))
        assert sum(row.received for row in rows) == stored + rejected + duplicate
        if is_delivered_twice:
            assert rejected >= self._undisturbed.rejected
        else:
            assert (rejected, duplicate) == (self._undisturbed.rejected, 0)
        for worker in self.running.workers:
            assert "\nTraceback" not in worker.log()


def cut_holders(running: Site) -> None:
    with psycopg.connect(running.dsn, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'haulwatch holder'"
        )


def test_the_fleet_has_devices_of_both_slots() -> None:
    both = [Slot(0, 2), Slot(1, 2)]
    for names in ([f"T{n}" for n in range(TRUCKS)], [f"D{n}" for n in range(STATIONS)]):
        assert all(len([name for name in names if slot.has(name)]) > len(names) // 4 for slot in both)


@pytest.mark.parametrize("which", ["the first", "the second"])
@pytest.mark.parametrize("broker", ["nats", "mosquitto"])
def test_of_two_workers_one_is_killed_and_the_other_takes_over(
    tmp_path: Path, which: str, broker: str, request: pytest.FixtureRequest
) -> None:
    url = None if broker == "nats" else str(request.getfixturevalue("mosquitto_url"))
    with site(tmp_path, url) as running:
        trial = Trial(tmp_path, running, 150)
        first, second = (running.worker("--slots", "2") for _ in range(2))
        trial.begin(first, second)
        first.wait_for("slot_given_up")
        killed, other = (first, second) if which == "the first" else (second, first)
        trial.run(killed.kill)
        assert other.log().count('"ingest_ready"') >= 2


def test_workers_are_killed_in_turn_and_started_again(tmp_path: Path) -> None:
    with site(tmp_path) as running:
        trial = Trial(tmp_path, running, 200)
        first, second = (running.worker("--slots", "3") for _ in range(2))
        trial.begin(first, second)
        trial.run(first.restart, second.restart, first.kill, second.restart)


def test_workers_join_and_leave_under_load(tmp_path: Path) -> None:
    with site(tmp_path) as running:
        trial = Trial(tmp_path, running, 200)
        first, second, third = (running.worker("--slots", "2") for _ in range(3))
        trial.begin(first)
        assert first.log().count('"slot_claimed"') == 2

        def join() -> None:
            trial.begin(second)
            assert first.log().count('"slot_given_up"') == 1

        def stand_by() -> None:
            third.start()
            third.wait_for("standing by")

        def leave() -> None:
            assert first.end() == 0

        trial.run(join, stand_by, leave)
        third.wait_for('"slot_claimed"')
        assert second.end() == third.end() == 0


@pytest.mark.parametrize("noticed_by", ["its silence", "a cut connection"])
def test_a_frozen_worker_that_wakes_up_stores_nothing_that_another_has_taken_over(
    tmp_path: Path, noticed_by: str
) -> None:
    with site(tmp_path) as running:
        trial = Trial(tmp_path, running, 200)
        first, second = (running.worker("--slots", "2") for _ in range(2))
        trial.begin(first, second)
        first.wait_for("slot_given_up")

        def freeze() -> None:
            first.send_signal(signal.SIGSTOP)
            if noticed_by == "a cut connection":
                cut_holders(running)
            deadline = time.monotonic() + 90
            while second.log().count('"slot_claimed"') < 2:
                assert time.monotonic() < deadline, second.log()[-3000:]
                time.sleep(0.1)

        def thaw() -> None:
            first.send_signal(signal.SIGCONT)

        trial.run(freeze, thaw)
        assert '"slot_lost"' in first.log()


def test_a_database_that_is_killed_leaves_every_worker_its_slots(tmp_path: Path) -> None:
    with site(tmp_path) as running:
        trial = Trial(tmp_path, running, 150)
        first, second = (running.worker("--slots", "2") for _ in range(2))
        trial.begin(first, second)
        first.wait_for("slot_given_up")
        trial.run(running.kill_database, running.kill_database)
        claimed = [worker.log().count('"slot_claimed"') for worker in (first, second)]
        assert (sum(claimed), "slot_lost" in first.log() + second.log()) == (3, False)


@contextmanager
def heard_alerts(broker_url: str) -> Iterator[list[bytes]]:
    """What is published of alerts."""
    heard: list[bytes] = []
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="listener")
    client.on_message = lambda _client, _data, message: heard.append(message.payload)
    client.connect(*address(broker_url))
    client.subscribe(f"{PREFIX}/alerts/#", qos=1)
    client.loop_start()
    yield heard
    client.disconnect()
    client.loop_stop()


async def stored_changes(dsn: str) -> list[bytes]:
    store = await Store.connect(dsn)
    try:
        return [alert_json(change.alert) for change in await store.alert_changes(0, limit=10_000)]
    finally:
        await store.close()


@pytest.mark.parametrize("who", ["nobody", "the one that forwards"])
def test_every_change_of_an_alert_is_forwarded_in_order_by_one_of_the_workers(
    tmp_path: Path, who: str
) -> None:
    with site(tmp_path) as running, heard_alerts(running.broker_url) as heard:
        trial = Trial(tmp_path, running, 120)
        first, second = (running.worker("--slots", "2") for _ in range(2))
        trial.begin(first, second)
        trial.run(*([first.kill] if who == "the one that forwards" else []))
        changes = asyncio.run(stored_changes(running.dsn))
        deadline = time.monotonic() + 90
        while heard[-1:] != changes[-1:]:
            assert time.monotonic() < deadline, (len(heard), len(changes))
            time.sleep(0.1)
    assert list(dict.fromkeys(heard)) == list(dict.fromkeys(changes))
    if who == "nobody":
        assert heard == changes


def test_a_second_process_beside_one_slot_stands_by_and_takes_over(tmp_path: Path) -> None:
    with site(tmp_path) as running:
        trial = Trial(tmp_path, running, 100)
        first, second = running.worker(), running.worker()
        trial.begin(first, second)
        assert '"slot_claimed"' not in second.log()
        trial.run(first.kill)


def test_the_devices_are_divided_anew_under_load(tmp_path: Path) -> None:
    with site(tmp_path) as running:
        trial = Trial(tmp_path, running, 200)
        first, second = running.worker(), running.worker()
        trial.begin(first, second)
        dividing: list[subprocess.Popen[bytes]] = []

        def divide() -> None:
            environ = {name: value for name, value in os.environ.items() if not name.startswith("HAULWATCH_")}
            environ["HAULWATCH_DATABASE_URL"] = running.dsn
            environ["HAULWATCH_BROKER_URL"] = running.broker_url
            command = [sys.executable, "-m", "haulwatch", "slots", "3"]
            dividing.append(subprocess.Popen(command, cwd=ROOT, env=environ))

        def divided() -> None:
            assert dividing[0].wait(120) == 0
            second.wait_for("slot_claimed")
            assert all("slots_taken_over" in worker.log() for worker in (first, second))

        trial.run(divide, divided, first.kill, is_delivered_twice=True)


def test_the_devices_are_not_divided_anew_while_nobody_works(tmp_path: Path) -> None:
    async def divide(running: Site) -> int:
        store = await Store.connect(running.dsn)
        try:
            await store.lay_out_slots(2)
            with pytest.raises(CannotDivide):
                await divide_anew(
                    store,
                    running.broker_url,
                    prefix=PREFIX,
                    client_id="haulwatch-ingest",
                    slots=3,
                    progress=lambda _: None,
                )
            return await store.ingest_slots()
        finally:
            await store.close()

    with site(tmp_path) as running:
        assert asyncio.run(divide(running)) == 2


def test_another_number_of_slots_is_refused(tmp_path: Path) -> None:
    with site(tmp_path) as running:
        trial = Trial(tmp_path, running, 100)
        first, second = running.worker("--slots", "2"), running.worker("--slots", "3")
        trial.begin(first)
        second.start()
        second.wait_for_end()
        assert "SlotsDiffer" in second.log()
        assert "HAULWATCH_INGEST_SLOTS=2" in second.log()
