"""Kill -9 of ingest, broker and database under load: nothing acknowledged is lost, no alert lost or doubled."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.registry import Registry, check
from ingest.backtest import backtest
from tests.end_to_end.fleet import messages, registry_document, write_capture
from tests.end_to_end.site import Site, save_registry, settled, site, wait_until_stored
from tests.support.brokers import Publisher

TRUCKS = 30
FIXES = 200


KILLS: dict[str, list[Callable[[Site], None]]] = {
    "ingest": [Site.kill_ingest] * 4,
    "broker": [Site.kill_broker] * 4,
    "database": [Site.kill_database] * 4,
    "all": [Site.kill_ingest, Site.kill_database, Site.kill_broker, Site.kill_ingest],
}


@pytest.mark.slow
@pytest.mark.parametrize("what", KILLS)
def test_nothing_acknowledged_is_lost_when_it_is_killed_under_load(what: str, tmp_path: Path) -> None:
    document = registry_document(TRUCKS)
    registry = check(document)
    assert isinstance(registry, Registry)
    sent = messages(TRUCKS, FIXES)
    capture = tmp_path / "capture.ndjson"
    write_capture(capture, sent)
    undisturbed = backtest(registry, capture)
    expected = {
        (a.rule, a.subject, a.started_ms, a.ended_ms, a.severity)
        for a in undisturbed.alerts
        if a.withdrawn is None
    }
    assert len(expected) > TRUCKS, "the fleet must break rules for this test to mean something"

    with site(tmp_path) as running:
        asyncio.run(save_registry(running.dsn, document))
        running.ingest.start()
        running.ingest.wait_for("broker_subscribed")
        kills = list(KILLS[what])
        every = len(sent) // (len(kills) + 1)
        with Publisher(running.broker.url) as publisher:
            for number, message in enumerate(sent, start=1):
                publisher.send(message.topic, message.payload)
                if number % 40 == 0:
                    time.sleep(0.02)
                if kills and number % every == 0:
                    kills.pop(0)(running)
            publisher.finish()
            assert publisher.acknowledged == len(sent)
            wait_until_stored(running, len(sent))
            rows, alerts = settled(running, lambda _, alerts: alerts == expected)
            repeated = publisher.repeated
        log = running.ingest.log()

    assert sum(row.stored for row in rows) == undisturbed.stored
    assert sum(row.rejected for row in rows) == undisturbed.rejected
    assert sum(row.received for row in rows) == sum(row.stored + row.rejected + row.duplicate for row in rows)
    assert alerts == expected
    if what not in {"broker", "all"}:
        assert sum(row.duplicate for row in rows) <= repeated
    # A traceback at a line's start is an exception that ended the process; logged ones stand within JSON.
    assert "\nTraceback" not in log
