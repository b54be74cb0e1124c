"""Averaging windows: aligned to local midnight, weighted by interval, valid from a minimum coverage on.

A reading belongs to the window with start < time ≤ end. Only flag N counts; over-range readings (flag T)
count as a lower bound, so such a window can be found over, and else has no verdict.
"""

import math
from enum import StrEnum
from zoneinfo import ZoneInfo

from msgspec import Struct

from alerts.station_evidence import DustWindow
from domain.instant import HOUR_MS
from domain.localtime import local_midnight_ms, next_local_midnight_ms
from domain.quantity import PARTICULATES, Flag, Quantity
from domain.report import BackgroundReport, DustReport
from domain.station import Limit

PARTICULATE_MAX_UGM3 = 5000.0


class Verdict(StrEnum):
    """What a window shows: over the limit, not over but not clear of it, clear, nothing, nothing yet."""

    OVER = "over"
    BETWEEN = "between"
    UNDER = "under"
    NONE = "none"
    PROVISIONAL = "provisional"


class OpenWindow(Struct, frozen=True, array_like=True, gc=False):
    """A window that grows. `cover`: the disjoint spans (ms) that readings cover, rising.

    `is_level`: its values are levels in dB, whose mean is that of their energy.
    """

    start_ms: int
    end_ms: int
    weighted: float = 0.0
    weight_s: float = 0.0
    cover: tuple[tuple[int, int], ...] = ()
    lower_bound: bool = False
    is_level: bool = False

    @property
    def coverage(self) -> float:
        """The share of the window that readings cover."""
        return sum(end - start for start, end in self.cover) / (self.end_ms - self.start_ms)

    @property
    def mean(self) -> float | None:
        """The mean weighted by interval, None without a reading that counts."""
        if not self.weight_s:
            return None
        mean = self.weighted / self.weight_s
        return 10 * math.log10(mean) if self.is_level else mean


def window_at(time_ms: int, limit: Limit, zone: ZoneInfo) -> OpenWindow:
    """The empty window of a limit that a reading at `time_ms` belongs to."""
    midnight_ms = local_midnight_ms(time_ms - 1, zone)
    length_ms = limit.window_s * 1000
    start_ms = midnight_ms + (time_ms - 1 - midnight_ms) // length_ms * length_ms
    next_midnight_ms = next_local_midnight_ms(
        time_ms - 1, zone
    )  # a day of 23 or 25 hours cuts its last window
    is_level = limit.quantity is Quantity.NOISE
    return OpenWindow(start_ms, min(start_ms + length_ms, next_midnight_ms), is_level=is_level)


def counts(report: DustReport, quantity: Quantity) -> float | None:
    """The value of a reading that counts in a mean, None where it is absent, flagged or impossible."""
    value = report.values.get(quantity)
    if value is None or report.flag(quantity) not in {Flag.NORMAL, Flag.OVER_RANGE}:
        return None
    if quantity in PARTICULATES and not 0 <= value <= PARTICULATE_MAX_UGM3:
        return None
    return value


def add(window: OpenWindow, report: DustReport, value: float, *, lower_bound: bool) -> OpenWindow:
    """Add a reading that belongs to the window and counts."""
    start_ms = max(report.time_ms - round(report.interval_s * 1000), window.start_ms)
    return OpenWindow(
        window.start_ms,
        window.end_ms,
        window.weighted + (10 ** (value / 10) if window.is_level else value) * report.interval_s,
        window.weight_s + report.interval_s,
        _united(window.cover, (start_ms, min(report.time_ms, window.end_ms))),
        window.lower_bound or lower_bound,
        window.is_level,
    )


def _united(cover: tuple[tuple[int, int], ...], span: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    """Add a span to disjoint rising ones."""
    start, end = span
    before = tuple(known for known in cover if known[1] < start)
    after = tuple(known for known in cover if known[0] > end)
    touching = [known for known in cover if known[1] >= start and known[0] <= end]
    merged = (min([start, *(known[0] for known in touching)]), max([end, *(known[1] for known in touching)]))
    return (*before, merged, *after)


def hour_end_ms(at_ms: int) -> int:
    """The end of the hour that contains an instant; an instant on the hour ends one."""
    return -(-at_ms // HOUR_MS) * HOUR_MS


def needs_background(limit: Limit) -> bool:
    """Tell whether a limit's verdict depends on the area's hourly values; noise has no background."""
    return limit.quantity in PARTICULATES and (limit.minus_background or limit.aqi_correction is not None)


def judge(limit: Limit, window: DustWindow, background: BackgroundReport | None) -> DustWindow:
    """Give a closed window its verdict; without the background it needs the verdict is provisional."""
    mean, value, lower_bound = window.mean, window.mean, window.lower_bound
    ambient = aqi = None
    verdict = Verdict.NONE
    if value is not None and window.coverage >= limit.min_coverage:
        minus, corrected = False, False
        if needs_background(limit):
            minus, corrected = limit.minus_background, limit.aqi_correction is not None
        if background is not None:
            ambient = _ambient(background, limit.quantity) if minus else None
            aqi = background.aqi if corrected else None
        if (minus and ambient is None) or (corrected and aqi is None):
            verdict = Verdict.PROVISIONAL
        else:
            value = _corrected(limit, value, ambient, aqi)
            verdict = _verdict(limit, value, lower_bound=lower_bound)
    return DustWindow(
        start_ms=window.start_ms,
        mean=mean,
        value=value,
        coverage=window.coverage,
        lower_bound=lower_bound,
        background=ambient,
        aqi=aqi,
        verdict=verdict.value,
    )


def closed(limit: Limit, window: OpenWindow, background: BackgroundReport | None) -> DustWindow:
    """Close a window and judge it."""
    plain = DustWindow(
        start_ms=window.start_ms,
        mean=window.mean,
        value=None,
        coverage=window.coverage,
        lower_bound=window.lower_bound,
        verdict=Verdict.NONE.value,
    )
    return judge(limit, plain, background)


def _ambient(background: BackgroundReport, quantity: Quantity) -> float | None:
    if quantity is Quantity.PM10:
        return background.pm10_ugm3
    if quantity is Quantity.PM25:
        return background.pm25_ugm3
    return background.tsp_ugm3 if quantity is Quantity.TSP else None


def _corrected(limit: Limit, mean: float, ambient: float | None, aqi: float | None) -> float:
    value = mean
    if ambient is not None:
        value -= ambient if limit.background_cap is None else min(ambient, limit.background_cap)
    terms = limit.aqi_correction
    if terms is not None and aqi is not None and terms.from_aqi <= aqi <= terms.to_aqi:
        value -= terms.subtract
    return value


def _verdict(limit: Limit, value: float, *, lower_bound: bool) -> Verdict:
    if value > limit.limit:
        return Verdict.OVER
    if lower_bound:
        return Verdict.NONE
    if limit.clear_below is not None and value >= limit.clear_below:
        return Verdict.BETWEEN
    return Verdict.UNDER
