"""Backtests of stored history: the alerts of a capture's, and a difference that names what moved."""

import asyncio
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import psycopg
import pytest

from alerts.difference import Span
from alerts.finding import Finding
from alerts.ruleset import Ruleset
from domain.instant import to_rfc3339
from domain.registry import Registry, check
from domain.rule import RuleKind
from ingest.backtest import AS_JUDGED, BacktestResult, Scope, backtest, backtest_history
from ingest.backtest_files import write_alerts, write_changes
from ingest.backtest_shares import Judges
from simulators.simulate import simulate
from storage.history import History
from tests.haulwatch.test_commands import CLEAN
from tests.support.postgres import TestServer
from tests.support.stored_history import store_capture

HOURS = 40
VEHICLES = 8
START_MS = 1_780_000_000_000
HOUR_MS = 3_600_000

BY_DEVICE = Scope(rules=frozenset(RuleKind) - {RuleKind.SUSPECTED_DUMP_SITE})
"""What the fold of one device says; whatever stored this day has no step for what spans devices."""

Document = dict[str, Any]


class Stored(NamedTuple):
    """A simulated day and a half in a database, as it was judged."""

    dsn: str
    document: Document
    capture: Path
    until_ms: int

    @property
    def span(self) -> Span:
        return Span(from_ms=START_MS, to_ms=self.until_ms)


def judges(document: Document, version: int = 1) -> Judges:
    registry = check(json.dumps(document).encode())
    assert isinstance(registry, Registry), registry
    return Judges(registry=registry, version=version)


@pytest.fixture(scope="module")
def stored(postgres: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stored]:
    made = simulate(
        seed=11,
        hours=HOURS,
        vehicles=VEHICLES,
        out=tmp_path_factory.mktemp("day"),
        start_ms=START_MS,
        faults="realistic",
    )
    document = json.loads(made.registry.read_bytes())
    ruleset = Ruleset.build(judges(document).registry, version=1)
    with postgres.database() as dsn:
        until_ms = asyncio.run(store_capture(dsn, ruleset, made.capture))
        yield Stored(dsn, document, made.capture, until_ms)


@pytest.fixture(scope="module")
def whole(stored: Stored) -> BacktestResult:
    """All of it judged as it was judged, in one process."""
    return backtest_history(stored.dsn, stored.span, judges(stored.document), processes=1)


def changed(stored: Stored, change: Callable[[Document], None], **named: Any) -> BacktestResult:
    """What differs when a registry is changed."""
    other = json.loads(json.dumps(stored.document))
    change(other)
    return backtest_history(
        stored.dsn, stored.span, judges(other, 2), against=judges(stored.document), processes=1, **named
    )


def kinds(result: BacktestResult) -> Counter[tuple[str, str]]:
    assert result.changes is not None
    return Counter((str(one.alert.rule), one.kind.value) for one in result.changes)


def set_rule(document: Document, kind: str, **params: float) -> None:
    """Give a kind of rule other numbers, beside all others as they are."""
    rules = document.get("rules") or [{"id": one.value, "kind": one.value} for one in RuleKind]
    for rule in rules:
        if rule["kind"] == kind:
            rule["params"] = {**rule.get("params", {}), **params}
    document["rules"] = rules


def said(alerts: tuple[Finding, ...]) -> list[Finding]:
    return [one for one in alerts if one.withdrawn is None]


def test_history_gives_the_alerts_of_the_capture_it_came_from(stored: Stored, whole: BacktestResult):
    of_capture = backtest(judges(stored.document).registry, stored.capture, processes=1)
    expected = [one for one in said(of_capture.alerts) if one in stored.span]
    assert list(whole.alerts) == expected
    assert len({one.rule for one in expected}) > 5, "else this says nothing"
    assert whole.received + whole.warm_up == of_capture.stored - background_count(stored)


def background_count(stored: Stored) -> int:
    with psycopg.connect(stored.dsn) as connection:
        row = connection.execute("select count(*) from background").fetchone()
    assert row is not None
    return int(row[0])


def test_the_version_that_judged_live_differs_in_nothing_from_what_was_judged(stored: Stored):
    for from_ms in (START_MS, START_MS + 30 * HOUR_MS):
        span = Span(from_ms=from_ms, to_ms=stored.until_ms - 2 * HOUR_MS)
        result = backtest_history(
            stored.dsn, span, judges(stored.document), against=AS_JUDGED, scope=BY_DEVICE, processes=1
        )
        assert result.changes == ()
        assert result.before
        assert len(result.before) == len(result.alerts)


