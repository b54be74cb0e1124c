"""The messages of the live stream, as text, each written once for all clients."""

import json
from collections.abc import Sequence
from typing import Any

from api.alerts import alert_object
from api.case_view import case_view
from api.positions import position_view
from domain.instant import to_rfc3339
from storage.case_records import CaseRow
from storage.store import AlertChange, LatestPosition


def _text(kind: str, **fields: Any) -> str:
    return json.dumps({"type": kind, **fields}, ensure_ascii=False, separators=(",", ":"))


def _instant(time_ms: int | None) -> str | None:
    return None if time_ms is None else to_rfc3339(time_ms)


def hello(*, number: int, server_ms: int) -> str:
    """The first message: the stream goes on after `number`."""
    return _text("hello", number=number, server_time=to_rfc3339(server_ms))


def alert(change: AlertChange) -> str:
    """One change of one alert, whole."""
    return _text("alert", number=change.number, at=to_rfc3339(change.at_ms), alert=alert_object(change.alert))


def passed(number: int) -> str:
    """A change that is none of the client's business: its number alone, so that none seems to be missing."""
    return _text("passed", number=number)


def case(number: int, row: CaseRow) -> str:
    """A case that somebody acted on, as it stands; `number` is the act's."""
    return _text("case", number=number, case=case_view(row).model_dump(mode="json"))


def positions(*, at_ms: int, positions: Sequence[LatestPosition], gone: Sequence[str] = ()) -> str:
    """The positions that changed since the last such message, and the devices that left the client's scope."""
    items = [position_view(position).model_dump(exclude_none=True) for position in positions]
    more = {"gone": list(gone)} if gone else {}
    return _text("positions", at=to_rfc3339(at_ms), positions=items, **more)


def heartbeat(
    *, server_ms: int, newest_data_ms: int | None, number: int | None, database_available: bool
) -> str:
    """A sign of life; `number` is the newest change, which the client has by now."""
    return _text(
        "heartbeat",
        server_time=to_rfc3339(server_ms),
        newest_data_time=_instant(newest_data_ms),
        number=number,
        database_available=database_available,
    )


def reload(*, oldest: int, newest: int) -> str:
    """The client's number is not among those kept: it must load everything; the stream goes on after `newest`."""
    return _text("reload", oldest=oldest, newest=newest)


def dropped() -> str:
    """The last message to a client that did not keep up."""
    return _text("dropped", reason="too_slow")


def error(*, code: str, message: str) -> str:
    """The last message to a client that asked for something impossible."""
    return _text("error", error={"code": code, "message": message})
