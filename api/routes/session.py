"""Signing in and out."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from api.deps import ServicesDep
from api.errors import SIGN_IN_RESPONSES, TOO_OFTEN_RESPONSE, ApiError, error_response
from api.schemas import Shape
from api.signed_in import COOKIE, PersonDep, is_own_page, person_of
from domain.person import Permission, Person, Role
from storage.people import SESSION_MS, SignInRefused, is_password

router = APIRouter(prefix="/session", tags=["signing in"])


class SignIn(BaseModel):
    """What somebody types."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=1024)


class SignedIn(Shape):
    """Who is signed in, and what they may."""

    user_id: str
    name: str
    role: Role
    district_ids: list[str] | None = Field(description="The districts this person may see; null for all")
    permissions: list[Permission]


class Door(Shape):
    """What somebody who is not signed in needs to know."""

    has_users: bool = Field(description="False before the first: `haulwatch user add` makes one")
    demo_user: str | None = Field(None, description="Whom a demo lets in, with the same word as password")


@router.post("", responses=SIGN_IN_RESPONSES | TOO_OFTEN_RESPONSE | {200: {"model": SignedIn}})
async def sign_in(services: ServicesDep, request: Request, given: SignIn) -> Response:
    """Begin a session of twelve hours; five wrong passwords lock the account for a while."""
    if not is_own_page(request):
        raise ApiError(403, "other_site", "This request came from a page of another site")
    user_id, address = given.user.strip().lower(), _address(request)
    try:
        known = await services.people.password_hash(user_id, now_ms=services.now_ms())
    except SignInRefused as refused:
        return error_response(
            429,
            "locked",
            f"Too many wrong passwords; try again in {refused.locked_s} s",
            headers={"Retry-After": str(refused.locked_s)},
        )
    person = await services.people.user(user_id)
    if not await asyncio.to_thread(is_password, known, given.password) or person is None:
        await services.people.note_failure(user_id)
        await services.people.note(None, "sign_in_refused", f"user:{user_id}", address=address)
        raise ApiError(401, "wrong", "User or password are wrong")
    secret = await services.people.begin_session(
        user_id, expires_ms=services.now_ms() + SESSION_MS, address=address
    )
    await services.people.note(user_id, "sign_in", f"user:{user_id}", address=address)
    answer = JSONResponse(signed_in(person).model_dump(mode="json"))
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=SESSION_MS // 1000,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
        path="/",
    )
    return answer


@router.get("", responses=SIGN_IN_RESPONSES)
async def get_session(person: PersonDep) -> SignedIn:
    """Who is signed in."""
    return signed_in(person)


@router.delete("", status_code=204, responses=SIGN_IN_RESPONSES)
async def sign_out(
    services: ServicesDep, request: Request, person: Annotated[Person, Depends(person_of)]
) -> Response:
    """End the session."""
    secret = request.cookies.get(COOKIE)
    if secret is not None:
        await services.people.end_session(secret)
        await services.people.note(
            person.user_id, "sign_out", f"user:{person.user_id}", address=_address(request)
        )
    answer = Response(status_code=204)
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return answer


@router.get("/door")
async def get_door(services: ServicesDep) -> Door:
    """What the sign-in page needs to know."""
    return Door(has_users=bool(await services.people.users()), demo_user=services.demo_user)


def signed_in(person: Person) -> SignedIn:
    """Somebody as the page sees them."""
    districts = person.scope.district_ids
    return SignedIn(
        user_id=person.user_id,
        name=person.name,
        role=person.role,
        district_ids=None if districts is None else sorted(districts),
        permissions=[permission for permission in Permission if person.may(permission)],
    )


def _address(request: Request) -> str:
    return "" if request.client is None else request.client.host
