"""The application behind a real uvicorn on a free port, in the test's own event loop."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.base_map import BaseMap
from api.live import LiveBounds
from api.signed_in import COOKIE
from domain.person import Person, Role
from runtime.clock import now_ms
from runtime.metrics import Metrics
from storage.errors import StorageRefused, StorageUnavailable
from storage.people import SESSION_MS, People, digest
from storage.store import Store

QUICK = LiveBounds(poll_s=0.05, heartbeat_s=0.1, farewell_s=0.2, first_answer_s=1.0)


def make_app(
    store: Store,
    *,
    clock: Callable[[], int] = now_ms,
    web_dir: Path | None = None,
    metrics: Metrics | None = None,
    bounds: LiveBounds = QUICK,
    demo_user: str | None = None,
    base_map: BaseMap | None = None,
    bulletin_organ: str = "",
) -> FastAPI:
    return create_app(
        store=store,
        prefix="haulwatch/v1",
        now_ms=clock,
        web_dir=web_dir,
        edition="plain",
        metrics=metrics,
        bounds=bounds,
        demo_user=demo_user,
        base_map=base_map,
        bulletin_organ=bulletin_organ,
    )


SECRET = "the-session-of-the-tests"
SIGNED_IN = {"cookie": f"{COOKIE}={SECRET}"}
"""Headers of somebody who may do everything."""

SOMEBODY = Person(user_id="test", name="Test", role=Role.ADMINISTRATOR)


async def sign_in(store: Store, person: Person = SOMEBODY, secret: str | None = None) -> dict[str, str]:
    """Add a user and a session of theirs; gives the headers of a request."""
    people = People(store)
    districts = None if person.scope.district_ids is None else sorted(person.scope.district_ids)
    await people.add_user(
        person.user_id, name=person.name, role=person.role, district_ids=districts, password_hash="none"
    )
    expires_ms = now_ms() + SESSION_MS
    if secret is None:
        secret = await people.begin_session(person.user_id, expires_ms=expires_ms, address="test")
    else:
        with contextlib.suppress(StorageRefused):  # it is there already
            await people._fetch("begin_session", digest(secret), person.user_id, expires_ms, "test")
    return {"cookie": f"{COOKIE}={secret}"}


@asynccontextmanager
async def serve(app: FastAPI, *, port: int = 0) -> AsyncIterator[str]:
    """The base URL of the running application, into which `SIGNED_IN` lets."""
    with contextlib.suppress(StorageUnavailable):
        await sign_in(app.state.services.store, secret=SECRET)
    listener = socket.create_server(("127.0.0.1", port))
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=2)
    )
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        async with asyncio.timeout(60):
            while not server.started:  # noqa: ASYNC110 - uvicorn tells it by a flag alone
                await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        listener.close()
