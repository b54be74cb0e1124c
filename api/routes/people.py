"""Users, API tokens and the audit log: for administrators."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.deps import ServicesDep
from api.errors import CHANGED_RESPONSE, NOT_FOUND_RESPONSE, ApiError
from api.schemas import Instant, Shape
from api.signed_in import AdministratorDep
from domain.instant import DAY_MS, to_rfc3339, to_rfc3339_if_known
from domain.person import MAY, Person, Role
from storage.people import AuditRow, TokenRow, UserRow, hash_password

router = APIRouter(tags=["people"])

USER_ID = r"^[a-z0-9][a-z0-9._-]{0,63}$"
SHORTEST_PASSWORD = 10
LONGEST_DAYS = 3650
UserId = Annotated[str, Path(pattern=USER_ID)]


class Given(BaseModel):
    """What a client sends: nothing but what is named."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NewUser(Given):
    """A user to be."""

    id: str = Field(pattern=USER_ID)
    name: str = Field(min_length=1, max_length=100)
    role: Role
    district_ids: list[str] | None = Field(None, description="null for all districts")
    unit: str | None = Field(
        None, max_length=200, pattern=r"^[^\x00]*$", description="Whose cases are this user's, too"
    )
    password: str = Field(min_length=SHORTEST_PASSWORD, max_length=1024)


class UserChange(Given):
    """All that may be changed of a user."""

    name: str = Field(min_length=1, max_length=100)
    role: Role
    district_ids: list[str] | None
    unit: str | None = Field(
        None, max_length=200, pattern=r"^[^\x00]*$", description="Whose cases are this user's, too"
    )
    disabled: bool


class NewPassword(Given):
    """A password to be."""

    password: str = Field(min_length=SHORTEST_PASSWORD, max_length=1024)


class NewToken(Given):
    """An API token to be, for a program that acts with a role in some districts."""

    name: str = Field(min_length=1, max_length=100)
    role: Role
    district_ids: list[str] | None = None
    days: int = Field(90, ge=1, le=LONGEST_DAYS)


class User(Shape):
    """A user."""

    id: str
    name: str
    role: Role
    district_ids: list[str] | None
    unit: str | None
    disabled: bool
    locked: bool
    created_at: str = Instant


class Token(Shape):
    """An API token. `secret` is given once, when it is made."""

    id: int
    name: str
    user_id: str
    role: Role
    district_ids: list[str] | None
    created_at: str = Instant
    expires_at: str = Instant
    revoked_at: str | None
    used_at: str | None


class MadeToken(Shape):
    """The secret of a new token, told once and kept nowhere."""

    id: int
    secret: str


class Audit(Shape):
    """One thing that somebody did."""

    id: int
    at: str = Instant
    user_id: str | None
    act: str
    subject: str
    detail: str
    address: str


class AuditPage(Shape):
    """One page of the audit log, newest first."""

    items: list[Audit]
    next: int | None = Field(description="Pass as `before` for the next page; null on the last one")


@router.get("/users")
async def list_users(services: ServicesDep, _person: AdministratorDep) -> list[User]:
    """Every user, by id."""
    return [_user(row) for row in await services.people.users()]


@router.post("/users", status_code=201, responses=CHANGED_RESPONSE)
async def add_user(services: ServicesDep, person: AdministratorDep, given: NewUser) -> User:
    """Add a user, of districts that the administrator may see."""
    _must_cover(person, given.district_ids)
    await _must_exist(services, given.district_ids)
    hashed = await asyncio.to_thread(hash_password, given.password)
    added = await services.people.add_user(
        given.id, name=given.name, role=given.role, district_ids=given.district_ids, password_hash=hashed
    )
    if not added:
        raise ApiError(409, "taken", f"There is a user {given.id} already")
    await services.people.set_unit(given.id, given.unit or None)
    await _note(services, person.user_id, "add_user", given.id, given.model_dump(exclude={"password"}))
    return await _found(services, given.id)


@router.put("/users/{user_id}", responses=NOT_FOUND_RESPONSE | CHANGED_RESPONSE)
async def change_user(
    services: ServicesDep, person: AdministratorDep, user_id: UserId, given: UserChange
) -> User:
    """Change a user; disabling signs them out everywhere. The last administrator stays one."""
    before = await _found(services, user_id)
    _must_cover(person, before.district_ids)
    _must_cover(person, given.district_ids)
    await _must_exist(services, given.district_ids, unless=before.district_ids)
    is_administrator = before.role is Role.ADMINISTRATOR and not before.disabled
    stays = given.role is Role.ADMINISTRATOR and not given.disabled
    if is_administrator and not stays and await services.people.administrators() == 1:
        raise ApiError(409, "last_administrator", "Somebody has to be administrator")
    await services.people.change_user(
        user_id, name=given.name, role=given.role, district_ids=given.district_ids, disabled=given.disabled
    )
    await services.people.set_unit(user_id, given.unit or None)
    await _note(services, person.user_id, "change_user", user_id, given.model_dump())
    return await _found(services, user_id)


