"""Alerts back to MQTT: every numbered change is published, and passed once the broker has acknowledged it.

A crash between the two publishes a change again; a receiver knows it by id and content.
"""

import asyncio
from collections.abc import Callable

import structlog

from alerts.alert_json import alert_json
from storage.errors import StorageUnavailable
from storage.store import AlertRow, Store

NAME = "mqtt"
AT_ONCE = 200
LOOK_EVERY_S = 0.3
NO_DISTRICT = "none"

_log = structlog.get_logger(__name__)


def alert_topic(prefix: str, alert: AlertRow) -> str:
    """Where an alert is published."""
    return f"{prefix}/alerts/{alert.district_id or NO_DISTRICT}/{alert.severity}"


async def forward_alerts(
    store: Store, publish: Callable[[str, bytes], bool], *, prefix: str, stop: asyncio.Event
) -> None:
    """Forward until stopped; `publish` waits for the broker's acknowledgement and says whether it came."""
    number: int | None = None
    while not stop.is_set():
        try:
            if number is None:
                number = await store.forwarded(NAME)
            number, more = await _forward_some(store, publish, prefix, number)
        except StorageUnavailable as error:
            _log.warning("database away", action="forward_waits", error=str(error))
            more = False
        if not more:
            try:
                await asyncio.wait_for(stop.wait(), LOOK_EVERY_S)
            except TimeoutError:
                continue


async def _forward_some(
    store: Store, publish: Callable[[str, bytes], bool], prefix: str, number: int
) -> tuple[int, bool]:
    """Forward the next changes; give the number reached, and whether to go on at once."""
    reached = number
    for change in await store.alert_changes(number, limit=AT_ONCE):
        # Waiting for the broker would hold up the loop, so it waits in a thread.
        if not await asyncio.to_thread(publish, alert_topic(prefix, change.alert), alert_json(change.alert)):
            break
        reached = change.number
    if reached != number:
        await store.set_forwarded(NAME, reached)
    return reached, reached != number
