"""One gateway as a process runs it: wired, listening, looked after, and ended in order."""

import asyncio
from collections.abc import Callable
from typing import Any

import structlog
from msgspec.structs import replace

from ingest.gateway.confirm import Confirmer
from ingest.gateway.connections import Limits, Link, Speaker
from ingest.gateway.counts import GatewayCounts
from ingest.gateway.desk import Desk, desk_over
from ingest.gateway.server import Gateway, allow_descriptors
from runtime.metrics import Metrics
from storage.store import Store

READY_ACTION = "gateway_ready"

_log = structlog.get_logger(__name__)


async def run_gateway(
    protocol: str,
    speaks: Callable[[Desk[Any]], Callable[[Link], Speaker]],
    *,
    store: Store,
    broker_url: str,
    host: str,
    port: int,
    stop: asyncio.Event,
    now_ms: Callable[[], int],
    prefix: str,
    client_id: str,
    limits: Limits,
    metrics: Metrics,
    listening: Callable[[int], None] = lambda _port: None,
) -> None:
    """Run until stopped; raises OSError where the port is taken, StorageError where the database is away at the start.

    `speaks` makes, of what all connections share, the maker of their speakers; `listening` is told the port.
    """
    limits = replace(limits, connections=allow_descriptors(limits.connections))
    counts = GatewayCounts(metrics, protocol)
    desk = desk_over(store, protocol, counts=counts, prefix=prefix, now_ms=now_ms)
    # Two gateways of one protocol must not put each other out.
    confirmer = Confirmer(broker_url, client_id=f"{client_id}-{protocol}-{now_ms()}")
    gateway = Gateway(confirmer=confirmer, counts=counts, limits=limits, speaks=speaks(desk))
    await desk.terminals.nobody_connected(protocol)
    await desk.load()
    await gateway.start(host, port)
    listening(gateway.port)
    _log.info("gateway ready", action=READY_ACTION, protocol=protocol, host=host, port=gateway.port)
    parted = asyncio.Event()  # the connections end first, then what they stand on
    beside = [
        asyncio.create_task(confirmer.run(parted), name="confirmer"),
        *desk.kept(parted),
    ]
    serving = asyncio.create_task(gateway.serve(stop), name="connections")
    try:
        # One that fails is a fault of ours, and ends the process: it is started again.
        await asyncio.wait({serving, *beside}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.set()
        await asyncio.gather(serving, return_exceptions=True)
        parted.set()
        for result in await asyncio.gather(serving, *beside, return_exceptions=True):
            if isinstance(result, Exception):
                raise result
        _log.info("gateway stopped", action="gateway_stopped", protocol=protocol)
