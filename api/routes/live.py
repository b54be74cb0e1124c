"""The live stream over WebSocket, at `/api/live`.

The client connects, optionally with `?after=N`, the number of the last alert change it has. The server
sends JSON texts, each an object with a `type`:

- `{"type":"hello","number":n,"server_time":…}` first. The stream goes on after `n`: N where the client
  gave one that can be resumed, else the newest number.
- `{"type":"alert","number":n,"at":…,"alert":{…}}` for each change after that number, in order, each once.
  The alert is whole (the alert object of the wire format); a later change of the same alert replaces it.
- `{"type":"passed","number":n}` for a change that is outside what the client may see.
- `{"type":"case","number":a,"case":{…}}` when somebody acted on a case; `a` numbers the acts, apart from the
  alert changes. After a reconnect the client asks for `/api/cases/changes?after=a`.
- `{"type":"positions","at":…,"positions":[…],"gone":[…]}` at most once a second, only what changed; `gone` holds
  devices that left what the client may see. Start from `GET /api/positions`, asked for after the hello.
- `{"type":"heartbeat","server_time":…,"newest_data_time":…,"number":n,"database_available":…}` every 2 s.
  The client has every change up to `n` by then; if not, it should reconnect with its own number.
- `{"type":"reload","oldest":k,"newest":m}` where N is too old (before `k` - 1) or ahead of the server (after
  `m`, as after a restored backup). The client loads everything again; the same stream goes on after `m`.
- `{"type":"dropped","reason":"too_slow"}`, then close code 1013: the client did not keep up. It reconnects
  with its number.
- `{"type":"error","error":{"code","message"}}`, then close: 1008 for an unusable `after` or where nobody is
  signed in, 1013 while the database is away.

What the client sends is read and ignored. Without anything for 5 s the client should take the
connection for lost, and reconnect with its last number.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from api import messages
from api.deps import Services, ServicesDep
from api.errors import ApiError
from api.live import CHANGES_A_READ, NotReadyError, Outbox
from api.signed_in import person_of
from domain.person import Scope
from storage.errors import StorageError

router = APIRouter(tags=["live stream"])

POLICY_VIOLATION = 1008
TRY_AGAIN_LATER = 1013


@router.websocket("/live")
async def live(socket: WebSocket, services: ServicesDep, after: str | None = None) -> None:
    """Stream alert changes, positions and heartbeats to one client."""
    await socket.accept()
    try:
        person = await person_of(socket, services)
        await _serve(socket, services, person.scope, after)
    except WebSocketDisconnect:
        return
    except ApiError as error:
        await _refuse(socket, POLICY_VIOLATION, error.code, error.message)
    except (StorageError, NotReadyError):
        await _refuse(socket, TRY_AGAIN_LATER, "database_unavailable", "The database cannot be reached")


async def _serve(socket: WebSocket, services: Services, scope: Scope, after: str | None) -> None:
    if after is not None and not (after.isascii() and after.isdigit() and len(after) < 19):
        await _refuse(socket, POLICY_VIOLATION, "invalid_request", "after: not a number of an alert change")
        return
    await services.hub.wait_until_ready()
    with services.hub.subscribe(scope) as outbox:
        ended = await _first_of(
            _send(socket, services, outbox, None if after is None else int(after)),
            _read_until_gone(socket),
            outbox.overflowed.wait(),
        )
    if outbox.overflowed.is_set():
        services.hub.count_drop()
        await _say_goodbye(socket, services.hub.bounds.farewell_s)
    ended.result()


async def _first_of(*ways: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    """Run until one of them ends, and end the others."""
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return done.pop()


async def _send(socket: WebSocket, services: Services, outbox: Outbox, after: int | None) -> None:
    sent = await _open(socket, services, outbox, after)
    while True:
        number, text = await outbox.get()
        if number is None:
            await socket.send_text(text)
        elif number > sent:
            await socket.send_text(text)
            sent = number


async def _open(socket: WebSocket, services: Services, outbox: Outbox, after: int | None) -> int:
    """Say hello and catch up; give the number from which the outbox goes on."""
    start = outbox.start if after is None else after
    oldest, newest = (start + 1, start) if after is None else await services.store.change_bounds()
    resumable = oldest - 1 <= start <= newest
    await socket.send_text(messages.hello(number=start if resumable else newest, server_ms=services.now_ms()))
    if not resumable:
        services.hub.count_drop()
        await socket.send_text(messages.reload(oldest=oldest, newest=newest))
        return newest
    while start < outbox.start:
        changes = await services.store.alert_changes(start, limit=CHANGES_A_READ)
        for change in changes:
            covered = outbox.scope.covers(change.alert.district_id)
            await socket.send_text(messages.alert(change) if covered else messages.passed(change.number))
            start = change.number
        if not changes:
            break
    await socket.send_text(services.hub.heartbeat())
    return start


async def _read_until_gone(socket: WebSocket) -> None:
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


async def _say_goodbye(socket: WebSocket, within_s: float) -> None:
    """Tell a slow client, if it reads at all; otherwise the connection is simply closed."""
    try:
        async with asyncio.timeout(within_s):
            await socket.send_text(messages.dropped())
            await socket.close(TRY_AGAIN_LATER, "too slow")
    except (TimeoutError, WebSocketDisconnect):
        return


async def _refuse(socket: WebSocket, close_code: int, code: str, message: str) -> None:
    try:
        await socket.send_text(messages.error(code=code, message=message))
        await socket.close(close_code, code)
    except (WebSocketDisconnect, RuntimeError):
        return
