"""The feed: what other platforms pull, as webhooks push it. Everything within the scope of who asks."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, Query

from api.alerts import alert_object
from api.case_view import case_view
from api.deps import Services, ServicesDep
from api.errors import ApiError
from api.feed_shapes import (
    FeedPage,
    SnapshotPage,
    feed_event,
    read_cursor,
    read_page,
    write_cursor,
    write_page,
)
from api.schemas import ErrorBody
from api.signed_in import PersonDep
from domain.instant import DAY_MS
from domain.person import Scope
from storage.feed import Place, PlaceGone, TellingPage, Wanted

_Part = TypeVar("_Part")

router = APIRouter(tags=["docking"], prefix="/feed")

SNAPSHOT = "/api/feed/snapshot"
LONGEST_WAIT_S = 30
LOOK_EVERY_S = 0.1
PASSED_OVER = 20
"""Pages looked through, of which nothing was in the scope, before an answer without events."""

GONE_RESPONSE: dict[int | str, dict[str, Any]] = {
    410: {
        "model": ErrorBody,
        "description": f"What comes next is not kept any more: begin with GET {SNAPSHOT}",
    }
}
CURSOR = r"^[A-Za-z0-9_-]+$"


@router.get("", responses=GONE_RESPONSE)
async def read_feed(
    services: ServicesDep,
    person: PersonDep,
    after: Annotated[
        str | None,
        Query(
            max_length=200,
            pattern=CURSOR,
            description="`next` of the answer before, or a snapshot's `cursor`; without one, from now on",
        ),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    wait_s: Annotated[
        int, Query(ge=0, le=LONGEST_WAIT_S, description="How long to wait where there is nothing yet")
    ] = 0,
) -> FeedPage:
    """Alert changes and acts on cases after a cursor, in the order in which they were stored: none is missed or doubled."""
    if after is None:
        return FeedPage(items=[], next=write_cursor(await services.feed.newest()), more=False)
    place = _read(after, read_cursor)
    deadline_s = asyncio.get_running_loop().time() + wait_s
    while True:
        page = await _something(services, person.scope, place, limit)
        is_over = asyncio.get_running_loop().time() >= deadline_s
        if page.events or not page.is_last or is_over:
            items = [feed_event(told) for told in page.events]
            return FeedPage(items=items, next=write_cursor(page.place), more=not page.is_last)
        place = page.place
        await _news(services, place, deadline_s)


@router.get("/snapshot")
async def read_snapshot(
    services: ServicesDep,
    person: PersonDep,
    days: Annotated[
        int, Query(ge=0, le=400, description="Also what is over, of so many days: the same on every page")
    ] = 1,
    page: Annotated[
        str | None, Query(max_length=200, pattern=CURSOR, description="`next` of the answer before")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> SnapshotPage:
    """The state of things to begin with: alerts that go on and open cases, and what is over of the last days.

    The cursor is taken before anything is read. What changes meanwhile comes with the feed again, so the newer
    `revision` and the higher `change` count.
    """
    if page is None:
        place, kind, after = await services.feed.newest(), "alerts", ""
    else:
        place, kind, after = _read(page, read_page)
    since_ms = services.now_ms() - days * DAY_MS
    if kind == "alerts":
        last = _read(after, UUID) if after else None
        alerts = await services.feed.standing_alerts(person.scope, since_ms=since_ms, after=last, limit=limit)
        more = (
            write_page(place, "alerts", str(alerts[-1].id))
            if len(alerts) == limit
            else write_page(place, "cases", "0")
        )
        objects = [alert_object(one) for one in alerts]
        return SnapshotPage(alerts=objects, cases=[], next=more, cursor=write_cursor(place))
    number = _read(after, int)
    cases = await services.feed.standing_cases(person.scope, since_ms=since_ms, after=number, limit=limit)
    more_cases = write_page(place, "cases", str(cases[-1].id)) if len(cases) == limit else None
    return SnapshotPage(
        alerts=[], cases=[case_view(one) for one in cases], next=more_cases, cursor=write_cursor(place)
    )


async def _something(services: Services, scope: Scope, place: Place, limit: int) -> TellingPage:
    """The next page with anything in it, or what is passed over; raises ApiError where a place is gone."""
    wanted = Wanted(scope=scope)
    try:
        for _ in range(PASSED_OVER):
            page = await services.feed.after(place, wanted=wanted, most=limit)
            if page.events or page.is_last:
                break
            place = page.place
    except PlaceGone as gone:
        details = [
            {"where": "query.after", "message": f"Begin with GET {SNAPSHOT}, then go on with its `cursor`"}
        ]
        raise ApiError(
            410,
            "cursor_gone",
            f"What comes next is not kept any more: begin with GET {SNAPSHOT}",
            details=details,
        ) from gone
    return page


async def _news(services: Services, place: Place, deadline_s: float) -> None:
    """Wait until there may be something after a place; the hub, which follows the database for all, says so."""
    hub, loop = services.hub, asyncio.get_running_loop()
    while loop.time() < deadline_s:
        if (hub.newest_change or 0) > place.change or (hub.newest_act or 0) > place.act:
            return
        await asyncio.sleep(LOOK_EVERY_S)


def _read(text: str, read: Callable[[str], _Part]) -> _Part:
    try:
        return read(text)
    except ValueError as error:
        raise ApiError(422, "invalid_request", str(error)) from error
