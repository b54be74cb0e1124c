"""The end of a backtest: what all shares found under one ruleset, brought together in one process.

What spans devices can only be judged here, as each share knows its own devices alone.
"""

from collections.abc import Sequence

from alerts import dump_site, on_site
from alerts.facts import Fact, FactKind
from alerts.finding import Finding
from alerts.ruleset import Ruleset
from ingest.backtest_fold import Found


def brought_together(ruleset: Ruleset, shares: Sequence[Found], *, until_ms: int) -> tuple[Finding, ...]:
    """Every alert under a ruleset, ordered by start, rule and subject; time has passed up to `until_ms`."""
    alerts = [alert for share in shares for alert in share.alerts]
    stays: list[Fact] = []
    visits: dict[str, list[Fact]] = {}
    for fact in (fact for share in shares for fact in share.facts):
        if fact.kind is FactKind.STAY:
            stays.append(fact)
        elif fact.kind is FactKind.VISIT:
            visits.setdefault(fact.about, []).append(fact)
    told = [on_site.with_vehicles(ruleset, alert, visits) for alert in alerts]
    told += dump_site.judge(ruleset, alerts, stays, until_ms)
    return tuple(sorted(told, key=_order))


def _order(finding: Finding) -> tuple[int, str, str]:
    return (finding.started_ms, finding.rule, finding.subject)
