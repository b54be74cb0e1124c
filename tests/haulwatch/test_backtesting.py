"""`haulwatch backtest` as a person meets it: versions by number, files, tables, and what cannot be done."""

import asyncio
import json
import subprocess
import time
from pathlib import Path

import pytest

from alerts.ruleset import Ruleset
from domain.instant import to_rfc3339
from domain.registry import Registry, check
from ingest.known import known_devices
from ingest.wire import DEFAULT_PREFIX, decode
from storage.batch import Batch
from storage.store import Store
from tests.end_to_end.fleet import messages, registry_document, write_capture
from tests.haulwatch.test_commands import haulwatch

TRUCKS, FIXES = 4, 200


def documents() -> tuple[bytes, bytes]:
    """A registry, and the same without its limit of 60 km/h."""
    document = registry_document(TRUCKS)
    return document, document.replace(b'"speed_limit_kmh": 60', b'"speed_limit_kmh": 100')


@pytest.fixture
def fleet(database: str) -> str:
    """A database in which a small fleet has driven until just now, under version 1; version 2 came after."""
    registry = check(documents()[0])
    assert isinstance(registry, Registry)
    known = known_devices(Ruleset.build(registry, version=1), DEFAULT_PREFIX)
    positions = [
        position
        for one in messages(TRUCKS, FIXES)
        for position in decode(one.topic, one.payload, one.received_ms, known).positions
    ]

    async def store() -> None:
        store = await Store.connect(database)
        try:
            await store.commit(Batch(positions=tuple(positions)))
            for document in documents():
                await store.save_registry(document, author="test", effective_from_ms=0)
        finally:
            await store.close()

    asyncio.run(store())
    return database


def backtest(dsn: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return haulwatch("backtest", *arguments, environ={"HAULWATCH_DATABASE_URL": dsn})


def hours_ago(hours: float) -> str:
    return to_rfc3339(int((time.time() - hours * 3600) * 1000))


def test_two_versions_are_compared_on_tables_and_in_a_file(fleet: str, tmp_path: Path):
    alerts, difference = tmp_path / "alerts.ndjson", tmp_path / "difference.ndjson"
    done = backtest(
        fleet, "--from", hours_ago(2), "--ruleset", "2", "--against", "1",
        "--alerts", str(alerts), "--difference", str(difference),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "before: version 1; after: version 2" in done.stdout
    lines = [json.loads(line) for line in difference.read_bytes().splitlines()]
    assert {(line["change"], line["before"]["rule"]) for line in lines} == {("vanishes", "speeding")}
    assert all(line["after"] is None for line in lines)
    table = next(line for line in done.stdout.splitlines() if "speeding" in line)
    assert [cell.strip() for cell in table.split("│")[2:7]] == [str(len(lines)), "", "", str(len(lines)), ""]
    rules = {json.loads(line)["rule"] for line in alerts.read_bytes().splitlines()}
    assert "forbidden_zone" in rules
    assert "speeding" not in rules


def test_a_file_is_tried_before_it_is_loaded_and_compared_with_what_was_judged(fleet: str, tmp_path: Path):
    tried = tmp_path / "tried.json"
    tried.write_bytes(documents()[0])
    done = backtest(
        fleet, "--from", hours_ago(2), "--ruleset", str(tried), "--against", "as-judged", "--rule", "speeding"
    )
    assert done.returncode == 0, done.stderr
    assert f"before: as judged; after: {tried}" in done.stdout
    row = next(line for line in done.stdout.splitlines() if "speeding" in line)
    _, before, after, appear, *_ = (cell.strip() for cell in row.split("│")[1:-1])
    assert (before, after) == ("", appear), "nothing was judged live in this database"
    assert "forbidden_zone" not in done.stdout


def test_a_capture_is_compared_by_two_files(tmp_path: Path):
    capture = tmp_path / "capture.ndjson"
    write_capture(capture, messages(TRUCKS, FIXES))
    files = [tmp_path / "one.json", tmp_path / "two.json"]
    for file, document in zip(files, documents(), strict=True):
        file.write_bytes(document)
    done = haulwatch(
        "backtest", "--registry", str(files[1]), "--input", str(capture), "--against", str(files[0])
    )
    assert done.returncode == 0, done.stderr
    assert f"before: {files[0]}; after: {files[1]}" in done.stdout
    row = next(line for line in done.stdout.splitlines() if "speeding" in line)
    _, before, after, appear, vanish, change = (cell.strip() for cell in row.split("│")[1:-1])
    assert (before, after, appear, change) == (vanish, "", "", "")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        pytest.param(["--from", "2h"], 2, "either --registry and --input", id="half a question"),
        pytest.param(["--from", "2h", "--ruleset", "7"], 1, "there are the versions 1 to 2", id="no version"),
        pytest.param(["--from", "2h", "--ruleset", "no.json"], 2, "neither a version's number", id="no file"),
        pytest.param(["--from", "soon", "--ruleset", "1"], 2, "neither a day", id="no instant"),
        pytest.param(["--from", "2999-01-01", "--ruleset", "1"], 2, "has not come yet", id="to come"),
        pytest.param(
            ["--from", "2h", "--to", "2020-01-01", "--ruleset", "1"], 2, "must come after", id="backwards"
        ),
        pytest.param(
            ["--from", "2020-01-01", "--ruleset", "1"],
            1,
            "HAULWATCH_RETENTION_REPORTS_DAYS",
            id="older than what is kept",
        ),
        pytest.param(
            ["--from", "90h", "--to", "80h", "--ruleset", "1"], 1, "oldest stored report is of", id="empty"
        ),
        pytest.param(
            ["--from", "2h", "--ruleset", "1", "--difference", "d.ndjson"],
            2,
            "needs --against",
            id="no other",
        ),
        pytest.param(
            ["--from", "2h", "--ruleset", "1", "--alerts", "/none/a.ndjson"], 1, "no directory", id="nowhere"
        ),
        pytest.param(
            ["--from", "2h", "--ruleset", "1", "--vehicle", "V99"], 1, "no vehicle V99", id="no vehicle"
        ),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(fleet: str, arguments: list[str], code: int, said: str):
    asked = [hours_ago(float(one[:-1])) if one in ("2h", "80h", "90h") else one for one in arguments]
    done = backtest(fleet, *asked)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
