"""The feed for other platforms as the API shows it, and the cursor that goes on from a place in it."""

import base64
import binascii
from typing import Any

import msgspec
from pydantic import Field

from api.case_view import CaseView
from api.schemas import Instant, Shape
from exports.events import event_json
from storage.feed import Place, Told

LARGEST = 2**63 - 1


class FeedEvent(Shape):
    """One event, the same as a webhook delivers it."""

    type: str = Field(examples=["alert.changed"], description="`alert.changed` or `case.acted`")
    id: str = Field(description="The same wherever and however often the event is read")
    timestamp: str = Instant
    data: dict[str, Any] = Field(description="The alert with its `change`, or the act with its `case`")


class FeedPage(Shape):
    """Some events in order."""

    items: list[FeedEvent]
    next: str = Field(description="Pass as `after` to go on; kept, it goes on after a restart, too")
    more: bool = Field(description="Whether there is more already; where not, wait with `wait_s`")


class SnapshotPage(Shape):
    """A page of the state of things: alerts first, then cases."""

    alerts: list[dict[str, Any]]
    cases: list[CaseView]
    next: str | None = Field(description="Pass as `page` for the next page; null on the last one")
    cursor: str = Field(
        description="Go on from here with the feed, once the last page was read: the same on every page"
    )


def write_cursor(place: Place) -> str:
    """A place as an opaque text."""
    return _text(f"{place.change}:{place.act}")


def read_cursor(cursor: str) -> Place:
    """The place of a cursor; raises ValueError if it is none of ours."""
    change, act = (int(one) for one in _parts(cursor, 2))
    return Place(change, act)


def write_page(place: Place, kind: str, after: str) -> str:
    """Where a snapshot goes on: the cursor that it was begun at, of which kind, after what."""
    return _text(f"{place.change}:{place.act}:{kind}:{after}")


def read_page(page: str) -> tuple[Place, str, str]:
    """The parts of a snapshot's page; raises ValueError if it is none of ours."""
    change, act, kind, after = _parts(page, 4)
    if kind not in ("alerts", "cases"):
        raise ValueError("not a page of this API")
    return Place(int(change), int(act)), kind, after


def feed_event(told: Told) -> FeedEvent:
    """An event as a client gets it."""
    return FeedEvent(**msgspec.json.decode(event_json(told.what)))


def _text(plain: str) -> str:
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def _parts(text: str, count: int) -> list[str]:
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError("not a cursor of this API") from error
    parts = plain.split(":")
    numbers = parts[:2]
    if len(parts) != count or not all(one.isdecimal() and int(one) <= LARGEST for one in numbers):
        raise ValueError("not a cursor of this API")
    return parts
