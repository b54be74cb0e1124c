"""The numbered versions of the registry: who saved which when, and what changed."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from alerts.registry_check import check_whole
from api.deps import Services, ServicesDep
from api.draft_shapes import ToGoBack
from api.drafting import told_problem
from api.errors import CHANGED_RESPONSE, NOT_FOUND_RESPONSE, ApiError
from api.rulesets import difference_body, ruleset, version_before, version_of
from api.schemas import ErrorBody, Ruleset, RulesetDifference, RulesetDocument, RulesetPage
from api.signed_in import TunerDep, sees_everything
from domain.registry import Registry

# A version speaks of every district, so it is for those who may see them all.
router = APIRouter(prefix="/rulesets", tags=["registry"], dependencies=[Depends(sees_everything)])

LAST = 2**31 - 1
Number = Annotated[int, Path(ge=1, le=LAST, description="The version")]
NOT_COMPARABLE: dict[int | str, dict[str, Any]] = {
    409: {"model": ErrorBody, "description": "One of the two does not pass today's checks"}
}


@router.get("")
async def list_rulesets(
    services: ServicesDep,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    before: Annotated[int | None, Query(ge=1, le=LAST, description="`next` of the page before")] = None,
) -> RulesetPage:
    """Versions, newest first, the cancelled ones too; follow `next` until it is null to have them all."""
    heads = await services.store.registry_versions(limit=limit + 1, before=before)
    timeline, now_ms = await services.store.registry_timeline(), services.now_ms()
    page = [ruleset(head, timeline, now_ms) for head in heads[:limit]]
    return RulesetPage(items=page, next=page[-1].version if len(heads) > limit else None)


@router.get("/{number}", response_model=RulesetDocument, responses=NOT_FOUND_RESPONSE)
async def get_ruleset(services: ServicesDep, number: Number) -> Response:
    """One version, with its document exactly as it was given."""
    found = await version_of(services.store, number)
    head = ruleset(found, await services.store.registry_timeline(), services.now_ms())
    # Put together as text: a city's document is not read again only to be written.
    body = b'{"ruleset":%b,"document":%b}' % (head.model_dump_json().encode(), found.document)
    return Response(body, media_type="application/json")


@router.get(
    "/{number}/difference",
    response_model=RulesetDifference,
    responses={**NOT_FOUND_RESPONSE, **NOT_COMPARABLE},
)
async def get_ruleset_difference(
    services: ServicesDep,
    number: Number,
    against: Annotated[
        int | None, Query(ge=1, le=LAST, description="The version to compare with; else the one before")
    ] = None,
) -> Response:
    """What changed from another version to this one: entries, fields by path, shapes in a few numbers."""
    store = services.store
    new = await version_of(store, number)
    old = await (version_before(store, number) if against is None else version_of(store, against))
    return Response(await difference_body(old, new), media_type="application/json")


@router.post("/{number}/go-back", responses=NOT_FOUND_RESPONSE | CHANGED_RESPONSE)
async def go_back(services: ServicesDep, person: TunerDep, number: Number, given: ToGoBack) -> Ruleset:
    """Make a new version with a former one's content; 409 where the newest is not the one that was seen."""
    former = await version_of(services.store, number)
    problems = await asyncio.to_thread(check_whole, former.document)
    if not isinstance(problems, Registry):
        details = [told_problem(one) for one in problems]
        raise ApiError(422, "problems", f"Version {number} does not pass today's checks", details=details)
    version = await services.drafts.go_back(
        former.document,
        newest=given.newest_version,
        author=person.user_id,
        note=given.note,
        effective_from_ms=None,
    )
    if version <= given.newest_version:
        raise ApiError(409, "nothing_changed", f"Version {version} in force says the same")
    await services.people.note(
        person.user_id, "go_back", f"version:{number}", detail={"version": version, "note": given.note}
    )
    return await told_version(services, version)


@router.post("/{number}/cancel", responses=NOT_FOUND_RESPONSE | CHANGED_RESPONSE)
async def cancel_ruleset(services: ServicesDep, person: TunerDep, number: Number) -> Ruleset:
    """Call off the newest version while it is only planned; 409 where it may have judged already."""
    await version_of(services.store, number)
    await services.store.cancel_registry(number, author=person.user_id)
    await services.people.note(person.user_id, "cancel_version", f"version:{number}", detail={})
    return await told_version(services, number)


async def told_version(services: Services, number: int) -> Ruleset:
    """A version as it is at this moment."""
    timeline = await services.store.registry_timeline()
    return ruleset(await version_of(services.store, number), timeline, services.now_ms())