def test_the_middle_of_history_is_judged_as_if_all_before_it_had_been(stored: Stored, whole: BacktestResult):
    span = Span(from_ms=START_MS + 28 * HOUR_MS, to_ms=stored.until_ms)
    late = backtest_history(stored.dsn, span, judges(stored.document), processes=1)
    # what evidence quotes may lie farther back than judging began
    assert [shape(one) for one in late.alerts] == [shape(one) for one in whole.alerts if one in span]
    assert late.alerts
    assert 0 < late.warm_up < whole.received


def shape(alert: Finding) -> tuple[object, ...]:
    return (alert.id, alert.started_ms, alert.detected_ms, alert.ended_ms, alert.severity)


def test_two_processes_find_what_one_finds(stored: Stored, whole: BacktestResult):
    two = backtest_history(stored.dsn, stored.span, judges(stored.document), processes=2)
    assert two.alerts == whole.alerts
    assert two.received == whole.received


def test_a_moved_threshold_names_the_rule_it_belongs_to_and_no_other(stored: Stored):
    result = changed(stored, lambda document: set_rule(document, "unexpected_stop", stay_s=1500))
    assert {rule for rule, _ in kinds(result)} == {"unexpected_stop"}
    before, after = (
        Counter(str(one.rule) for one in alerts) for alerts in (result.before or (), result.alerts)
    )
    vanished = kinds(result)["unexpected_stop", "vanishes"]
    assert vanished == before["unexpected_stop"] - after["unexpected_stop"] > 0
    assert before - Counter(unexpected_stop=vanished) == after


def test_a_no_go_zone_that_is_taken_away_takes_its_alerts_with_it(stored: Stored):
    result = changed(stored, without_no_go)
    assert set(kinds(result)) == {("forbidden_zone", "vanishes")}
    vanished = [one.before for one in result.changes or ()]
    assert vanished == [one for one in result.before or () if one.rule == RuleKind.FORBIDDEN_ZONE]


def without_no_go(document: Document) -> None:
    document["zones"] = [zone for zone in document["zones"] if zone["kind"] != "no_go"]


def test_a_lowered_limit_raises_alerts_of_that_limit_alone(stored: Stored, whole: BacktestResult):
    lowered = next(one for one in whole.alerts if one.rule is RuleKind.DUST_EXCEEDANCE).subject.rpartition(
        "limit:"
    )[2]

    def lower(document: Document) -> None:
        for limit in document["limits"]:
            if limit["id"] == lowered:
                limit["limit"] *= 0.4

    result = changed(stored, lower)
    assert result.changes
    assert {one.alert.subject.rpartition("limit:")[2] for one in result.changes} == {lowered}
    assert len(result.alerts) > len(result.before or ())


def test_a_scope_looks_at_some_vehicles_companies_or_rules_only(stored: Stored, whole: BacktestResult):
    vehicle = stored.document["vehicles"][0]
    company_id = vehicle["company_id"]
    of_company = {one["id"] for one in stored.document["vehicles"] if one["company_id"] == company_id}

    def run(**scope: Any) -> BacktestResult:
        return backtest_history(
            stored.dsn,
            stored.span,
            judges(stored.document),
            against=AS_JUDGED,
            scope=Scope(**{name: frozenset(values) for name, values in scope.items()}),
            processes=1,
        )

    one = run(vehicle_ids=[vehicle["id"]])
    assert list(one.alerts) == [each for each in whole.alerts if each.vehicle_id == vehicle["id"]]
    assert one.received < whole.received
    fleet = run(company_ids=[company_id])
    assert list(fleet.alerts) == [each for each in whole.alerts if each.vehicle_id in of_company]
    ruled = run(rules=[RuleKind.SPEEDING])
    assert {each.rule for each in (*ruled.alerts, *(ruled.before or ()))} == {RuleKind.SPEEDING}
    with pytest.raises(ValueError, match="no vehicle V-none"):
        run(vehicle_ids=["V-none"])


def test_a_span_without_reports_says_when_there_are_some(stored: Stored):
    span = Span(from_ms=START_MS - 50 * HOUR_MS, to_ms=START_MS - 26 * HOUR_MS)
    with pytest.raises(ValueError, match=r"nothing is stored .*oldest stored report is of 2026"):
        backtest_history(stored.dsn, span, judges(stored.document), processes=1)


def test_a_backtest_leaves_alerts_and_their_changes_as_they_are(stored: Stored):
    before = fingerprint(stored.dsn)
    changed(stored, without_no_go)
    assert fingerprint(stored.dsn) == before


def fingerprint(dsn: str) -> list[Any]:
    tables = ("alerts", "alert_changes", "checkpoints", "positions", "dust", "late_work")
    with psycopg.connect(dsn) as connection:
        return [
            connection.execute(
                f"select count(*), md5(string_agg(t::text, '' order by t::text)) from {table} t"
            ).fetchone()
            for table in tables
        ]


