"""Users, sessions, API tokens and the audit log. What opens a door is kept as a hash alone."""

import hashlib
import secrets
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from domain.identifiers import DistrictId
from domain.instant import HOUR_MS
from domain.person import MAY, Person, Role, Scope
from storage.verbs import Verbs

SESSION_MS = 12 * HOUR_MS
"""A session lasts as long as a shift."""

TOKEN_PREFIX = "hw_"  # noqa: S105 -- how tokens begin, so that one is told from a session

_hasher = PasswordHasher()


def _of_no_password(hasher: PasswordHasher) -> str:
    """A hash that takes as long to verify as any other; made of random bytes, as hashing would slow every command."""
    salt, hashed = (
        b64encode(secrets.token_bytes(length)).decode().rstrip("=")
        for length in (hasher.salt_len, hasher.hash_len)
    )
    costs = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${costs}${salt}${hashed}"


# Verified where there is no such user, so that the time of an answer does not tell who exists.
_NOBODY = _of_no_password(_hasher)


class UserRow(msgspec.Struct, frozen=True, kw_only=True):
    """A user as the administrator sees one."""

    id: str
    name: str
    role: Role
    district_ids: tuple[str, ...] | None
    unit: str | None
    disabled: bool
    locked: bool
    created_ms: int


class TokenRow(msgspec.Struct, frozen=True, kw_only=True):
    """An API token, without the secret, which was shown once."""

    id: int
    name: str
    user_id: str
    role: Role
    district_ids: tuple[str, ...] | None
    created_ms: int
    expires_ms: int
    revoked_ms: int | None
    used_ms: int | None


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that somebody did."""

    id: int
    at_ms: int
    user_id: str | None
    act: str
    subject: str
    detail: str
    address: str


class SignInRefused(Exception):  # noqa: N818 -- says what happened
    """Not let in: "wrong" (which of the two is not said), or "locked" with the seconds left."""

    def __init__(self, code: str, *, locked_s: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.locked_s = locked_s


def hash_password(password: str) -> str:
    """An argon2id hash; takes some tens of milliseconds and is not for the event loop."""
    return _hasher.hash(password)


def is_password(password_hash: str, password: str) -> bool:
    """Tell whether a password is the one of a hash; as slow as hashing."""
    try:
        return _hasher.verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def digest(secret: str) -> bytes:
    """What is kept of a random secret."""
    return hashlib.sha256(secret.encode()).digest()


class People(Verbs):
    """The users of one database. Raises the errors of `storage.errors` only, and its own where it says so."""

    QUERIES = "people"

    async def password_hash(self, user_id: str, *, now_ms: int) -> str:
        """The hash to verify a sign-in with, of nobody where there is no such user; raises SignInRefused while locked."""
        rows = await self._fetch("user", user_id)
        if not rows or rows[0]["disabled"]:
            return _NOBODY
        locked_ms = rows[0]["locked_until_ms"]
        if locked_ms is not None and locked_ms > now_ms:
            raise SignInRefused("locked", locked_s=-(-(locked_ms - now_ms) // 1000))
        return str(rows[0]["password_hash"])

    async def note_failure(self, user_id: str) -> None:
        """Count a wrong password towards locking."""
        await self._fetch("note_failure", user_id)

    async def begin_session(self, user_id: str, *, expires_ms: int, address: str) -> str:
        """Let a user in; gives the secret of the session."""
        secret = secrets.token_urlsafe(32)
        await self._fetch("note_success", user_id)
        await self._fetch("begin_session", digest(secret), user_id, expires_ms, address)
        return secret

    async def end_session(self, secret: str) -> None:
        """Sign out."""
        await self._fetch("end_session", digest(secret))

    async def end_sessions_of(self, user_id: str) -> None:
        """Sign a user out everywhere."""
        await self._fetch("end_sessions_of", user_id)

    async def of_session(self, secret: str) -> Person | None:
        """Who is signed in with a session, None if nobody is."""
        rows = await self._fetch("session", digest(secret))
        return _person(rows[0]) if rows else None

    async def of_token(self, secret: str) -> Person | None:
        """Whom a token stands for: never more than its owner may now."""
        rows = await self._fetch("token", digest(secret))
        if not rows:
            return None
        row = rows[0]
        token, owner = _person(row), Role(row["user_role"])
        role = token.role if MAY[token.role] <= MAY[owner] else Role.VIEWER
        scope = token.scope.narrower(_scope(row["user_district_ids"]))
        return msgspec.structs.replace(token, role=role, scope=scope)

    async def user(self, user_id: str) -> Person | None:
        """A user by id, disabled ones left out."""
        rows = await self._fetch("user", user_id)
        return _person(rows[0]) if rows and not rows[0]["disabled"] else None

    async def unit_of(self, user_id: str) -> str | None:
        """Whose cases are a user's too; None for nobody's."""
        rows = await self._fetch("unit_of", user_id)
        return rows[0]["unit"] if rows else None

    async def set_unit(self, user_id: str, unit: str | None) -> None:
        """Say whose cases are a user's too; None for nobody's."""
        await self._fetch("set_unit", user_id, unit)

    async def users(self) -> Sequence[UserRow]:
        """All users by id."""
        return [
            UserRow(**{**row, "role": Role(row["role"]), "district_ids": _ids(row["district_ids"])})
            for row in await self._fetch("users")
        ]

    async def administrators(self) -> int:
        """How many administrators can sign in."""
        return int((await self._fetch("count_administrators"))[0]["count"])

    async def add_user(
        self, user_id: str, *, name: str, role: Role, district_ids: Sequence[str] | None, password_hash: str
    ) -> bool:
        """Add a user; False where the id is taken."""
        districts = None if district_ids is None else list(district_ids)
        return bool(await self._fetch("add_user", user_id, name, role, districts, password_hash))

    async def change_user(
        self, user_id: str, *, name: str, role: Role, district_ids: Sequence[str] | None, disabled: bool
    ) -> bool:
        """Change a user, and sign them out everywhere where they are disabled; False where there is none."""
        districts = None if district_ids is None else list(district_ids)
        found = bool(await self._fetch("change_user", user_id, name, role, districts, disabled))
        if disabled:
            await self.end_sessions_of(user_id)
        return found

    async def set_password(self, user_id: str, password_hash: str) -> bool:
        """Give a user another password and end their sessions; False where there is none."""
        found = bool(await self._fetch("set_password", user_id, password_hash))
        await self.end_sessions_of(user_id)
        return found

    async def add_token(
        self, *, name: str, user_id: str, role: Role, district_ids: Sequence[str] | None, expires_ms: int
    ) -> tuple[int, str]:
        """Make a token; gives its number and its secret, which is kept nowhere."""
        secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
        districts = None if district_ids is None else list(district_ids)
        rows = await self._fetch("add_token", digest(secret), name, user_id, role, districts, expires_ms)
        return int(rows[0]["id"]), secret

    async def tokens(self) -> Sequence[TokenRow]:
        """All tokens, newest first."""
        return [
            TokenRow(**{**row, "role": Role(row["role"]), "district_ids": _ids(row["district_ids"])})
            for row in await self._fetch("tokens")
        ]

    async def revoke_token(self, token_id: int) -> bool:
        """Let a token open nothing more; False where there is none."""
        return bool(await self._fetch("revoke_token", token_id))

    async def note(
        self, user_id: str | None, act: str, subject: str, *, detail: object = None, address: str = ""
    ) -> None:
        """Add to the audit log."""
        text = msgspec.json.encode({} if detail is None else detail).decode()
        await self._fetch("note_audit", user_id, act, subject, text, address)

    async def audit(self, *, limit: int = 100, before: int | None = None) -> Sequence[AuditRow]:
        """The audit log, newest first."""
        return [AuditRow(**row) for row in await self._fetch("audit", before, limit)]


def _person(row: Mapping[str, Any]) -> Person:
    return Person(
        user_id=row["id"], name=row["name"], role=Role(row["role"]), scope=_scope(row["district_ids"])
    )


def _scope(district_ids: Sequence[str] | None) -> Scope:
    return Scope(None if district_ids is None else frozenset(DistrictId(one) for one in district_ids))


def _ids(district_ids: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if district_ids is None else tuple(district_ids)
