"""Who asks: by the session's cookie or by a bearer token; and what they may.

The cookie is http-only and same-site; a request that changes something, and a stream, must also come from
a page of ours. A token is sent by programs, which no other site can make do so.
"""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends
from fastapi.security import APIKeyCookie, HTTPBearer
from starlette.requests import HTTPConnection

from api.deps import Services, services
from api.errors import ApiError
from domain.person import Permission, Person
from storage.people import TOKEN_PREFIX
from storage.scoped import Scoped

COOKIE = "haulwatch_session"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

# For the OpenAPI document alone: who asks is found below, and refused in the one shape of errors.
cookie_scheme = APIKeyCookie(name=COOKIE, auto_error=False, description="The session that signing in begins")
bearer_scheme = HTTPBearer(auto_error=False, description="An API token")


async def person_of(connection: HTTPConnection, found: Annotated[Services, Depends(services)]) -> Person:
    """Who asks; raises ApiError 401 where nobody is signed in, 403 where another site's page asks."""
    scheme, _, secret = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and secret.startswith(TOKEN_PREFIX):
        person = await found.people.of_token(secret.strip())
        if person is None:
            raise ApiError(401, "token_unusable", "The token is unknown, has expired or was revoked")
        return person
    cookie = connection.cookies.get(COOKIE)
    person = await found.people.of_session(cookie) if cookie else None
    if person is None:
        raise ApiError(401, "not_signed_in", "Sign in first")
    if not is_own_page(connection):
        raise ApiError(403, "other_site", "This request came from a page of another site")
    return person


def is_own_page(connection: HTTPConnection) -> bool:
    """Tell whether what asks with a cookie is our own page, or asks for nothing that changes anything."""
    if connection.scope["type"] == "http" and connection.scope["method"] in SAFE:
        return True
    origin = connection.headers.get("origin")
    if origin is None:
        return connection.headers.get("sec-fetch-site", "none") in {"same-origin", "none"}
    return urlsplit(origin).netloc == connection.headers.get("host")


PersonDep = Annotated[Person, Depends(person_of)]


async def _scoped(person: PersonDep, found: Annotated[Services, Depends(services)]) -> Scoped:
    if person.scope.district_ids is not None:
        await found.registry.in_force()
    return Scoped(found.store, person.scope, lambda: found.registry.districts)


ScopedDep = Annotated[Scoped, Depends(_scoped)]
"""Everything that the asking person may see; routes read through it and nothing else."""


async def sees_everything(person: PersonDep) -> Person:
    """Let those pass who may see every district; raises ApiError 403."""
    if person.scope.district_ids is not None:
        raise ApiError(403, "scope", "This is for those who may see every district")
    return person


class Needs:
    """A dependency that lets those pass whose role has a permission; raises ApiError 403."""

    def __init__(self, permission: Permission) -> None:
        self._permission = permission

    async def __call__(self, person: PersonDep) -> Person:
        """The person, who may."""
        if not person.may(self._permission):
            raise ApiError(403, "role", f"This needs the permission to {self._permission.value}")
        return person


HandlerDep = Annotated[Person, Depends(Needs(Permission.HANDLE))]
TunerDep = Annotated[Person, Depends(Needs(Permission.TUNE))]
AdministratorDep = Annotated[Person, Depends(Needs(Permission.ADMINISTER))]
