"""Standings and ledgers as tables."""

from collections.abc import Iterable, Iterator
from datetime import tzinfo

from alerts.demerit_scheme import About, Band, Scheme
from alerts.demerits import Line, Standing
from domain.localtime import local_rfc3339
from exports.book import Book
from exports.csv_file import Cell
from exports.words import Language, word

STANDING_COLUMNS = (
    "subject", "name", "points", "score_left", "band", "follows", "given_back", "violations", "week_points",
)  # fmt: skip
LINE_COLUMNS = (
    "alert_id", "detected", "rule", "severity", "plate", "company", "district", "scheme_version", "by_table", "charged",
    "given_back", "points", "appeal", "appeal_state",
)  # fmt: skip


def band_name(band: Band, language: Language) -> str:
    """What a band is called: by the scheme, else by its grade."""
    if band.name is not None:
        return band.name.zh if language == "zh" else band.name.en
    return word(f"grade_{band.grade.value}", language)


def standing_rows(
    these: Iterable[Standing], scheme: Scheme, book: Book, language: Language
) -> Iterator[list[Cell]]:
    """Standings in the columns of `STANDING_COLUMNS`."""
    for one in these:
        yield [
            one.id, book.company(one.id) if one.about == "company" else book.plate(one.id), one.points,
            one.score(scheme), band_name(one.band, language), word(f"follows_{one.follows.value}", language), one.back,
            one.violations, one.week_points,
        ]  # fmt: skip


def line_rows(
    lines: Iterable[Line], about: About, book: Book, zone: tzinfo, language: Language
) -> Iterator[list[Cell]]:
    """Lines of a ledger in the columns of `LINE_COLUMNS`."""
    for line in lines:
        points, violation, appeal = line.of(about), line.violation, line.appeal
        yield [
            str(violation.alert_id), local_rfc3339(violation.at_ms, zone)[:19].replace("T", " "),
            word(violation.rule, language), word(violation.severity, language), book.plate(violation.vehicle_id),
            book.company(violation.company_id), book.district(violation.district_id), line.scheme_version, points.entry,
            points.charged, points.back, points.net, None if appeal is None else appeal.id,
            "" if appeal is None else word(f"appeal_{appeal.state.value}", language),
        ]  # fmt: skip
