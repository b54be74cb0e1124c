"""Collection: what became of the stops that were due in a span, added up."""

from collections.abc import Iterable, Sequence
from datetime import date

from alerts.work_cleared import StopsOf, stops_of
from api.work_shapes import Collected, CollectedDay, CollectedRow
from api.work_span import Names, days_of, rounded
from storage.work import CollectedBy, CollectedSum


def collected(rows: Iterable[StopsOf]) -> Collected:
    """Rows added up."""
    found = stops_of(rows)
    return Collected(
        due=found.due,
        served=found.served,
        late=found.late,
        missed=found.missed,
        unknown=found.unknown,
        cleared=rounded(found.cleared, 4),
    )


def collected_days(rows: Iterable[CollectedSum], first: date, last: date) -> list[CollectedDay]:
    """Every day of the span."""
    by_day = {row.key: row for row in rows}
    return [
        CollectedDay(day=day, **collected([by_day[day]] if day in by_day else []).model_dump())
        for day in days_of(first, last)
    ]


def collected_rows(rows: Sequence[CollectedSum], by: CollectedBy, names: Names) -> list[CollectedRow]:
    """By key, most left undone first."""
    return [
        CollectedRow(
            id=row.key,
            label=names.of(by, row.key),
            company=names.company(by, row.key),
            **collected([row]).model_dump(),
        )
        for row in sorted(rows, key=lambda one: (-one.missed - one.unknown, -one.late, one.key))
    ]
