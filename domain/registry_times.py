"""Windows, days and validity spans as the registry file writes them."""

import re
from collections.abc import Callable
from datetime import date, tzinfo

from domain.document import Node, UnfitError
from domain.instant import from_rfc3339
from domain.localtime import day_end_ms, day_start_ms
from domain.problem import message
from domain.timewindow import ALWAYS, DAY_MIN, WEEKDAYS, Validity, Weekday, Window, clock_min, window_between
from domain.values import shown, text, word

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def read_windows(entry: Node) -> tuple[Window, ...]:
    """The `windows` of an entry."""
    return entry.get_objects("windows", lambda node: read_window(node, read_days(node)))


def read_days(entry: Node) -> tuple[Weekday, ...]:
    """The `days` of an entry; absent means every day."""
    days = entry.get_values("days", word(Weekday), WEEKDAYS)
    child = entry.child("days")
    if child is not None and child.value == []:
        child.note(message("no_day", words=WEEKDAYS))
    return days


def read_window(entry: Node, days: tuple[Weekday, ...]) -> Window:
    """The window from an entry's `from` to its `to` on some days."""
    from_min, to_min = entry.want("from", _from_clock), entry.want("to", _to_clock)
    if from_min is None or to_min is None:
        return Window(days=days, from_min=0, to_min=0)
    return window_between(from_min, to_min, days)


def read_validity(entry: Node, zone: tzinfo) -> Validity:
    """From an entry's `valid_from` to before its `valid_to`."""
    from_ms = entry.get("valid_from", _instant_or_date(zone, day_start_ms), None)
    to_ms = entry.get("valid_to", _instant_or_date(zone, day_end_ms), None)
    child = entry.child("valid_to")
    if child is not None and from_ms is not None and to_ms is not None and from_ms >= to_ms:
        child.note(message("ends_too_early"))
    return ALWAYS if from_ms is None and to_ms is None else Validity(from_ms=from_ms, to_ms=to_ms)


def _from_clock(value: object) -> int:
    minute = _to_clock(value)
    if minute == DAY_MIN:
        raise UnfitError("starts_at_24")
    return minute


def _to_clock(value: object) -> int:
    written = text(value)
    try:
        return clock_min(written)
    except ValueError as error:
        raise UnfitError("no_clock", value=shown(written)) from error


def _instant_or_date(zone: tzinfo, of_date: Callable[[date, tzinfo], int]) -> Callable[[object], int]:
    """A reader of an RFC 3339 instant, or of a plain date that stands for an instant of its local day."""

    def parse(value: object) -> int:
        written = text(value)
        try:
            is_date = _DATE.fullmatch(written) is not None
            return of_date(date.fromisoformat(written), zone) if is_date else from_rfc3339(written)
        except ValueError as error:
            raise UnfitError("no_date", value=shown(written)) from error

    return parse
