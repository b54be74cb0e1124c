"""The application behind a real uvicorn on a free port, in the test's own event loop."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.live import LiveBounds
from runtime.clock import now_ms
from runtime.metrics import Metrics
from storage.store import Store

QUICK = LiveBounds(poll_s=0.05, heartbeat_s=0.1, farewell_s=0.2, first_answer_s=1.0)


def make_app(
    store: Store,
    *,
    clock: Callable[[], int] = now_ms,
    web_dir: Path | None = None,
    metrics: Metrics | None = None,
    bounds: LiveBounds = QUICK,
) -> FastAPI:
    return create_app(
        store=store,
        prefix="haulwatch/v1",
        now_ms=clock,
        web_dir=web_dir,
        edition="plain",
        metrics=metrics,
        bounds=bounds,
    )


@asynccontextmanager
async def serve(app: FastAPI, *, port: int = 0) -> AsyncIterator[str]:
    """The base URL of the running application."""
    listener = socket.create_server(("127.0.0.1", port))
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=2)
    )
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        async with asyncio.timeout(10):
            while not server.started:  # noqa: ASYNC110 - uvicorn tells it by a flag alone
                await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        listener.close()
