"""The messages of the live stream, as text, each written once for all clients."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from api.alerts import alert_object
from api.case_view import case_view
from api.fleet import DistrictCount, Fleet
from api.shelf_view import shelf_view
from api.sight import Difference
from domain.instant import to_rfc3339, to_rfc3339_if_known
from storage.case_records import CaseRow
from storage.shelves import Shelf
from storage.store import AlertChange


def _text(kind: str, **fields: Any) -> str:
    return json.dumps({"type": kind, **fields}, ensure_ascii=False, separators=(",", ":"))


def hello(*, number: int, server_ms: int) -> str:
    """The first message: the stream goes on after `number`."""
    return _text("hello", number=number, server_time=to_rfc3339(server_ms))


def alert(change: AlertChange, trip_started_ms: int | None = None) -> str:
    """One change of one alert, whole, with the trip that it belongs to."""
    found = alert_object(change.alert, trip_started_ms)
    return _text("alert", number=change.number, at=to_rfc3339(change.at_ms), alert=found)


def passed(number: int) -> str:
    """A change that is none of the client's business: its number alone, so that none seems to be missing."""
    return _text("passed", number=number)


def case(number: int, row: CaseRow) -> str:
    """A case that somebody acted on, as it stands; `number` is the act's."""
    return _text("case", number=number, case=case_view(row).model_dump(mode="json"))


def shelf(one: Shelf) -> str:
    """What was shelved, taken back or is over."""
    return _text("shelf", shelf=shelf_view(one).model_dump(mode="json"))


def positions(fleet: Fleet, difference: Difference, *, at_ms: int) -> str:
    """What is new in a client's view: rows by device index, written once for all clients."""
    head = {
        "type": "positions",
        "at": to_rfc3339(at_ms),
        **({"whole": True} if difference.is_whole else {}),
        "devices": [[index, fleet.ids[index]] for index in difference.named],
        "gone": difference.gone,
    }
    rows = ",".join(fleet.texts[index] for index in difference.fresh)
    return f'{json.dumps(head, ensure_ascii=False, separators=(",", ":"))[:-1]},"rows":[{rows}]}}'


def counts(districts: Sequence[DistrictCount]) -> str:
    """What the registered vehicles of a scope do, by district, in view or not."""
    return _text("counts", districts=[asdict(one) for one in districts])


def lost(device_ids: Sequence[str]) -> str:
    """Devices that have been silent for so long that no map shows them: all there are."""
    return _text("lost", devices=list(device_ids))


def heartbeat(
    *,
    server_ms: int,
    newest_data_ms: int | None,
    number: int | None,
    registry_version: int | None,
    database_available: bool,
) -> str:
    """A sign of life; `number` is the newest change, which the client has by now."""
    return _text(
        "heartbeat",
        server_time=to_rfc3339(server_ms),
        newest_data_time=to_rfc3339_if_known(newest_data_ms),
        number=number,
        registry_version=registry_version,
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