@router.put("/users/{user_id}/password", status_code=204, responses=NOT_FOUND_RESPONSE)
async def set_password(
    services: ServicesDep, person: AdministratorDep, user_id: UserId, given: NewPassword
) -> Response:
    """Give a user another password, and end their sessions."""
    _must_cover(person, (await _found(services, user_id)).district_ids)
    hashed = await asyncio.to_thread(hash_password, given.password)
    if not await services.people.set_password(user_id, hashed):
        raise ApiError(404, "not_found", f"There is no user {user_id}")
    await _note(services, person.user_id, "set_password", user_id, {})
    return Response(status_code=204)


@router.get("/tokens")
async def list_tokens(services: ServicesDep, _person: AdministratorDep) -> list[Token]:
    """Every API token, newest first, without their secrets."""
    return [_token(row) for row in await services.people.tokens()]


@router.post("/tokens", status_code=201)
async def add_token(services: ServicesDep, person: AdministratorDep, given: NewToken) -> MadeToken:
    """Make an API token; it opens never more than its maker may."""
    if not MAY[given.role] <= MAY[person.role]:
        raise ApiError(403, "role", "A token cannot do what its maker may not")
    _must_cover(person, given.district_ids)
    await _must_exist(services, given.district_ids)
    expires_ms = services.now_ms() + given.days * DAY_MS
    number, secret = await services.people.add_token(
        name=given.name,
        user_id=person.user_id,
        role=given.role,
        district_ids=given.district_ids,
        expires_ms=expires_ms,
    )
    await _note(services, person.user_id, "add_token", str(number), given.model_dump(), kind="token")
    return MadeToken(id=number, secret=secret)


@router.delete("/tokens/{token_id}", status_code=204, responses=NOT_FOUND_RESPONSE)
async def revoke_token(
    services: ServicesDep, person: AdministratorDep, token_id: Annotated[int, Path(ge=1, le=2**63 - 1)]
) -> Response:
    """Let a token open nothing more."""
    if not await services.people.revoke_token(token_id):
        raise ApiError(404, "not_found", f"There is no token {token_id}")
    await _note(services, person.user_id, "revoke_token", str(token_id), {}, kind="token")
    return Response(status_code=204)


@router.get("/audit")
async def list_audit(
    services: ServicesDep,
    _person: AdministratorDep,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> AuditPage:
    """What was done to the service, newest first; what was done with cases is in their own log."""
    rows = await services.people.audit(limit=limit + 1, before=before)
    page = rows[:limit]
    return AuditPage(items=[_audit(row) for row in page], next=page[-1].id if len(rows) > limit else None)


def _must_cover(person: Person, district_ids: list[str] | None) -> None:
    """Nobody makes or changes somebody who may see more than they do; raises ApiError 403."""
    own = person.scope.district_ids
    if own is not None and (district_ids is None or not own.issuperset(district_ids)):
        raise ApiError(403, "scope", "Those districts are not all in your scope")


async def _must_exist(
    services: ServicesDep, district_ids: list[str] | None, *, unless: list[str] | None = None
) -> None:
    """Nobody gets a district that the registry in force, if any, does not know, but keeps theirs; raises ApiError 422."""
    known = await services.registry.in_force()
    if known is None:
        return
    there = {str(one.id) for one in known.registry.districts} | set(unless or ())
    if gone := [one for one in district_ids or () if one not in there]:
        details = [{"where": "body.district_ids", "message": f"There is no district {one}"} for one in gone]
        raise ApiError(422, "invalid_request", "There are no such districts", details=details)


async def _found(services: ServicesDep, user_id: str) -> User:
    for row in await services.people.users():
        if row.id == user_id:
            return _user(row)
    raise ApiError(404, "not_found", f"There is no user {user_id}")


async def _note(
    services: ServicesDep, user_id: str, act: str, subject: str, detail: object, *, kind: str = "user"
) -> None:
    await services.people.note(user_id, act, f"{kind}:{subject}", detail=detail)


def _user(row: UserRow) -> User:
    return User(
        id=row.id,
        name=row.name,
        role=row.role,
        district_ids=_list(row.district_ids),
        unit=row.unit,
        disabled=row.disabled,
        locked=row.locked,
        created_at=to_rfc3339(row.created_ms),
    )


def _token(row: TokenRow) -> Token:
    return Token(
        id=row.id,
        name=row.name,
        user_id=row.user_id,
        role=row.role,
        district_ids=_list(row.district_ids),
        created_at=to_rfc3339(row.created_ms),
        expires_at=to_rfc3339(row.expires_ms),
        revoked_at=to_rfc3339_if_known(row.revoked_ms),
        used_at=to_rfc3339_if_known(row.used_ms),
    )


def _audit(row: AuditRow) -> Audit:
    return Audit(
        id=row.id,
        at=to_rfc3339(row.at_ms),
        user_id=row.user_id,
        act=row.act,
        subject=row.subject,
        detail=row.detail,
        address=row.address,
    )


def _list(district_ids: tuple[str, ...] | None) -> list[str] | None:
    return None if district_ids is None else list(district_ids)
