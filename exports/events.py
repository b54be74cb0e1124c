"""One event as other platforms get it, by webhook and by the feed: JSON, the same wherever it is read.

The payload is laid out as the Standard Webhooks specification recommends (type, timestamp, data). An event's id
is made of its running number and its instant, so that it stays the same however often it is sent, and that a
database put back from a backup gives its numbers again under other ids.
"""

from typing import Any

import msgspec

from alerts.alert_json import alert_json
from domain.instant import to_rfc3339
from storage.case_records import CaseAct
from storage.feed import ToldAct
from storage.records import AlertChange

ALERT_CHANGED = "alert.changed"
CASE_ACTED = "case.acted"
FEED_SKIPPED = "feed.skipped"
PING = "ping"

_ENCODER = msgspec.json.Encoder()


def event_id(what: AlertChange | ToldAct) -> str:
    """The id of an event: without a full stop, as it is part of what is signed."""
    if isinstance(what, AlertChange):
        return f"alert-{what.number}-{what.at_ms}"
    return f"case-{what.act.number}-{what.act.at_ms}"


def event_json(what: AlertChange | ToldAct) -> bytes:
    """The event of an alert change or of an act on a case."""
    if isinstance(what, AlertChange):
        alert: dict[str, Any] = msgspec.json.decode(alert_json(what.alert))
        return envelope(ALERT_CHANGED, event_id(what), what.at_ms, alert | {"change": what.number})
    return envelope(CASE_ACTED, event_id(what), what.act.at_ms, _acted(what))


def envelope(kind: str, id_: str, at_ms: int, data: dict[str, Any]) -> bytes:
    """An event of any kind."""
    return _ENCODER.encode({"type": kind, "id": id_, "timestamp": to_rfc3339(at_ms), "data": data})


def skipped_json(id_: str, *, first: int, last: int, at_ms: int) -> bytes:
    """That the changes from `first` to `last` were deleted before the target took them."""
    said = {"first_change": first, "last_change": last, "snapshot": "/api/feed/snapshot"}
    return envelope(FEED_SKIPPED, id_, at_ms, said)


def _acted(told: ToldAct) -> dict[str, Any]:
    names = ("source", "sender", "reference", "title", "district_id", "lon", "lat", "plate")
    case = {"id": told.act.case_id} | {name: getattr(told, name) for name in names}
    return act_data(told.act) | {"case": case | {"alert_ids": [str(one) for one in told.alert_ids]}}


def act_data(act: CaseAct) -> dict[str, Any]:
    """An act without its case. Who did it is a name: how they sign in is nobody else's business."""
    return {
        "act_number": act.number,
        "act": act.act,
        "from_state": act.from_state,
        "to_state": act.to_state,
        "by": act.user_name,
        "reason": act.reason,
        "detail": msgspec.json.decode(act.detail),
    }
