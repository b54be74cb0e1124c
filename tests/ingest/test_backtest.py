"""The backtest: any order of arrival, one process or two, the same alerts; and the account ties."""

import gzip
import json
import random
from pathlib import Path

import pytest

from domain.capture import Captured, encode_captured
from domain.registry import Registry, check
from ingest.backtest import BacktestResult, backtest
from ingest.backtest_files import write_alerts
from tests.end_to_end.fleet import messages, registry_document

TRUCKS, FIXES = 6, 150


def registry() -> Registry:
    checked = check(registry_document(TRUCKS))
    assert isinstance(checked, Registry)
    return checked


@pytest.fixture(scope="module")
def captured() -> list[Captured]:
    return messages(TRUCKS, FIXES)


def run(tmp_path: Path, captured: list[Captured], *, processes: int = 1) -> BacktestResult:
    path = tmp_path / "capture.ndjson.gz"
    path.write_bytes(gzip.compress(b"".join(encode_captured(one) for one in captured)))
    result = backtest(registry(), path, processes=processes)
    write_alerts(tmp_path / "alerts.ndjson", result.alerts, ruleset_version=1)
    return result


def test_the_account_ties(tmp_path: Path, captured: list[Captured]) -> None:
    result = run(tmp_path, captured)
    assert result.received == len(captured) == result.stored + result.rejected + result.duplicate
    assert result.rejected > 0
    assert result.duplicate == 0


def test_the_file_has_one_line_an_alert_ordered_by_start_rule_and_subject(
    tmp_path: Path, captured: list[Captured]
) -> None:
    result = run(tmp_path, captured)
    lines = [json.loads(line) for line in (tmp_path / "alerts.ndjson").read_bytes().splitlines()]
    assert [line["id"] for line in lines] == [str(one.id) for one in result.alerts]
    keys = [(line["started_at"], line["rule"]) for line in lines]
    assert keys == sorted(keys)
    assert {line["rule"] for line in lines} == {"speeding", "forbidden_zone", "device_silent"} & {
        line["rule"] for line in lines
    }


def test_two_processes_find_what_one_finds(tmp_path: Path, captured: list[Captured]) -> None:
    one, two = run(tmp_path, captured), run(tmp_path, captured, processes=2)
    assert one.alerts == two.alerts
    assert (one.received, one.stored, one.rejected) == (two.received, two.stored, two.rejected)


def test_the_order_of_arrival_changes_no_alert(
    tmp_path: Path, captured: list[Captured], monkeypatch: pytest.MonkeyPatch
) -> None:
    in_order = run(tmp_path, captured)
    # Small chunks, so that older reports turn up after newer ones were judged.
    monkeypatch.setattr("ingest.backtest_capture.CHUNK", 50)
    shuffled = list(captured)
    random.Random(4).shuffle(shuffled)
    result = run(tmp_path, shuffled + shuffled[:200])
    assert result.alerts == in_order.alerts
    assert (result.stored, result.received) == (in_order.stored, in_order.received + 200)
    assert result.duplicate + result.rejected == in_order.rejected + 200


def test_a_bad_line_is_named_by_either_process(tmp_path: Path) -> None:
    path = tmp_path / "capture.ndjson"
    path.write_bytes(b"{}\n")
    for processes in (1, 2):
        with pytest.raises(ValueError, match="line 1"):
            backtest(registry(), path, processes=processes)
