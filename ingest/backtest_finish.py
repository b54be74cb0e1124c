"""The end of a backtest: what all shares found under one ruleset, brought together in one process.

What spans devices can only be judged here, as each share knows its own devices alone.
"""

from collections.abc import Sequence

from alerts.finding import Finding
from alerts.ruleset import Ruleset
from ingest.backtest_fold import Found


def brought_together(
    ruleset: Ruleset,  # noqa: ARG001 - of the rules that span devices
    shares: Sequence[Found],
    *,
    until_ms: int,  # noqa: ARG001 - the same
) -> tuple[Finding, ...]:
    """Every alert under a ruleset, ordered by start, rule and subject; time has passed up to `until_ms`."""
    alerts = [alert for share in shares for alert in share.alerts]
    return tuple(sorted(alerts, key=_order))


def _order(finding: Finding) -> tuple[int, str, str]:
    return (finding.started_ms, finding.rule, finding.subject)
