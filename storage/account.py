"""The loss account of one batch: every element that arrived is stored, duplicate or rejected, exactly once.

Pure. Elements are counted per device and local day of arrival; background values under `background/AREA`.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, tzinfo
from functools import lru_cache

from domain.report import BackgroundReport, DustReport, PositionReport, Rejection
from storage.batch import Committed
from storage.rows import Columns, account_id

Report = PositionReport | DustReport | BackgroundReport
Key = tuple[str, int, bytes]
DayOf = Callable[[int], date]

_QUARTER_MS = 15 * 60 * 1000


def day_in(zone: tzinfo) -> DayOf:
    """A function from ms since 1970 to the local day; every zone's midnight lies on a quarter of an hour."""

    @lru_cache(maxsize=512)
    def day_of_quarter(quarter: int) -> date:
        return datetime.fromtimestamp(quarter * (_QUARTER_MS // 1000), zone).date()

    return lambda at_ms: day_of_quarter(at_ms // _QUARTER_MS)


def key_of(report: Report) -> Key:
    """What makes a report the same as another: device or area, time, digest."""
    owner = report.area_id if isinstance(report, BackgroundReport) else report.device_id
    return (owner, report.time_ms, report.digest)


class Account:
    """Counts while a batch is stored: received, stored, duplicate, rejected, late, redelivered per device and day."""

    def __init__(self, day_of: DayOf) -> None:
        """Begin with nothing counted."""
        self._day_of = day_of
        self._lines: dict[tuple[str, date], list[int]] = {}
        self._bad_fields: dict[tuple[str, date, str], int] = {}

    def count_reports(
        self,
        keyed: Iterable[tuple[Key, Report]],
        *,
        new: set[Key],
        late: frozenset[Key],
        redelivered: Mapping[Key, int],
        prefix: str = "",
    ) -> None:
        """Count reports in order of arrival; `new` holds the keys stored just now and is used up.

        Of each key as many are redelivered as the broker said; beyond that a device said the same again.
        """
        again = dict(redelivered)
        for key, report in keyed:
            line = self._line(prefix + key[0], report.received_ms)
            if key in new:
                new.remove(key)
                line[0] += 1
                line[1] += 1
                line[4] += key in late
                for name in report.bad_fields:
                    at = (prefix + key[0], self._day_of(report.received_ms), name)
                    self._bad_fields[at] = self._bad_fields.get(at, 0) + 1
            elif again.get(key):
                again[key] -= 1
                line[5] += 1
            else:
                line[0] += 1
                line[2] += 1

    def count_rejections(self, rejections: Iterable[Rejection]) -> None:
        """Count what was refused."""
        for rejection in rejections:
            line = self._line(account_id(rejection.device_id), rejection.received_ms)
            line[0] += 1
            line[3] += 1

    def count_redelivered_rejections(self, rejections: Iterable[Rejection]) -> None:
        """Count rejections that are stored already."""
        for rejection in rejections:
            self._line(account_id(rejection.device_id), rejection.received_ms)[5] += 1

    def _line(self, owner: str, received_ms: int) -> list[int]:
        at = (owner, self._day_of(received_ms))
        line = self._lines.get(at)
        if line is None:
            line = self._lines[at] = [0, 0, 0, 0, 0, 0]
        return line

    def rows(self) -> list[tuple[date, int, int, int, int, int, int, list[str]]]:
        """The rows of append_to_account: devices of one day with the same counts share one."""
        owners: dict[tuple[date, int, int, int, int, int, int], list[str]] = {}
        for (owner, day), (received, stored, duplicate, rejected, late, redelivered) in self._lines.items():
            alike = (day, received, stored, duplicate, rejected, late, redelivered)
            owners.setdefault(alike, []).append(owner)
        return [(*alike, those) for alike, those in owners.items()]

    def bad_field_columns(self) -> Columns | None:
        """The columns of add_bad_fields, ordered by key; None where nothing was bad."""
        if not self._bad_fields:
            return None
        rows = sorted(self._bad_fields.items())
        return (
            [key[0] for key, _ in rows],
            [key[1] for key, _ in rows],
            [key[2] for key, _ in rows],
            [count for _, count in rows],
        )

    def total(self, changes: tuple[int, ...]) -> Committed:
        """The sums over all devices and days."""
        received, stored, duplicate, rejected, late, redelivered = (
            map(sum, zip(*self._lines.values(), strict=True)) if self._lines else (0,) * 6
        )
        return Committed(
            received=received,
            stored=stored,
            duplicate=duplicate,
            rejected=rejected,
            late=late,
            redelivered=redelivered,
            changes=changes,
        )
