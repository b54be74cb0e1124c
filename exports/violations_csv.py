"""A period's alerts as CSV: each as it was issued, then a line for each change that was issued since.

The column of counts holds 1, 0 or -1: over the lines as issued it adds up to the violations of then, over all lines
to those that stand now.
"""

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from zoneinfo import ZoneInfo

from domain.localtime import local_day
from exports.amendments import GAINED, LOST, Amendment, Change, amendments
from exports.csv_file import Cell, csv_file
from exports.reasons import withdrawn_because
from exports.statement import StatedAlert, Statement
from exports.violations import header, wall_time
from exports.within import within
from exports.words import Language, word

COLUMNS = (
    "line", "count", "amended", "alert_id", "rule", "rule_id", "severity", "state", "plate", "station", "subject",
    "company", "site", "district", "started", "detected", "ended_at", "what", "lon", "lat", "was_found_late",
    "withdrawn_because", "revision", "ruleset_version", "case", "case_state", "assignee",
)  # fmt: skip


def violations_csv(
    statements: Sequence[Statement], *, language: Language, districts: frozenset[str] | None
) -> bytes:
    """The file of a period: of its statements in order of number, as far as they lie in these districts."""
    seen = [within(one, districts) for one in statements]
    zone = ZoneInfo(seen[0].timezone)
    changed = amendments(seen)
    return csv_file(header(COLUMNS, language), _rows(seen[0], changed, zone, language))


def _rows(
    first: Statement, changed: Sequence[Amendment], zone: tzinfo, language: Language
) -> Iterator[list[Cell]]:
    line = word("provisional" if first.is_provisional else "as_issued", language)
    since: dict[str, list[str]] = {}
    for amendment in changed:
        for change in amendment.changes:
            said = f"{_name(amendment, zone, language)}: {said_change(change, language)}"
            since.setdefault(change.alert.id, []).append(said)
    for alert in first.alerts:
        yield [line, int(alert.counts), "; ".join(since.get(alert.id, ())), *_alert(alert, zone, language)]
    for amendment in changed:
        line = _name(amendment, zone, language)
        for change in amendment.changes:
            count = (change.kind in GAINED) - (change.kind in LOST)
            yield [line, count, said_change(change, language), *_alert(change.alert, zone, language)]


def _name(amendment: Amendment, zone: tzinfo, language: Language) -> str:
    return f"{word('amendment', language)} {amendment.number} ({local_day(amendment.stated_ms, zone)})"


def said_change(change: Change, language: Language) -> str:
    """What became of an alert, and which of its fields were corrected."""
    fields = " ".join(word(name, language) for name in change.fields)
    said = word(change.kind.value, language)
    return f"{said} ({fields})" if fields else said


def _alert(alert: StatedAlert, zone: tzinfo, language: Language) -> list[Cell]:
    state = "withdrawn" if alert.withdrawn is not None else "ongoing" if alert.ended_ms is None else "ended"
    return [
        alert.id, word(alert.rule, language), alert.rule_id, word(alert.severity, language), word(state, language),
        alert.plate, alert.station, alert.subject.partition(":")[2], alert.company, alert.site, alert.district,
        wall_time(alert.started_ms, zone), wall_time(alert.detected_ms, zone), wall_time(alert.ended_ms, zone),
        alert.what.get(language, ""), alert.lon, alert.lat, word("yes", language) if alert.found_late else "",
        withdrawn_because(alert.withdrawn, language), alert.revision, alert.ruleset_version, alert.case_id,
        word(alert.case_state, language), alert.assignee,
    ]  # fmt: skip
