"""`haulwatch evidence` and `haulwatch verify`: a file written from the database, checked without one."""

import asyncio
import json
import uuid
from pathlib import Path

from domain.rule import RuleKind
from scripts.rule_pictures.catalogue import CASES
from storage.people import People
from storage.store import Store
from tests.haulwatch.test_commands import haulwatch
from tests.support.stored_worlds import alert_of, store_side


def stored(database: str) -> str:
    async def run() -> str:
        store = await Store.connect(database)
        try:
            await store_side(store, CASES[RuleKind.OFF_ROUTE]().flagged)
            return str((await alert_of(store, RuleKind.OFF_ROUTE)).id)
        finally:
            await store.close()

    return asyncio.run(run())


def audited(database: str) -> dict:
    async def run() -> dict:
        store = await Store.connect(database)
        try:
            return json.loads((await People(store).audit(limit=1))[0].detail)
        finally:
            await store.close()

    return asyncio.run(run())


def test_a_bundle_is_written_verified_and_found_out_when_changed(database: str, tmp_path: Path):
    file = tmp_path / "case.zip"
    arguments = ("evidence", stored(database), "--out", str(file), "--lang", "en")
    made = haulwatch(*arguments, environ={"HAULWATCH_DATABASE_URL": database})
    assert made.returncode == 0, made.stderr
    number = audited(database)["number"]
    assert number in made.stdout

    verified = haulwatch("verify", str(file))
    assert (verified.returncode, verified.stderr) == (0, "")
    assert verified.stdout.startswith("Verified:")
    assert number in verified.stdout

    content = bytearray(file.read_bytes())
    content[content.index(b'"speed_kmh"') + 13] ^= 1
    file.write_bytes(content)
    changed = haulwatch("verify", str(file), "--json")
    assert changed.returncode == 1
    told = json.loads(changed.stdout)
    assert told["outcome"] == "altered"
    assert "positions.ndjson" in told["reasons"][0]


def test_an_alert_that_is_not_there_has_no_bundle(database: str, tmp_path: Path):
    file = tmp_path / "none.zip"
    arguments = ("evidence", str(uuid.UUID(int=1)), "--out", str(file))
    made = haulwatch(*arguments, environ={"HAULWATCH_DATABASE_URL": database})
    assert (made.returncode, made.stderr) == (
        1,
        f"haulwatch: there is no alert {uuid.UUID(int=1)}\n",
    )
    assert not file.exists()
