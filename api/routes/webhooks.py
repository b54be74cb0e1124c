"""Targets of webhooks and their dead letters: for administrators who may see every district."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from api.deps import Services, ServicesDep
from api.errors import CHANGED_RESPONSE, NOT_FOUND_RESPONSE, ApiError
from api.signed_in import AdministratorDep, sees_everything
from api.webhook_shapes import (
    DroppedLetters,
    GivenLetters,
    GivenTarget,
    LetterPage,
    LettersDone,
    MadeTarget,
    PingView,
    TargetsView,
    TargetView,
    letter_view,
    ping_view,
    target_given,
    target_view,
)
from domain.web_address import why_unfit
from storage.webhooks import new_secret, secret_text

router = APIRouter(tags=["docking"], prefix="/webhooks", dependencies=[Depends(sees_everything)])

PING_WITHIN_S = 20.0
"""The longest that a target may take, and some for the process that delivers to look."""

TargetId = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.get("")
async def list_targets(services: ServicesDep, _person: AdministratorDep) -> TargetsView:
    """Every target and how it stands, the oldest first."""
    rows = await services.webhooks.targets()
    is_delivering = await services.webhooks.is_delivered()
    return TargetsView(items=[target_view(row) for row in rows], is_delivering=is_delivering)


@router.post("", status_code=201)
async def add_target(services: ServicesDep, person: AdministratorDep, given: GivenTarget) -> MadeTarget:
    """Add a target; it is told of everything from now on. The secret is told here and never again."""
    _must_be_fit(given.url)
    secret = new_secret()
    target_id = await services.webhooks.add(target_given(given), secret, by=person.user_id)
    await _note(services, person.user_id, "add_webhook", target_id, given.model_dump(mode="json"))
    return MadeTarget(target=await _found(services, target_id), secret=secret_text(secret))


@router.put("/{target_id}", responses=NOT_FOUND_RESPONSE)
async def change_target(
    services: ServicesDep, person: AdministratorDep, target_id: TargetId, given: GivenTarget
) -> TargetView:
    """Change a target, pause it or let it go on; whatever it waited for, it is tried at once."""
    _must_be_fit(given.url)
    if not await services.webhooks.change(target_id, target_given(given)):
        raise _no_target(target_id)
    await _note(services, person.user_id, "change_webhook", target_id, given.model_dump(mode="json"))
    return await _found(services, target_id)


@router.delete("/{target_id}", status_code=204, responses=NOT_FOUND_RESPONSE)
async def remove_target(services: ServicesDep, person: AdministratorDep, target_id: TargetId) -> Response:
    """Forget a target and its dead letters."""
    before = await _found(services, target_id)
    if not await services.webhooks.remove(target_id):
        raise _no_target(target_id)
    said = {"name": before.name, "url": before.url, "dead_letters": before.dead_letters}
    await _note(services, person.user_id, "remove_webhook", target_id, said)
    return Response(status_code=204)


@router.post("/{target_id}/secret", responses=NOT_FOUND_RESPONSE)
async def rotate_secret(services: ServicesDep, person: AdministratorDep, target_id: TargetId) -> MadeTarget:
    """Put another secret in force; for a day both sign, so that the receiver can change over."""
    secret = new_secret()
    if not await services.webhooks.rotate(target_id, secret, now_ms=services.now_ms()):
        raise _no_target(target_id)
    await _note(services, person.user_id, "rotate_webhook_secret", target_id, {})
    return MadeTarget(target=await _found(services, target_id), secret=secret_text(secret))


@router.post("/{target_id}/ping", responses=NOT_FOUND_RESPONSE | CHANGED_RESPONSE)
async def ping_target(services: ServicesDep, _person: AdministratorDep, target_id: TargetId) -> PingView:
    """Send an event that says nothing, once, and show what comes of it."""
    await _found(services, target_id)
    if not await services.webhooks.is_delivered():
        raise ApiError(409, "not_delivering", "No `haulwatch dock` runs, so nothing is sent")
    asked_ms = services.now_ms()
    if not await services.webhooks.ask_ping(target_id, now_ms=asked_ms):
        raise _no_target(target_id)
    deadline_s = asyncio.get_running_loop().time() + PING_WITHIN_S
    while asyncio.get_running_loop().time() < deadline_s:
        told = await services.webhooks.pinged(target_id, asked_ms)
        if told is not None:
            return ping_view(told)
        await asyncio.sleep(0.1)
    raise ApiError(409, "no_answer_yet", "Nothing has come of it yet")


@router.post("/{target_id}/set-aside", status_code=204, responses=NOT_FOUND_RESPONSE | CHANGED_RESPONSE)
async def set_aside(services: ServicesDep, person: AdministratorDep, target_id: TargetId) -> Response:
    """Make a dead letter of the event that the target fails at, so that the others can go on."""
    await _found(services, target_id)
    if not await services.webhooks.set_aside(target_id):
        raise ApiError(409, "nothing_fails", "No event of this target fails just now")
    await _note(services, person.user_id, "set_webhook_aside", target_id, {})
    return Response(status_code=204)


@router.get("/{target_id}/letters", responses=NOT_FOUND_RESPONSE)
async def list_letters(
    services: ServicesDep,
    _person: AdministratorDep,
    target_id: TargetId,
    after: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> LetterPage:
    """The dead letters of a target, in the order in which they are to be told."""
    target = await _found(services, target_id)
    rows = await services.webhooks.letters(target_id, after=after, limit=limit + 1)
    page = rows[:limit]
    return LetterPage(
        items=[letter_view(row) for row in page],
        total=target.dead_letters,
        before=await services.webhooks.count_letters(target_id, up_to=after),
        next=page[-1].id if len(rows) > limit else None,
    )


@router.post("/{target_id}/letters/resend", responses=NOT_FOUND_RESPONSE)
async def resend_letters(
    services: ServicesDep, person: AdministratorDep, target_id: TargetId, given: GivenLetters
) -> LettersDone:
    """Send what was refused again, once each; what waits behind it follows by itself."""
    await _found(services, target_id)
    done = await services.webhooks.resend(target_id, given.letter_ids)
    await _note(services, person.user_id, "resend_letters", target_id, {"events": list(done)})
    return LettersDone(count=len(done))


@router.post("/{target_id}/letters/drop", responses=NOT_FOUND_RESPONSE)
async def drop_letters(
    services: ServicesDep, person: AdministratorDep, target_id: TargetId, given: DroppedLetters
) -> LettersDone:
    """Give dead letters up, with a reason; what waited behind them alone is sent."""
    await _found(services, target_id)
    done = await services.webhooks.drop(target_id, given.letter_ids)
    said = {"events": list(done), "reason": given.reason}
    await _note(services, person.user_id, "drop_letters", target_id, said)
    return LettersDone(count=len(done))


def _must_be_fit(url: str) -> None:
    unfit = why_unfit(url)
    if unfit is not None:
        raise ApiError(
            422,
            "url_unfit",
            "Nothing can be sent to this address",
            details=[{"where": "body.url", "message": unfit}],
        )


async def _found(services: Services, target_id: int) -> TargetView:
    row = await services.webhooks.target(target_id)
    if row is None:
        raise _no_target(target_id)
    return target_view(row)


def _no_target(target_id: int) -> ApiError:
    return ApiError(404, "not_found", f"There is no target {target_id}")


async def _note(services: Services, user_id: str, act: str, target_id: int, detail: object) -> None:
    await services.people.note(user_id, act, f"webhook:{target_id}", detail=detail)