def test_its_connection_cannot_write(stored: Stored):
    with History.open(stored.dsn) as history:
        assert history.heard()
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            history._connection.execute("delete from alerts")


@pytest.mark.parametrize("processes", [1, 2])
def test_one_that_is_broken_off_leaves_no_process_behind(stored: Stored, processes: int):
    def give_up(done: float, _reports: int) -> None:
        if done > 0.2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backtest_history(
            stored.dsn, stored.span, judges(stored.document), on_progress=give_up, processes=processes
        )
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_the_command_broken_off_leaves_neither_file_nor_process(
    stored: Stored, tmp_path: Path, sent: signal.Signals
):
    registry = tmp_path / "registry.json"
    registry.write_text(json.dumps(stored.document), encoding="utf-8")
    span = [f"--{name}={to_rfc3339(at)}" for name, at in (("from", START_MS), ("to", stored.until_ms))]
    out = tmp_path / "alerts.ndjson"
    process = subprocess.Popen(
        [sys.executable, "-m", "haulwatch", "backtest", *span, f"--ruleset={registry}", f"--alerts={out}"],
        env={**CLEAN, "HAULWATCH_DATABASE_URL": stored.dsn},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    children = wait_for_children(psutil.Process(process.pid))
    if sent is signal.SIGINT:
        os.killpg(process.pid, sent)  # as a terminal sends it
    else:
        process.send_signal(sent)
    _, said = process.communicate(timeout=120)
    assert process.returncode != 0
    if sent is signal.SIGINT:
        assert "Traceback" not in said, said
    _, alive = psutil.wait_procs(children, timeout=120)
    assert alive == []
    assert [path.name for path in tmp_path.iterdir()] == ["registry.json"]


def wait_for_children(process: psutil.Process) -> list[psutil.Process]:
    """The other share's process and what watches over it, as soon as they are there."""
    deadline_s = time.monotonic() + 30
    while time.monotonic() < deadline_s:
        children = process.children(recursive=True)
        if any("spawn_main" in " ".join(one.cmdline()) for one in children):
            return children
        time.sleep(0.05)
    raise AssertionError("no second process was started")


def test_progress_goes_from_nothing_to_all_and_counts_every_report(stored: Stored):
    heard: list[tuple[float, int]] = []
    result = backtest_history(
        stored.dsn,
        stored.span,
        judges(stored.document),
        on_progress=lambda done, reports: heard.append((done, reports)),
        processes=1,
    )
    shares = [done for done, _ in heard]
    assert shares == sorted(shares)
    assert shares[0] < 0.05
    assert heard[-1] == (1.0, result.received + result.warm_up)


def test_the_files_hold_the_alerts_and_what_became_of_each(stored: Stored, tmp_path: Path):
    result = changed(stored, without_no_go)
    write_alerts(tmp_path / "alerts.ndjson", result.alerts, ruleset_version=2)
    write_changes(tmp_path / "difference.ndjson", result.changes or (), result.companies, versions=(1, 2))
    alerts = [json.loads(line) for line in (tmp_path / "alerts.ndjson").read_bytes().splitlines()]
    assert {line["ruleset_version"] for line in alerts} == {2}
    assert len(alerts) == len(result.alerts)
    lines = [json.loads(line) for line in (tmp_path / "difference.ndjson").read_bytes().splitlines()]
    assert len(lines) == len(result.changes or ())
    company_of = {one["id"]: one["company_id"] for one in stored.document["vehicles"]}
    for line in lines:
        assert line["change"] == "vanishes"
        assert line["after"] is None
        assert line["before"]["ruleset_version"] == 1
        assert line["company_id"] == company_of[line["before"]["vehicle_id"]]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["alerts.ndjson", "difference.ndjson"]


def test_a_stored_alert_stands_in_the_difference_as_it_is_stored(stored: Stored, tmp_path: Path):
    other = json.loads(json.dumps(stored.document))
    without_no_go(other)
    result = backtest_history(
        stored.dsn, stored.span, judges(other, 2), against=AS_JUDGED, scope=BY_DEVICE, processes=1
    )
    write_changes(tmp_path / "difference.ndjson", result.changes or (), {}, versions=(0, 2))
    lines = [json.loads(line) for line in (tmp_path / "difference.ndjson").read_bytes().splitlines()]
    assert {line["before"]["rule"] for line in lines} == {"forbidden_zone"}
    with psycopg.connect(stored.dsn) as connection:
        stored_ids = {
            str(row[0])
            for row in connection.execute(
                "select id from alerts where rule = 'forbidden_zone' and withdrawn is null"
            )
        }
    assert {line["before"]["id"] for line in lines} == stored_ids
