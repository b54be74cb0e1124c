"""A simulated capture in a database, judged and stored as it arrived, with its clock and its late data."""

from pathlib import Path

from alerts.ruleset import Ruleset
from domain.report import BackgroundReport, DustReport, PositionReport
from ingest.capture import read_capture
from ingest.known import known_devices
from ingest.wire import DEFAULT_PREFIX, decode
from storage.store import Store
from tests.support.late_ingest import LateIngest

BATCH = 500
TICK_MS = 60_000


async def store_capture(dsn: str, ruleset: Ruleset, capture: Path) -> int:
    """Take a capture in as ingest does; gives the time of its last arrival (ms since 1970 UTC)."""
    store = await Store.connect(dsn)
    try:
        ingest = LateIngest(ruleset, store)
        known = known_devices(ruleset, DEFAULT_PREFIX)
        batch: dict[tuple[str, int, bytes], PositionReport | DustReport | BackgroundReport] = {}
        now_ms = ticked_ms = 0
        for message in read_capture(capture):
            now_ms = max(now_ms, message.received_ms)
            decoded = decode(message.topic, message.payload, message.received_ms, known)
            for report in (*decoded.positions, *decoded.dust):
                batch[report.device_id, report.time_ms, report.digest] = report
            for value in decoded.background:
                batch[value.area_id, value.time_ms, value.digest] = value
            if len(batch) >= BATCH:
                await ingest.take(list(batch.values()))
                batch = {}
                await ingest.turn(after_s=10.0)
                if now_ms - ticked_ms >= TICK_MS:
                    ticked_ms = now_ms
                    await ingest.tick(now_ms)
        await ingest.take(list(batch.values()))
        await ingest.tick(now_ms)
        await ingest.catch_up()
    finally:
        await store.close()
    return now_ms
