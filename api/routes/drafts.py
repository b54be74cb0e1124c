"""Drafts of the registry: edited entry by entry, looked at, put in force, thrown away.

Editing touches nothing that judges. A version comes of a draft in one step, and only on the version that
its author has seen; whoever was quicker is merged first, entry by entry.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Response

from api.deps import Services, ServicesDep
from api.draft_shapes import (
    LAST,
    Draft,
    DraftHead,
    DraftList,
    EntryText,
    GivenEdits,
    GivenEntry,
    Kind,
    NewDraft,
    ToForce,
    ToRebase,
)
from api.errors import CHANGED_RESPONSE, NOT_FOUND_RESPONSE, ApiError
from api.routes.rulesets import told_version
from api.schemas import Ruleset
from api.signed_in import Needs, TunerDep, sees_everything
from domain.instant import from_rfc3339, to_rfc3339
from domain.person import Permission
from domain.registry_edits import Edit, act_of, edit_problem, entries_of, settled
from storage.drafts import Draft as KnownDraft

# A version speaks of every district, and so does its draft.
router = APIRouter(
    prefix="/drafts",
    tags=["registry"],
    dependencies=[Depends(sees_everything), Depends(Needs(Permission.TUNE))],
)

DraftId = Annotated[int, Path(ge=1, le=2**63 - 1)]
EntryId = Annotated[EntryText, Path()]
Revision = Annotated[int | None, Query(ge=1, le=LAST, description="The revision that was seen; else any")]
CHANGING = NOT_FOUND_RESPONSE | CHANGED_RESPONSE

LONGEST_ENTRY = 1_000_000
MOST_NAMED = 20
"""How many entries the audit log names of edits made together."""


@router.get("")
async def list_drafts(services: ServicesDep) -> DraftList:
    """The open drafts of everybody, the one touched last first."""
    heads = [
        DraftHead(
            id=head.id,
            base_version=head.base_version,
            author=head.author,
            note=head.note,
            revision=head.revision,
            created_at=to_rfc3339(head.created_ms),
            updated_at=to_rfc3339(head.updated_ms),
            edit_count=head.edit_count,
        )
        for head in await services.drafts.open()
    ]
    return DraftList(items=heads, newest_version=await services.drafting.newest())


@router.post("", status_code=201, response_model=Draft)
async def begin_draft(services: ServicesDep, person: TunerDep, given: NewDraft) -> Response:
    """Begin a draft on the newest version."""
    base_version = await services.drafting.newest()
    draft_id = await services.drafts.begin(author=person.user_id, note=given.note, base_version=base_version)
    await _note(services, person.user_id, "begin_draft", draft_id, {"base_version": base_version})
    return await _told(services, draft_id, status=201)


@router.get("/{draft_id}", response_model=Draft, responses=NOT_FOUND_RESPONSE)
async def get_draft(services: ServicesDep, draft_id: DraftId) -> Response:
    """One draft: its edits, what they change, what is wrong with them, and what others changed meanwhile."""
    return await _told(services, draft_id)


@router.get("/{draft_id}/document", response_model=dict[str, object], responses=NOT_FOUND_RESPONSE)
async def get_draft_document(services: ServicesDep, draft_id: DraftId) -> Response:
    """The registry document with the edits in it, whether it passes the checks or not."""
    body = await services.drafting.document(await services.drafts.draft(draft_id))
    return Response(body, media_type="application/json")


@router.put("/{draft_id}/edits", response_model=Draft, responses=CHANGING)
async def edit_entries(
    services: ServicesDep, person: TunerDep, draft_id: DraftId, given: GivenEdits
) -> Response:
    """Edit several entries, all or none."""
    edits = [Edit(kind=one.kind, id=one.id, entry=one.entry) for one in given.edits]
    await _edit(services, person.user_id, draft_id, edits, given.revision)
    return await _told(services, draft_id)


@router.put("/{draft_id}/edits/{kind}/{entry_id:path}", response_model=Draft, responses=CHANGING)
async def edit_entry(
    services: ServicesDep,
    person: TunerDep,
    draft_id: DraftId,
    kind: Kind,
    entry_id: EntryId,
    given: GivenEntry,
) -> Response:
    """Say what one entry is to be; null removes it, what the base says already is no edit."""
    edit = Edit(kind=kind, id=entry_id, entry=given.entry)
    await _edit(services, person.user_id, draft_id, [edit], given.revision)
    return await _told(services, draft_id)


@router.delete("/{draft_id}/edits/{kind}/{entry_id:path}", response_model=Draft, responses=CHANGING)
async def revert_entry(
    services: ServicesDep,
    person: TunerDep,
    draft_id: DraftId,
    kind: Kind,
    entry_id: EntryId,
    revision: Revision = None,
) -> Response:
    """Take one edit back."""
    await _own(services, person.user_id, draft_id)
    await services.drafts.change(
        draft_id, author=person.user_id, reverted=[(kind, entry_id)], revision=revision
    )
    await _note(services, person.user_id, "revert_edit", draft_id, {"entry": f"{kind}/{entry_id}"})
    return await _told(services, draft_id)


@router.post("/{draft_id}/take-over", response_model=Draft, responses=CHANGING)
async def take_over_draft(services: ServicesDep, person: TunerDep, draft_id: DraftId) -> Response:
    """Go on with a colleague's draft: from now on it is one's own, and theirs to look at."""
    draft = await services.drafts.draft(draft_id)
    await services.drafts.take_over(draft_id, author=person.user_id)
    await _note(services, person.user_id, "take_over_draft", draft_id, {"from": draft.author})
    return await _told(services, draft_id)


@router.post("/{draft_id}/rebase", response_model=Draft, responses=CHANGING)
async def rebase_draft(
    services: ServicesDep, person: TunerDep, draft_id: DraftId, given: ToRebase
) -> Response:
    """Put the draft on the newest version; 409 `unresolved` where both changed an entry and nobody chose."""
    draft = await _own(services, person.user_id, draft_id)
    newest = await services.drafting.newest()
    both = await services.drafting.conflicts(draft, newest)
    if any(f"{one.kind}/{one.id}" not in given.keep for one in both):
        raise _refused("unresolved", "Choose whose entry is to stand, for each that both changed", both)
    base, now = await services.drafting.base(draft.base_version), await services.drafting.base(newest)
    theirs = [(one.kind, one.id) for one in both if given.keep[f"{one.kind}/{one.id}"] == "theirs"]
    silent = [(one.kind, one.id) for one in settled(base.document, now.document, draft.edits)]
    await services.drafts.rebase(
        draft_id, base_version=newest, reverted=[*theirs, *silent], revision=draft.revision
    )
    detail = {"from": draft.base_version, "to": newest, "keep": given.keep}
    await _note(services, person.user_id, "rebase_draft", draft_id, detail)
    return await _told(services, draft_id)


@router.post("/{draft_id}/in-force", responses=CHANGING)
async def put_draft_in_force(
    services: ServicesDep, person: TunerDep, draft_id: DraftId, given: ToForce
) -> Ruleset:
    """Make the draft a version. 409 `stale_base` if the newest is another, 422 `problems` if it does not pass."""
    draft = await _own(services, person.user_id, draft_id)
    newest = await services.drafting.newest()
    if draft.version is None and not draft.base_version == given.base_version == newest:
        raise await stale_base(services, draft, newest)
    outcome = await services.drafting.outcome(draft)
    if outcome.problems:
        details = [{name: text or "" for name, text in one.items()} for one in outcome.problems]
        raise ApiError(422, "problems", "The draft does not pass the checks", details=details)
    if outcome.difference is not None and outcome.difference.is_empty:
        raise ApiError(409, "nothing_changed", "The draft says the same as the version it was made on")
    version = await services.drafts.put_in_force(
        draft_id,
        revision=draft.revision if given.revision is None else given.revision,
        base_version=given.base_version,
        document=outcome.document,
        author=person.user_id,
        note=given.note or draft.note,
        effective_from_ms=to_come_ms(services, given.effective_from),
    )
    detail = {"version": version, "note": given.note, "effective_from": given.effective_from}
    await _note(services, person.user_id, "put_in_force", draft_id, detail)
    return await told_version(services, version)


@router.delete("/{draft_id}", status_code=204, responses=CHANGING)
async def discard_draft(services: ServicesDep, person: TunerDep, draft_id: DraftId) -> None:
    """Throw a draft away."""
    await _own(services, person.user_id, draft_id)
    await services.drafts.discard(draft_id)
    await _note(services, person.user_id, "discard_draft", draft_id, {})


def to_come_ms(services: Services, written: str | None) -> int | None:
    """When a version is to take effect, None for now; raises ApiError 422 for what is past or no instant."""
    if written is None:
        return None
    try:
        time_ms = from_rfc3339(written)
    except ValueError as error:
        raise ApiError(422, "invalid_request", f"effective_from: {error}") from error
    if time_ms < services.now_ms():
        raise ApiError(422, "past", "What was judged stays judged: a version takes effect now or later")
    return time_ms


async def stale_base(services: Services, draft: KnownDraft, newest: int) -> ApiError:
    """Somebody was quicker: with the entries that both changed, which may be none."""
    both = await services.drafting.conflicts(draft, newest)
    return _refused("stale_base", f"The newest version is {newest}; merge it first", both)


def _refused(code: str, message: str, both: Sequence[Any]) -> ApiError:
    return ApiError(409, code, message, details=[msgspec.to_builtins(one) for one in both])


async def _edit(
    services: Services, user_id: str, draft_id: int, edits: Sequence[Edit], revision: int | None
) -> None:
    for edit in edits:
        problem = _written_problem(edit) or edit_problem(edit)
        if problem is not None:
            raise ApiError(422, "invalid_edit", f"{edit.kind}/{edit.id}: {problem}")
    draft = await _own(services, user_id, draft_id)
    base = await services.drafting.base(draft.base_version)
    before = {kind: entries_of(base.document, kind) for kind in {edit.kind for edit in edits}}
    same = {(one.kind, one.id) for one in edits if act_of(before[one.kind].get(one.id), one.entry) is None}
    # Of edits of one entry the last counts.
    wanted = {(one.kind, one.id): one for one in edits if (one.kind, one.id) not in same}
    await services.drafts.change(
        draft_id, author=user_id, edits=list(wanted.values()), reverted=same, revision=revision
    )
    named = [f"{edit.kind}/{edit.id}" for edit in edits[:MOST_NAMED]]
    await _note(services, user_id, "edit_draft", draft_id, {"entries": named, "count": len(edits)})


async def _own(services: Services, user_id: str, draft_id: int) -> KnownDraft:
    """A draft to be changed; raises ApiError 409 for a colleague's, which is to be looked at alone."""
    draft = await services.drafts.draft(draft_id)
    if draft.author != user_id:
        raise ApiError(409, "of_another", f"This is a draft of {draft.author}: take it over to change it")
    return draft


def _written_problem(edit: Edit) -> str | None:
    """Why an entry cannot be written down; None if it can."""
    try:
        length = len(msgspec.json.encode(edit.entry))
    except (UnicodeEncodeError, RecursionError) as error:
        return f"cannot be written as JSON: {error}"
    return None if length <= LONGEST_ENTRY else f"is {length:,} bytes, at most {LONGEST_ENTRY:,} are taken"


async def _told(services: Services, draft_id: int, *, status: int = 200) -> Response:
    body = await services.drafting.told(await services.drafts.draft(draft_id))
    return Response(body, status_code=status, media_type="application/json")


async def _note(services: Services, user_id: str, act: str, draft_id: int, detail: object) -> None:
    await services.people.note(user_id, act, f"draft:{draft_id}", detail=detail)
