"""The alerts and the cases of a span as tables: one line each, in the order of the list on the page."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo

from domain.localtime import local_rfc3339
from exports.book import Books
from exports.csv_file import Cell
from exports.figures import is_overdue
from exports.reasons import withdrawn_because
from exports.words import Language, word
from storage.reports import AlertLine, CaseLine

ALERT_COLUMNS = (
    "alert_id", "rule", "rule_id", "severity", "state", "plate", "station", "subject", "company", "site", "district",
    "started", "detected", "ended_at", "lon", "lat", "was_found_late", "withdrawn_because", "revision",
    "ruleset_version", "case", "case_state", "assignee",
)  # fmt: skip
CASE_COLUMNS = (
    "case", "case_state", "source", "title", "reference", "rule", "severity", "plate", "station", "company", "district",
    "alerts", "opened", "assignee", "verify_due", "verified", "finding", "close_due", "closed_at", "overdue", "disputed",
    "for_review",
)  # fmt: skip


def header(columns: Sequence[str], language: Language) -> list[str]:
    """What the columns are called."""
    return [word(name, language) for name in columns]


def alert_rows(
    lines: Iterable[AlertLine], books: Books, zone: tzinfo, language: Language
) -> Iterator[list[Cell]]:
    """Alerts in the columns of `ALERT_COLUMNS`."""
    for line in lines:
        book = books.of(line)
        state = "withdrawn" if line.withdrawn is not None else "ongoing" if line.ended_ms is None else "ended"
        yield [
            str(line.id), word(line.rule, language), line.rule_id, word(line.severity, language), word(state, language),
            book.plate(line.vehicle_id), book.station(line.station_id),
            line.vehicle_id or line.station_id or line.area or line.device_id, book.company(book.company_id(line)),
            book.site(book.site_id(line)), book.district(line.district_id), wall_time(line.started_ms, zone),
            wall_time(line.detected_ms, zone), wall_time(line.ended_ms, zone), line.lon, line.lat,
            _yes(line.found_late, language), withdrawn_because(line.withdrawn, language), line.revision, line.ruleset_version, line.case_id,
            word(line.case_state, language), line.assignee,
        ]  # fmt: skip


def case_rows(
    lines: Iterable[CaseLine], books: Books, zone: tzinfo, language: Language, now_ms: int
) -> Iterator[list[Cell]]:
    """Cases in the columns of `CASE_COLUMNS`."""
    for line in lines:
        book = books.of(line)
        yield [
            line.id, word(line.state, language), word(line.source, language), line.title, line.reference,
            word(line.rule, language), word(line.severity, language), book.plate(line.vehicle_id) or line.plate,
            book.station(line.station_id), book.company(book.company_id(line)), book.district(line.district_id),
            line.alerts, wall_time(line.opened_ms, zone), line.assignee, wall_time(line.verify_due_ms, zone),
            wall_time(line.verified_ms, zone), word(line.finding, language), wall_time(line.close_due_ms, zone),
            wall_time(line.closed_ms, zone), _yes(is_overdue(line, now_ms), language), _yes(line.disputed, language),
            word(line.review, language),
        ]  # fmt: skip


def wall_time(at_ms: int | None, zone: tzinfo) -> str:
    """As the clock on the wall showed it, to the second: `2026-11-16 02:14:33`."""
    return "" if at_ms is None else local_rfc3339(at_ms, zone)[:19].replace("T", " ")


def _yes(holds: bool, language: Language) -> str:
    return word("yes", language) if holds else ""
