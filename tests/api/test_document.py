"""What the OpenAPI document says is so: whatever is asked, by its rules or against them, is answered as it says."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from structlog.testing import capture_logs

from api.app import openapi_document
from domain.person import Person, Role, Scope
from runtime.clock import now_ms
from runtime.metrics import Metrics
from storage.people import People
from storage.store import Store
from tests.api.serving import make_app, serve, sign_in
from tests.api.test_scope import MARK, two_districts
from tests.support.postgres import TestServer

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def without_tuples(part: Any) -> Any:
    """The document with tuples as lists: what checks answers here reads a tuple by an older draft and refuses it."""
    if isinstance(part, list):
        return [without_tuples(each) for each in part]
    if not isinstance(part, dict):
        return part
    plain = {name: without_tuples(each) for name, each in part.items()}
    return plain | {"items": {"anyOf": kinds}} if (kinds := plain.pop("prefixItems", None)) else plain


EXAMPLES = max(2, settings.default.max_examples // 10)
OPERATIONS = {
    found.ok().label: found.ok()
    for found in schemathesis.openapi.from_dict(without_tuples(openapi_document())).get_all_operations()
}
WHO = {
    "administrator": Person(user_id="boss", name="Boss", role=Role.ADMINISTRATOR),
    "dispatcher": Person(user_id="desk", name="Desk", role=Role.DISPATCHER, scope=Scope(frozenset({MARK}))),
}


class Served(Struct):
    """The running service: where, what is there by the names of path parameters, and who asks with which header."""

    url: str
    known: dict[str, object]
    headers: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def served(postgres: TestServer) -> Iterator[Served]:
    # What goes wrong is told by the answer; telling it with all its values as well takes a minute each.
    with capture_logs(), postgres.database() as dsn, in_a_thread(dsn) as served:
        yield served


@contextmanager
def in_a_thread(dsn: str) -> Iterator[Served]:
    """The service over a database with two districts, in a loop of its own: what asks here is synchronous."""
    begun: Future[Served] = Future()
    loop, is_over = asyncio.new_event_loop(), asyncio.Event()

    async def run() -> None:
        store = await Store.connect(dsn)
        known = await two_districts(store)
        headers = {name: await token(store, person) for name, person in WHO.items()}
        async with serve(make_app(store, metrics=Metrics())) as url:
            begun.set_result(Served(url, known, headers))
            await is_over.wait()
        await store.close()

    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(loop.run_until_complete, run())
        wait({begun, running}, return_when=FIRST_COMPLETED)
        if running.done():
            running.result()
        yield begun.result()
        loop.call_soon_threadsafe(is_over.set)
        running.result()
    loop.close()


async def token(store: Store, person: Person) -> dict[str, str]:
    """Headers that nothing asked here can end, as signing out would end a session."""
    await sign_in(store, person)
    ids = person.scope.district_ids
    _, secret = await People(store).add_token(
        name="test",
        user_id=person.user_id,
        role=person.role,
        district_ids=None if ids is None else sorted(ids),
        expires_ms=now_ms() + 3_600_000,
    )
    return {"authorization": f"Bearer {secret}"}


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("label", OPERATIONS)
def test_every_answer_is_one_that_the_document_describes(served: Served, label: str, who: str):
    operation = OPERATIONS[label]
    cases = st.one_of(operation.as_strategy(generation_mode=mode) for mode in GenerationMode)

    with requests.Session() as session:

        @settings(max_examples=EXAMPLES)
        @given(case=cases, is_known=st.booleans())
        def ask(case: Case, is_known: bool) -> None:
            if is_known:
                case.path_parameters |= {
                    name: str(served.known.get(name, value)) for name, value in case.path_parameters.items()
                }
            case.call_and_validate(
                base_url=served.url, session=session, headers=served.headers[who], checks=CHECKS
            )

        ask()
