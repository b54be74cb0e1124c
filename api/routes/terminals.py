"""Terminals of the gateways: who waits, who may speak as which device, what they are asked. For administrators.

Nobody knows where a terminal that waits is, so all of this is for those who may see every district.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from api.deps import Services, ServicesDep
from api.errors import CHANGED_RESPONSE, NOT_FOUND_RESPONSE, ApiError
from api.signed_in import AdministratorDep, sees_everything
from api.terminal_shapes import (
    AskedCommand,
    CommandItem,
    Decision,
    ModelItem,
    NewCommand,
    Protocol,
    RefusedFrame,
    TerminalDetail,
    TerminalItem,
    TerminalPage,
    TerminalState,
)
from domain.instant import to_rfc3339, to_rfc3339_if_known
from domain.registry import Registry
from protocols.hj212.monitor import decode_settings
from protocols.jt808.catalogue import catalogue
from runtime.secret_url import MASK
from storage.terminals import CommandRow, DeviceTaken, TerminalRow

router = APIRouter(tags=["devices"], dependencies=[Depends(sees_everything)])

TerminalId = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[^\x00]*$")]
Limit = Annotated[int, Query(ge=1, le=500)]
Cursor = Annotated[str | None, Query(max_length=200, description="`next` of the page before")]


@router.get("/terminals")
async def list_terminals(
    services: ServicesDep,
    _person: AdministratorDep,
    protocol: Protocol | None = None,
    state: TerminalState | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> TerminalPage:
    """The terminals that ever came to a gateway, those heard last first."""
    before = None if cursor is None else _read_cursor(cursor)
    rows = await services.terminals.terminals(protocol=protocol, state=state, before=before, limit=limit + 1)
    page = rows[:limit]
    return TerminalPage(
        at=to_rfc3339(services.now_ms()),
        counts=await services.terminals.counts(protocol),
        items=[_item(row) for row in page],
        next=_cursor(page[-1]) if len(rows) > limit else None,
    )


@router.get("/terminals/models")
async def list_terminal_models(services: ServicesDep, _person: AdministratorDep) -> list[ModelItem]:
    """The models of JT/T 808 terminals: the ready-made ones, and those of the registry in force."""
    registry = await _registry(services)
    return [
        ModelItem(
            id=one.id,
            name=one.name,
            signals=[name for name in ("load", "cover", "lift", "weight_t") if getattr(one.signals, name)],
        )
        for one in catalogue(registry.device_models).values()
    ]


@router.get("/terminals/{protocol}/{terminal_id}", responses=NOT_FOUND_RESPONSE)
async def terminal(
    services: ServicesDep, _person: AdministratorDep, protocol: Protocol, terminal_id: TerminalId
) -> TerminalDetail:
    """One terminal, and what it was asked."""
    row = await _found(services, protocol, terminal_id)
    return TerminalDetail(
        terminal=_item(row),
        commands=[_command(one) for one in await services.terminals.commands(protocol, terminal_id)],
    )


@router.get("/terminals/{protocol}/{terminal_id}/refused", responses=NOT_FOUND_RESPONSE)
async def list_refused_frames(
    services: ServicesDep,
    _person: AdministratorDep,
    protocol: Protocol,
    terminal_id: TerminalId,
    limit: Limit = 50,
) -> list[RefusedFrame]:
    """The frames of a terminal that were refused and are still kept, newest first."""
    await _found(services, protocol, terminal_id)
    return [
        RefusedFrame(
            id=one.id,
            reason=one.reason,
            detail=one.detail,
            received_at=to_rfc3339(one.received_ms),
            hex=one.payload.hex(" "),
        )
        for one in await services.terminals.refused(protocol, terminal_id, limit=limit)
    ]


@router.put("/terminals/{protocol}/{terminal_id}", responses=NOT_FOUND_RESPONSE | CHANGED_RESPONSE)
async def decide_terminal(
    services: ServicesDep,
    person: AdministratorDep,
    protocol: Protocol,
    terminal_id: TerminalId,
    given: Decision,
) -> TerminalItem:
    """Approve a terminal as a device of the registry, block it, or let it wait again; gateways know within moments."""
    before = await _found(services, protocol, terminal_id)
    if given.state == "approved":
        await _check_approval(services, protocol, given)
    settings = None
    if given.settings is not None:
        settings = _checked_settings(protocol, given.settings, before.settings)
    try:
        decided = await services.terminals.decide(
            protocol,
            terminal_id,
            given.state,
            by=person.user_id,
            device_id=given.device_id if given.state == "approved" else None,
            model=given.model,
            settings=settings,
        )
    except DeviceTaken as error:
        raise ApiError(409, "device_taken", f"Another approved terminal is the device {error}") from error
    if not decided:
        raise _unknown(protocol, terminal_id)
    detail = {"before": before.state, "before_device": before.device_id} | given.model_dump(
        exclude={"settings"}
    )
    await _note(services, person.user_id, "decide_terminal", protocol, terminal_id, detail)
    return _item(await _found(services, protocol, terminal_id))


@router.delete(
    "/terminals/{protocol}/{terminal_id}", status_code=204, responses=NOT_FOUND_RESPONSE | CHANGED_RESPONSE
)
async def forget_terminal(
    services: ServicesDep, person: AdministratorDep, protocol: Protocol, terminal_id: TerminalId
) -> Response:
    """Forget a terminal that is not approved; it waits again if it comes again."""
    await _found(services, protocol, terminal_id)
    if not await services.terminals.forget(protocol, terminal_id):
        raise ApiError(409, "approved", "It is approved: block it first")
    await _note(services, person.user_id, "forget_terminal", protocol, terminal_id, {})
    return Response(status_code=204)


@router.post("/terminals/{protocol}/{terminal_id}/code-reset", status_code=204, responses=NOT_FOUND_RESPONSE)
async def reset_terminal_code(
    services: ServicesDep, person: AdministratorDep, protocol: Protocol, terminal_id: TerminalId
) -> Response:
    """Let the code that a terminal signs on with open nothing more; whichever registers next is given another."""
    if not await services.terminals.reset_code(protocol, terminal_id):
        raise _unknown(protocol, terminal_id)
    await _note(services, person.user_id, "reset_terminal_code", protocol, terminal_id, {})
    return Response(status_code=204)


@router.post(
    "/terminals/{protocol}/{terminal_id}/commands",
    status_code=201,
    responses=NOT_FOUND_RESPONSE | CHANGED_RESPONSE,
)
async def ask_terminal(
    services: ServicesDep,
    person: AdministratorDep,
    protocol: Protocol,
    terminal_id: TerminalId,
    given: NewCommand,
) -> AskedCommand:
    """Ask a terminal for another report interval, or where it is; it is told as soon as it is connected."""
    if (given.kind == "report_interval") != (given.interval_s is not None):
        raise ApiError(422, "invalid_request", "interval_s belongs to report_interval, and only to it")
    row = await _found(services, protocol, terminal_id)
    if protocol != "jt808" or row.state != "approved":
        raise ApiError(409, "not_approved", "Only an approved terminal of JT/T 808 is asked")
    number = await services.terminals.ask(
        protocol, terminal_id, given.kind, interval_s=given.interval_s, by=person.user_id
    )
    await _note(services, person.user_id, "ask_terminal", protocol, terminal_id, given.model_dump())
    return AskedCommand(id=number)


async def _check_approval(services: Services, protocol: str, given: Decision) -> None:
    """Raise ApiError 422 where an approval names no device of the registry, or no model."""
    registry = await _registry(services)
    owners: Any = registry.vehicles if protocol == "jt808" else registry.stations
    if given.device_id is None or all(one.device_id != given.device_id for one in owners):
        kind = "vehicle" if protocol == "jt808" else "station"
        raise ApiError(422, "unknown_device", f"No {kind} of the registry in force carries this device")
    if given.model is not None and given.model not in catalogue(registry.device_models):
        raise ApiError(422, "unknown_model", f"There is no model {given.model}")


def _checked_settings(protocol: str, given: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """The settings as they are kept; raises ApiError 422 with what is wrong with them."""
    if protocol != "hj212":
        if given:
            raise ApiError(422, "invalid_settings", "A terminal of JT/T 808 has a model and no settings")
        return {}
    # A password is told to nobody: sent back as it is shown, it stays what it was.
    settings = given | {"password": before.get("password")} if given.get("password") == MASK else given
    try:
        decode_settings(settings)
    except ValueError as error:
        raise ApiError(422, "invalid_settings", str(error)) from error
    return settings


async def _registry(services: Services) -> Registry:
    entry = await services.registry.in_force()
    return Registry() if entry is None else entry.registry


async def _found(services: Services, protocol: str, terminal_id: str) -> TerminalRow:
    row = await services.terminals.terminal(protocol, terminal_id)
    if row is None:
        raise _unknown(protocol, terminal_id)
    return row


def _unknown(protocol: str, terminal_id: str) -> ApiError:
    return ApiError(404, "not_found", f"There is no terminal {protocol}/{terminal_id}")


async def _note(
    services: Services, user_id: str, act: str, protocol: str, terminal_id: str, detail: object
) -> None:
    await services.people.note(user_id, act, f"terminal:{protocol}/{terminal_id}", detail=detail)


def _cursor(row: TerminalRow) -> str:
    return f"{row.last_seen_ms}:{row.protocol}:{row.terminal_id}"


def _read_cursor(text: str) -> tuple[int, str, str]:
    seen_ms, _, rest = text.partition(":")
    protocol, _, terminal_id = rest.partition(":")
    if not (seen_ms.isascii() and seen_ms.isdecimal() and len(seen_ms) < 16) or "\0" in rest:
        raise ApiError(422, "invalid_request", "cursor is no `next` of a page")
    return int(seen_ms), protocol, terminal_id


def _item(row: TerminalRow) -> TerminalItem:
    return TerminalItem(
        protocol=row.protocol,
        terminal_id=row.terminal_id,
        state=row.state,
        device_id=row.device_id,
        model=row.model,
        settings=row.settings | ({"password": MASK} if row.settings.get("password") else {}),
        said=row.said,
        has_code=row.has_code,
        first_seen_at=to_rfc3339(row.first_seen_ms),
        last_seen_at=to_rfc3339(row.last_seen_ms),
        address=row.address,
        connected_at=to_rfc3339_if_known(row.connected_ms),
        frames=row.frames,
        refused=row.refused,
        refused_at=to_rfc3339_if_known(row.refused_ms),
        refused_reason=row.refused_reason,
        conflict_at=to_rfc3339_if_known(row.conflict_ms),
        conflict_address=row.conflict_address,
        decided_by=row.decided_by,
        decided_at=to_rfc3339_if_known(row.decided_ms),
    )


def _command(row: CommandRow) -> CommandItem:
    return CommandItem(
        id=row.id,
        kind=row.kind,
        interval_s=row.interval_s,
        asked_by=row.asked_by,
        asked_at=to_rfc3339(row.asked_ms),
        sent_at=to_rfc3339_if_known(row.sent_ms),
        answered_at=to_rfc3339_if_known(row.answered_ms),
        result=row.result,
    )
