"""Trying rules on history: asked for here, run by a process of its own, and read here when it is done.

A registry speaks of every district, so this is for those who may see them all and may change the rules.
"""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Response

from api.backtest_shapes import (
    AS_JUDGED,
    AlertDifferencePage,
    Backtest,
    BacktestPage,
    BacktestWithResult,
    ChangeWord,
    NewBacktest,
    backtest,
    with_result,
)
from api.deps import Services, ServicesDep
from api.errors import CHANGED_RESPONSE, NOT_FOUND_RESPONSE, ApiError
from api.rulesets import version_of
from api.schemas import Severity
from api.signed_in import Needs, TunerDep, sees_everything
from domain.instant import DAY_MS, from_rfc3339, to_rfc3339
from domain.person import Permission
from domain.rule import RuleKind
from storage.backtests import BacktestRow, TooManyWait
from storage.backtests import NewBacktest as Asked
from storage.registry_versions import in_force_at

router = APIRouter(
    prefix="/backtests",
    tags=["registry"],
    dependencies=[Depends(sees_everything), Depends(Needs(Permission.TUNE))],
)

LONGEST_MS = 31 * DAY_MS
BacktestId = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.get("")
async def list_backtests(
    services: ServicesDep,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="`next` of the page before")] = None,
) -> BacktestPage:
    """Backtests of everybody, newest first; the oldest are forgotten when there are many."""
    rows = await services.backtests.backtests(before=before, limit=limit + 1)
    page = [backtest(row) for row in rows[:limit]]
    return BacktestPage(items=page, next=page[-1].id if len(rows) > limit else None)


@router.post("", status_code=201, responses=NOT_FOUND_RESPONSE | CHANGED_RESPONSE)
async def ask_backtest(services: ServicesDep, person: TunerDep, given: NewBacktest) -> Backtest:
    """Judge a span of history by a draft or a version. Nothing that is stored of the span is touched."""
    if (given.draft_id is None) == (given.version is None):
        raise ApiError(422, "invalid_request", "Name either a draft or a version")
    from_ms, to_ms = _span(given, services.now_ms())
    document = None
    if given.draft_id is not None:
        document = await _document(services, given.draft_id)
    elif given.version is not None:
        await version_of(services.store, given.version)
    asked = Asked(
        from_ms=from_ms,
        to_ms=to_ms,
        version=given.version,
        draft_id=given.draft_id,
        document=document,
        against_version=await _against(services, given),
    )
    try:
        backtest_id = await services.backtests.ask(person.user_id, asked)
    except TooManyWait as error:
        raise ApiError(409, "too_many_wait", f"{error}; cancel one, or wait") from error
    detail = {
        "draft": given.draft_id,
        "version": given.version,
        "from": to_rfc3339(from_ms),
        "to": to_rfc3339(to_ms),
    }
    await services.people.note(person.user_id, "ask_backtest", f"backtest:{backtest_id}", detail=detail)
    return backtest(await _row(services, backtest_id))


@router.get("/{backtest_id}", responses=NOT_FOUND_RESPONSE)
async def get_backtest(services: ServicesDep, backtest_id: BacktestId) -> BacktestWithResult:
    """How far a backtest is, and its result once it is done."""
    row = await _row(services, backtest_id)
    return with_result(row, await services.backtests.result(backtest_id))


@router.delete("/{backtest_id}", status_code=204, responses=NOT_FOUND_RESPONSE | CHANGED_RESPONSE)
async def cancel_backtest(services: ServicesDep, person: TunerDep, backtest_id: BacktestId) -> None:
    """Break a backtest off; 409 `ended` where it has ended already."""
    await _row(services, backtest_id)
    if not await services.backtests.cancel(backtest_id):
        raise ApiError(409, "ended", f"Backtest {backtest_id} has ended already")
    await services.people.note(person.user_id, "cancel_backtest", f"backtest:{backtest_id}")


@router.get("/{backtest_id}/difference", response_model=AlertDifferencePage, responses=NOT_FOUND_RESPONSE)
async def list_backtest_difference(
    services: ServicesDep,
    backtest_id: BacktestId,
    change: ChangeWord | None = None,
    rule: RuleKind | None = None,
    severity: Severity | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[int | None, Query(ge=0, le=2**31 - 1, description="`next` of the page before")] = None,
) -> Response:
    """The alerts that appear, vanish or change, each as it was and as it would be."""
    await _row(services, backtest_id)
    found = await services.backtests.changes(
        backtest_id,
        after=cursor or 0,
        change=change,
        rule=rule,
        severity=severity,
        limit=limit + 1,
    )
    # Put together as text: each is stored as the object it is told as.
    items = b",".join(b'{"number":%d,%b' % (number, line[1:]) for number, line in found[:limit])
    next_one = msgspec.json.encode(found[limit - 1][0] if len(found) > limit else None)
    return Response(b'{"items":[%b],"next":%b}' % (items, next_one), media_type="application/json")


async def _row(services: Services, backtest_id: int) -> BacktestRow:
    row = await services.backtests.backtest(backtest_id)
    if row is None:
        raise ApiError(404, "not_found", f"There is no backtest {backtest_id}")
    return row


async def _document(services: Services, draft_id: int) -> bytes:
    """What a draft says now; raises ApiError 422 with its problems, and NotThere."""
    outcome = await services.drafting.outcome(await services.drafts.draft(draft_id))
    if outcome.problems:
        details = [{name: text or "" for name, text in one.items()} for one in outcome.problems]
        raise ApiError(422, "problems", "The draft does not pass the checks", details=details)
    return outcome.document


async def _against(services: Services, given: NewBacktest) -> int | None:
    """The version to compare with, None for the alerts as they were judged."""
    if given.against == AS_JUDGED:
        return None
    if given.against is not None:
        return (await version_of(services.store, given.against)).version
    current = in_force_at(await services.store.registry_timeline(), services.now_ms())
    return None if current is None else current.version


def _span(given: NewBacktest, now_ms: int) -> tuple[int, int]:
    """The span asked for, up to now; raises ApiError 422 for one that cannot be judged."""
    try:
        from_ms, to_ms = from_rfc3339(given.from_), min(from_rfc3339(given.to), now_ms)
    except ValueError as error:
        raise ApiError(422, "invalid_request", f"from, to: {error}") from error
    if from_ms >= to_ms:
        raise ApiError(422, "span", "The span must begin before it ends, and before now")
    if to_ms - from_ms > LONGEST_MS:
        raise ApiError(422, "span", "The span may be 31 days long at most")
    return from_ms, to_ms
