"""Users, sessions and tokens on a real database."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from domain.person import Permission, Person, Role, Scope
from runtime.clock import now_ms
from storage.people import SESSION_MS, People, SignInRefused, hash_password, is_password
from storage.store import Store

HASH = hash_password("correct horse")


@pytest_asyncio.fixture
async def people(database: str) -> AsyncIterator[People]:
    store = await Store.connect(database)
    yield People(store)
    await store.close()


async def add(people: People, user_id: str = "li", role: Role = Role.DISPATCHER, districts=None) -> None:
    assert await people.add_user(user_id, name="李", role=role, district_ids=districts, password_hash=HASH)


async def session(people: People, user_id: str = "li") -> str:
    return await people.begin_session(user_id, expires_ms=now_ms() + SESSION_MS, address="10.0.0.1")


async def test_a_session_tells_who_is_signed_in_until_it_ends(people: People) -> None:
    await add(people, districts=["D1"])
    secret = await session(people)
    found = await people.of_session(secret)
    assert found == Person(user_id="li", name="李", role=Role.DISPATCHER, scope=Scope(frozenset({"D1"})))
    await people.end_session(secret)
    assert await people.of_session(secret) is None
    assert await people.of_session("made up") is None


async def test_a_session_that_has_expired_opens_nothing(people: People) -> None:
    await add(people)
    secret = await people.begin_session("li", expires_ms=now_ms() - 1, address="")
    assert await people.of_session(secret) is None


async def test_a_disabled_user_is_signed_out_and_cannot_come_back(people: People) -> None:
    await add(people)
    secret = await session(people)
    await people.change_user("li", name="李", role=Role.DISPATCHER, district_ids=None, disabled=True)
    assert await people.of_session(secret) is None
    assert not is_password(await people.password_hash("li", now_ms=now_ms()), "correct horse")


async def test_a_new_password_ends_the_sessions_of_before(people: People) -> None:
    await add(people)
    secret = await session(people)
    assert await people.set_password("li", hash_password("another one"))
    assert await people.of_session(secret) is None
    assert is_password(await people.password_hash("li", now_ms=now_ms()), "another one")


async def test_an_unknown_user_and_a_known_one_are_verified_alike(people: People) -> None:
    stored = await people.password_hash("nobody", now_ms=now_ms())
    costs = hash_password("x").rsplit("$", 2)[0]
    assert costs.startswith("$argon2id$")
    assert stored.rsplit("$", 2)[0] == costs
    assert len(stored) == len(hash_password("x"))
    assert not is_password(stored, "correct horse")


async def test_five_failures_lock_for_a_minute_and_a_success_forgets_them(people: People) -> None:
    await add(people)
    for _ in range(4):
        await people.note_failure("li")
    await people.password_hash("li", now_ms=now_ms())
    await people.note_failure("li")
    with pytest.raises(SignInRefused, match="locked") as refused:
        await people.password_hash("li", now_ms=now_ms())
    assert 59 <= refused.value.locked_s <= 61
    assert await people.password_hash("li", now_ms=now_ms() + 61_000) == HASH
    await session(people)
    await people.note_failure("li")
    assert await people.password_hash("li", now_ms=now_ms()) == HASH


async def test_a_token_opens_what_it_says_until_it_is_revoked(people: People) -> None:
    await add(people, role=Role.ADMINISTRATOR)
    number, secret = await people.add_token(
        name="city platform",
        user_id="li",
        role=Role.VIEWER,
        district_ids=["D2"],
        expires_ms=now_ms() + 60_000,
    )
    found = await people.of_token(secret)
    assert found is not None
    assert (found.role, found.scope) == (Role.VIEWER, Scope(frozenset({"D2"})))
    assert not found.may(Permission.HANDLE)
    assert await people.revoke_token(number)
    assert await people.of_token(secret) is None


async def test_a_token_never_opens_more_than_its_owner_may_now(people: People) -> None:
    await add(people, role=Role.ADMINISTRATOR)
    _, secret = await people.add_token(
        name="all", user_id="li", role=Role.ADMINISTRATOR, district_ids=None, expires_ms=now_ms() + 60_000
    )
    await people.change_user("li", name="李", role=Role.VIEWER, district_ids=["D1"], disabled=False)
    found = await people.of_token(secret)
    assert found is not None
    assert (found.role, found.scope) == (Role.VIEWER, Scope(frozenset({"D1"})))


async def test_a_taken_id_is_not_taken_again(people: People) -> None:
    await add(people)
    assert not await people.add_user(
        "li", name="other", role=Role.VIEWER, district_ids=None, password_hash=HASH
    )
    assert [user.name for user in await people.users()] == ["李"]
    assert await people.administrators() == 0


async def test_the_audit_log_cannot_be_rewritten(people: People, database: str) -> None:
    await people.note("li", "sign_in", "user:li", detail={"from": "页面"}, address="10.0.0.1")
    connection = await asyncpg.connect(database)
    try:
        for statement in ("update audit set act = 'x'", "delete from audit"):
            with pytest.raises(asyncpg.PostgresError, match="never changed"):
                await connection.execute(statement)
    finally:
        await connection.close()
    (row,) = await people.audit()
    assert (row.user_id, row.act, row.detail) == ("li", "sign_in", '{"from":"页面"}')


async def test_secrets_are_not_in_the_database(people: People, database: str) -> None:
    await add(people)
    secret = await session(people)
    connection = await asyncpg.connect(database)
    try:
        row = await connection.fetchrow("select * from sessions")
        assert secret not in str(dict(row))
    finally:
        await connection.close()
    await asyncio.sleep(0)
