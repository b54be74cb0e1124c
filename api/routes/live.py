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
- `{"type":"shelf","shelf":{…}}` when something was shelved, taken back or is over. After a reconnect the
  client asks for `/api/shelves`.
- `{"type":"positions","at":…,"devices":[[i,id],…],"rows":[[i,…],…],"gone":[i,…]}` once a second, only what changed
  in the client's view, and at once when the view changes. `i` is a device's index on this connection, its id is
  told the first time. A row is `[i, time_ms, lon, lat, speed_kmh, heading_deg, moving, ignition, load, lift, cover]`
  with null for what is unknown. `gone` holds those that left the view or what the client may see. The first such
  message has `"whole":true`: what it does not hold is not in view. To a client that falls behind, several
  differences come as one.
- `{"type":"counts","districts":[{"district_id","known","reporting","moving"},…]}` when one of them changes: the
  registered vehicles the client may see, in view or not; reporting are those heard of within 2 min.
- `{"type":"lost","devices":[id,…]}` when it changes: devices silent for more than 24 h, which are in no view.
- `{"type":"heartbeat","server_time":…,"newest_data_time":…,"number":n,"registry_version":n,"database_available":…}` every 2 s.
  The client has every change up to `n` by then; if not, it should reconnect with its own number.
- `{"type":"reload","oldest":k,"newest":m}` where N is too old (before `k` - 1) or ahead of the server (after
  `m`, as after a restored backup). The client loads everything again; the same stream goes on after `m`.
- `{"type":"dropped","reason":"too_slow"}`, then close code 1013: the client did not keep up. It reconnects
  with its number.
- `{"type":"error","error":{"code","message"}}`, then close: 1008 for an unusable `after` or where nobody is
  signed in, 1013 while the database is away.

The client says what it looks at, as often as that changes: `{"type":"view","bbox":[west,south,east,north],
"devices":[id,…]}`. Positions, counts and the lost begin with the first such message. `bbox` is in WGS-84 degrees,
null for none (as where a map shows only counts); `devices` are shown wherever they are, up to 500 of them, and an
id that the client may not see is passed over. A message that is no view ends the connection with code 1008.

Without anything for 5 s the client should take the connection for lost, and reconnect with its last number; it
then says its view anew.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from api import messages
from api.deps import Services, ServicesDep
from api.errors import ApiError
from api.live import CHANGES_A_READ, NotReadyError, Outbox
from api.sight import read_view
from api.signed_in import person_of
from domain.person import Scope
from storage.errors import StorageError

router = APIRouter(tags=["live stream"])

POLICY_VIOLATION = 1008
TRY_AGAIN_LATER = 1013
VIEW_PAUSE_S = 0.1


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
            _read_views(socket, services, outbox),
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
        trips = await services.duty.trips_of([change.alert for change in changes])
        for change in changes:
            covered = outbox.scope.covers(change.alert.district_id)
            text = (
                messages.alert(change, trips.get(change.alert.id))
                if covered
                else messages.passed(change.number)
            )
            await socket.send_text(text)
            start = change.number
        if not changes:
            break
    await socket.send_text(services.hub.heartbeat())
    return start


async def _read_views(socket: WebSocket, services: Services, outbox: Outbox) -> None:
    """Follow what the client looks at until it is gone."""
    while (message := await socket.receive())["type"] != "websocket.disconnect":
        try:
            view = read_view(message.get("text") or "")
        except ValueError as error:
            raise ApiError(422, "invalid_request", f"no view: {error}") from error
        services.hub.look(outbox, view)
        # Whoever looks about faster than this waits for the picture.
        await asyncio.sleep(VIEW_PAUSE_S)


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
