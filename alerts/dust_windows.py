"""A station's averaging windows over a span, as judging sees them: for people to look at, changing nothing.

Which terms judge a window is decided as in `alerts/station_carry_over.py`: those in force when it begins, and
where a limit's terms change, the new ones from the end of the window in course. The windows themselves are
those of `alerts/averaging.py`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

from msgspec import Struct

from alerts.averaging import OpenWindow, Verdict, add, closed, counts, hour_end_ms, window_at
from alerts.dust_limit import JUDGED_AFTER_MS, Background
from alerts.dust_run import is_in_force
from alerts.station_evidence import DustWindow
from domain.identifiers import AreaId, DeviceId, LimitId
from domain.localtime import local_day
from domain.quantity import Flag
from domain.report import DustReport
from domain.station import Limit

NEAR_SHARE = 0.8
"""From this share of a limit on, a window under it is near it."""


_WITHOUT_VERDICT = frozenset({Verdict.NONE, Verdict.PROVISIONAL})


class Terms(Struct, frozen=True, kw_only=True):
    """What a station was held to from an instant on: by one version of the registry, or several that say the same."""

    from_ms: int
    device_id: DeviceId | None
    area_id: AreaId | None
    limits: tuple[Limit, ...]
    zone: ZoneInfo


class LimitSpan(Struct, frozen=True, kw_only=True):
    """A limit's terms and the span [from, until) in which its windows begin; None has no bound."""

    limit: Limit
    device_id: DeviceId
    area_id: AreaId | None
    zone: ZoneInfo
    from_ms: int | None
    until_ms: int | None


class JudgedWindow(Struct, frozen=True, kw_only=True):
    """One window and what it was compared with; `in_force` is False outside the limit's own hours or dates.

    `is_closed` is False while readings may still come to it in time.
    """

    limit: Limit
    end_ms: int
    window: DustWindow
    is_closed: bool
    in_force: bool

    @property
    def is_exceedance(self) -> bool:
        """Tell whether it counts among those of its day."""
        return self.is_closed and self.in_force and self.window.verdict == Verdict.OVER


class DayCount(Struct, frozen=True, kw_only=True):
    """The windows over a limit in one local day, and how many a day may have."""

    day: date
    over: int
    allowed: int


class StationLook(StrEnum):
    """How a station stands: over a limit, near one, without verdict, silent, or none of these."""

    OVER = "over"
    NEAR = "near"
    NO_VERDICT = "no_verdict"
    SILENT = "silent"
    FINE = "fine"


def limit_spans(terms: Sequence[Terms]) -> Iterator[LimitSpan]:
    """The limits of a station by the spans they judge, from its terms in order of time; the first has no beginning."""
    begun: dict[LimitId, LimitSpan] = {}
    for number, now in enumerate(terms):
        limits = {} if now.device_id is None else {limit.id: limit for limit in now.limits}
        for limit_id, span in list(begun.items()):
            same = limits.get(limit_id) == span.limit
            if same and (now.device_id, now.area_id, now.zone) == (span.device_id, span.area_id, span.zone):
                continue
            del begun[limit_id]
            until_ms = window_at(now.from_ms, span.limit, span.zone).end_ms
            yield LimitSpan(
                limit=span.limit,
                device_id=span.device_id,
                area_id=span.area_id,
                zone=span.zone,
                from_ms=span.from_ms,
                until_ms=now.from_ms,
            )
            if limit_id in limits:
                begun[limit_id] = _begin(now, limits[limit_id], until_ms)
        for limit_id, limit in limits.items():
            if limit_id not in begun:
                begun[limit_id] = _begin(now, limit, None if number == 0 else now.from_ms)
    yield from begun.values()


def _begin(terms: Terms, limit: Limit, from_ms: int | None) -> LimitSpan:
    assert terms.device_id is not None
    return LimitSpan(
        limit=limit,
        device_id=terms.device_id,
        area_id=terms.area_id,
        zone=terms.zone,
        from_ms=from_ms,
        until_ms=None,
    )


def windows_of(
    span: LimitSpan,
    readings: Iterable[DustReport],
    background: Background,
    from_ms: int,
    to_ms: int,
    *,
    at_ms: int,
) -> Iterator[JudgedWindow]:
    """Every window of a limit that overlaps [from, to), empty ones too, from readings in the device's order.

    `at_ms` is now: a window is closed 120 s after its end, or with the first reading after it.
    """
    first_ms = from_ms if span.from_ms is None else max(from_ms, span.from_ms)
    last_ms = to_ms if span.until_ms is None else min(to_ms, span.until_ms)
    grown, newest_ms = _grown(span, readings)
    window = window_at(first_ms + 1, span.limit, span.zone)
    while window.start_ms < last_ms:
        begins_before = span.from_ms is not None and window.start_ms < span.from_ms
        if not begins_before:
            yield _judged(span, grown.get(window.start_ms, window), background, newest_ms, at_ms)
        window = window_at(window.end_ms + 1, span.limit, span.zone)


def _grown(span: LimitSpan, readings: Iterable[DustReport]) -> tuple[Mapping[int, OpenWindow], int | None]:
    """The windows that have readings, by their start, and the time of the newest reading."""
    windows: dict[int, OpenWindow] = {}
    window: OpenWindow | None = None
    newest_ms: int | None = None
    for reading in readings:
        newest_ms = reading.time_ms
        if window is None or not window.start_ms < reading.time_ms <= window.end_ms:
            window = window_at(reading.time_ms, span.limit, span.zone)
            window = windows.get(window.start_ms, window)
        value = counts(reading, span.limit.quantity)
        if value is not None:
            too_high = reading.flag(span.limit.quantity) is Flag.OVER_RANGE
            window = add(window, reading, value, lower_bound=too_high)
            windows[window.start_ms] = window
    return windows, newest_ms


def _judged(
    span: LimitSpan, window: OpenWindow, background: Background, newest_ms: int | None, at_ms: int
) -> JudgedWindow:
    is_passed = newest_ms is not None and newest_ms > window.end_ms
    return JudgedWindow(
        limit=span.limit,
        end_ms=window.end_ms,
        window=closed(span.limit, window, background.get(hour_end_ms(window.end_ms))),
        is_closed=is_passed or window.end_ms + JUDGED_AFTER_MS <= at_ms,
        in_force=is_in_force(span.limit, window.start_ms, span.zone),
    )


def days_of(windows: Iterable[JudgedWindow], zone: ZoneInfo) -> list[DayCount]:
    """The windows over by local day, days with none of them too; a window is of the day that it starts in."""
    over: dict[date, int] = {}
    allowed: dict[date, int] = {}
    for one in windows:
        day = local_day(one.window.start_ms, zone)
        over[day] = over.get(day, 0) + one.is_exceedance
        allowed[day] = one.limit.exceedances_allowed_per_day
    return [DayCount(day=day, over=over[day], allowed=allowed[day]) for day in sorted(over)]


def look_of(newest: Sequence[JudgedWindow], is_silent: bool) -> StationLook:
    """How a station stands, from the newest closed window of each of its limits."""
    if is_silent:
        return StationLook.SILENT
    judged = [one for one in newest if one.in_force and one.window.verdict not in _WITHOUT_VERDICT]
    if any(one.is_exceedance for one in judged):
        return StationLook.OVER
    if any((one.window.value or 0.0) >= NEAR_SHARE * one.limit.limit for one in judged):
        return StationLook.NEAR
    return StationLook.FINE if judged else StationLook.NO_VERDICT
