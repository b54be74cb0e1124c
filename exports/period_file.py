"""The files of a period by their format: whoever exports, by whichever way, gets the same bytes."""

from collections.abc import Sequence
from enum import StrEnum

from exports.statement import Statement
from exports.violations_csv import violations_csv
from exports.violations_geojson import violations_geojson
from exports.words import Language
from exports.workbook import workbook


class FileFormat(StrEnum):
    """What a period's violations may be written as; the value is the suffix of the file."""

    XLSX = "xlsx"
    CSV = "csv"
    GEOJSON = "geojson"


MEDIA_TYPES = {
    FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileFormat.CSV: "text/csv; charset=utf-8",
    FileFormat.GEOJSON: "application/geo+json",
}


def period_file(
    statements: Sequence[Statement],
    file_format: FileFormat,
    *,
    language: Language,
    districts: frozenset[str] | None,
    link: str,
) -> bytes:
    """The file of a period's statements in order of number; `link` is where the page is, empty for nowhere."""
    if file_format is FileFormat.CSV:
        return violations_csv(statements, language=language, districts=districts)
    if file_format is FileFormat.GEOJSON:
        return violations_geojson(statements, language=language, districts=districts)
    return workbook(statements, language=language, districts=districts, link=link)


def file_name(statements: Sequence[Statement], file_format: FileFormat, language: Language) -> str:
    """What the file is called where nobody says otherwise."""
    first = statements[0]
    provisional = "-provisional" if first.is_provisional else ""
    return f"haulwatch-violations-{first.period.name}{provisional}-{language}.{file_format.value}"
