"""What `backtest` does around the fold: which registry judges what, files out, and what is said of it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple
from zoneinfo import ZoneInfo

from alerts.difference import Span
from domain.instant import DAY_MS
from domain.localtime import local_rfc3339
from domain.registry import Registry
from domain.rule import RuleKind
from haulwatch.difference_tables import print_alerts, print_difference
from haulwatch.problem import USAGE, CommandError
from haulwatch.progress import rate_bar
from haulwatch.registries import parse_registry, read_registry
from haulwatch.startup import begin, database
from haulwatch.written_times import instant_typed
from runtime.clock import now_ms

if TYPE_CHECKING:
    from ingest.backtest import BacktestResult, Judges
    from storage.history import History

AS_JUDGED: Literal["as-judged"] = "as-judged"


class Outputs(NamedTuple):
    """Where alerts and their difference are written, if anywhere."""

    alerts: Path | None
    difference: Path | None


def run_on_capture(registry_path: Path, capture: Path, against: str | None, outputs: Outputs) -> None:
    """Judge a capture by a registry file, and by another one if it is to be compared."""
    from ingest.backtest import backtest
    from ingest.backtest_shares import Judges

    _check(outputs, against)
    _, registry = read_registry(registry_path)
    other: Registry | None = None
    if against is not None:
        if not Path(against).is_file():
            raise CommandError(f"--against {against}: a capture is compared by a registry file", code=USAGE)
        _, other = read_registry(Path(against))
    with rate_bar("Judging", "reports") as on_progress, _mistakes():
        result = backtest(registry, capture, against=other, on_progress=on_progress)
    standing = sum(one.withdrawn is None for one in result.alerts)
    print(
        f"{result.received:,} received = {result.stored:,} judged + {result.duplicate:,} duplicate + "
        f"{result.rejected:,} rejected; {standing:,} alerts; {_speed(result)}"
    )
    if not result.received:
        print(f"haulwatch: {capture} holds no report", file=sys.stderr)
    judges = Judges(registry=registry)
    _write(result, outputs, judges, None if other is None else Judges(registry=other))
    _show(result, registry, str(registry_path), against)


def run_on_history(
    *,
    from_: str,
    to: str | None,
    ruleset: str,
    against: str | None,
    outputs: Outputs,
    vehicles: list[str],
    companies: list[str],
    rules: list[RuleKind],
) -> None:
    """Judge a span of what is stored by one version, and compare with another or with the stored alerts."""
    from ingest.backtest import backtest_history
    from ingest.backtest_scope import Scope
    from storage.history import History

    _check(outputs, against)
    settings = begin()
    scope = Scope(
        vehicle_ids=frozenset(vehicles) or None,
        company_ids=frozenset(companies) or None,
        rules=frozenset(rules) or None,
    )
    with database(settings) as dsn:
        with History.open(dsn) as history:
            judges = _judges(history, ruleset, "--ruleset")
            other: Judges | Literal["as-judged"] | None = None
            if against is not None:
                other = AS_JUDGED if against == AS_JUDGED else _judges(history, against, "--against")
        zone = judges.registry.zone_info
        from_ms = instant_typed(from_, zone, option="--from")
        to_ms = now_ms() if to is None else instant_typed(to, zone, option="--to")
        span = _span(from_ms, to_ms, settings.retention_reports_days, zone)
        with rate_bar("Judging", "reports") as on_progress, _mistakes():
            result = backtest_history(dsn, span, judges, against=other, scope=scope, on_progress=on_progress)
    print(
        f"{result.received:,} reports judged, after {result.warm_up:,} from before to warm up; "
        f"{len(result.alerts):,} alerts; {_speed(result)}"
    )
    _write(result, outputs, judges, None if other is None or other == AS_JUDGED else other)
    _show(result, judges.registry, _label(ruleset), None if against is None else _label(against))


def _check(outputs: Outputs, against: str | None) -> None:
    """Say before hours of judging, not after, what cannot be written."""
    for option, path in (("--alerts", outputs.alerts), ("--difference", outputs.difference)):
        if path is not None and not path.parent.is_dir():
            raise CommandError(f"{option} {path}: there is no directory {path.parent}")
    if outputs.difference is not None and against is None:
        raise CommandError("--difference needs --against: what is it to be compared with?", code=USAGE)


def _judges(history: "History", asked: str, option: str) -> "Judges":
    """A stored version by its number, or a registry file; of a file alerts name version 0."""
    from ingest.backtest_shares import Judges

    if not asked.isdecimal():
        if not Path(asked).is_file():
            raise CommandError(f"{option} {asked} is neither a version's number nor a file", code=USAGE)
        return Judges(registry=read_registry(Path(asked))[1], version=0)
    document = history.document(int(asked))
    if document is None:
        raise CommandError(f"{option} {asked}: there is no such version; {_known(history.versions())}")
    registry = parse_registry(document, name=f"registry version {asked}")
    return Judges(registry=registry, version=int(asked))


def _known(versions: list[int]) -> str:
    if not versions:
        return "there is none yet; `haulwatch registry load FILE` makes one"
    return f"there are the versions {versions[0]} to {versions[-1]}"


def _span(from_ms: int, to_ms: int, kept_days: int, zone: ZoneInfo) -> Span:
    now = now_ms()
    oldest_ms = now - kept_days * DAY_MS
    if from_ms >= now:
        raise CommandError(f"--from {local_rfc3339(from_ms, zone)} has not come yet", code=USAGE)
    if from_ms >= to_ms:
        raise CommandError("--to must come after --from", code=USAGE)
    if from_ms < oldest_ms:
        raise CommandError(
            f"reports are kept for {kept_days:,} days (HAULWATCH_RETENTION_REPORTS_DAYS); "
            f"take a --from after {local_rfc3339(oldest_ms, zone)}"
        )
    if to_ms > now:
        print("haulwatch: --to has not come yet; judged up to now", file=sys.stderr)
    return Span(from_ms=from_ms, to_ms=min(to_ms, now))


@contextmanager
def _mistakes() -> Iterator[None]:
    """A capture that cannot be read, a span that holds nothing: said in a line."""
    try:
        yield
    except ValueError as error:
        raise CommandError(str(error)) from error


def _write(result: "BacktestResult", outputs: Outputs, judges: "Judges", other: "Judges | None") -> None:
    from ingest.backtest_files import write_alerts, write_changes

    if outputs.alerts is not None:
        write_alerts(outputs.alerts, result.alerts, ruleset_version=judges.version)
    if outputs.difference is not None and result.changes is not None:
        versions = (0 if other is None else other.version, judges.version)
        write_changes(outputs.difference, result.changes, result.companies, versions=versions)


def _show(result: "BacktestResult", registry: Registry, label: str, against: str | None) -> None:
    if against is None:
        print_alerts(result, title=label)
    else:
        names = {str(company.id): company.name for company in registry.companies if company.name}
        print_difference(result, names, before=against, after=label)


def _label(asked: str) -> str:
    if asked == AS_JUDGED:
        return "as judged"
    return f"version {asked}" if asked.isdecimal() else asked


def _speed(result: "BacktestResult") -> str:
    return f"{result.seconds:.1f} s, {result.reports_per_s:,.0f} reports/s"
