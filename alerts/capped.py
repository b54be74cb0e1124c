"""Readings that look trimmed or made up (capped_readings), judged on the seven local days to the end of one.

True dust thins out upwards; a cap or an even spread does not. Seven days are no state of a device, so this
is not part of the fold: the shells count what a station read in each local day (`Tally`) and have a day that
is over judged from its own counts and those of the six before it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta, tzinfo

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from alerts.averaging import PARTICULATE_MAX_UGM3
from alerts.episode import place_of, station_finding
from alerts.finding import Finding
from alerts.ruleset import JudgedRule, Ruleset, StationProfile
from alerts.station_evidence import CappedEvidence, CappedParticulate
from domain.identifiers import DeviceId
from domain.localtime import day_end_ms, day_start_ms, local_day
from domain.quantity import PARTICULATES, Flag, Quantity
from domain.station import Severity

DAYS = 7
SETTLES_MS = 120_000
"""How long after its end by the clock a day is judged."""
FEWEST_READINGS = 2_000
FEWEST_AT_TOP = 50
_PER_UNIT = 1_000_000  # whole millionths, so that "exactly" is exact


class Tally(Struct, frozen=True, array_like=True):
    """What was read of one particulate in one local day: the values (µg/m³), and how often each came."""

    values: tuple[float, ...]
    counts: tuple[int, ...]


DayTally = Mapping[Quantity, Tally]
"""What counts of one station's local day; a particulate without such readings is absent."""


def is_counted(value: float, flag: Flag) -> bool:
    """Tell whether a particulate's reading is one of flag N."""
    return flag is Flag.NORMAL and 0 <= value <= PARTICULATE_MAX_UGM3


def tally(values: Iterable[float]) -> Tally:
    """Count values one by one."""
    distinct, counts = np.unique(np.fromiter(values, dtype=np.float64), return_counts=True)
    return Tally(tuple(distinct.tolist()), tuple(counts.tolist()))


def day_of(time_ms: int, zone: tzinfo) -> date:
    """The local day of a reading; one at midnight is of the day that ends."""
    return local_day(time_ms - 1, zone)


def last_day_over(at_ms: int, zone: tzinfo) -> date:
    """The newest local day that may be judged at a time by the clock."""
    return local_day(at_ms - SETTLES_MS, zone) - timedelta(days=1)


def days_to_judge(changed: Iterable[date], heard: Collection[date], until: date) -> list[date]:
    """The days up to `until` on which changed ones bear: themselves and the six after each, where heard of."""
    bearing = {day + timedelta(days=n) for day in changed for n in range(DAYS)}
    return sorted(day for day in bearing if day <= until and day in heard)


def judge_days(
    ruleset_at: Callable[[int], Ruleset],
    device_id: DeviceId,
    tallies: Mapping[date, DayTally],
    days: Iterable[date],
    zone: tzinfo,
) -> Iterator[tuple[Ruleset, Finding]]:
    """Judge these days of a station, each by the ruleset in force at its end, from all that was read in seven."""
    for day in days:
        start_ms, end_ms = day_start_ms(day, zone), day_end_ms(day, zone)
        ruleset = ruleset_at(end_ms)
        profile = ruleset.profiles.get(device_id)
        if not isinstance(profile, StationProfile):
            continue
        week = [tallies.get(day - timedelta(days=n), {}) for n in reversed(range(DAYS))]
        for rule in profile.day_rules:
            finding = judge(rule, profile, week, start_ms=start_ms, end_ms=end_ms)
            if finding is not None:
                yield ruleset, finding


def judge(
    rule: JudgedRule, profile: StationProfile, days: Sequence[DayTally], *, start_ms: int, end_ms: int
) -> Finding | None:
    """Judge the local day from `start_ms` to `end_ms`, the last of `days`, of which there are up to seven.

    A particulate that was not read in the day itself says nothing of it.
    """
    looks = (
        trimmed(one, [day[one] for day in days if one in day]) for one in PARTICULATES if one in days[-1]
    )
    found = tuple(look for look in looks if look is not None)
    if not found:
        return None
    return station_finding(
        rule,
        place_of(profile.station),
        profile.device_id,
        severity=rule.at_least(Severity.MAJOR),
        started_ms=start_ms,
        detected_ms=end_ms,
        ended_ms=end_ms,
        evidence=CappedEvidence(particulates=found),
    )


def trimmed(quantity: Quantity, days: Sequence[Tally]) -> CappedParticulate | None:
    """Tell how one particulate's readings of some days crowd at their top; None if they do not."""
    readings = sum(sum(day.counts) for day in days)
    if readings < FEWEST_READINGS:
        return None
    values = np.concatenate([np.array(day.values) for day in days])
    counts = np.concatenate([np.array(day.counts) for day in days])
    order = np.argsort(values)
    values, counts = values[order], counts[order]
    units = np.rint(values * _PER_UNIT).astype(np.int64)
    maximum = int(units[-1])
    twice_median = _twice_median(units, counts)
    if 4 * maximum < 3 * twice_median:
        return None
    # In twentieths of the range from median to maximum, which may be half a millionth more than whole ones.
    below_maximum, span = 20 * (maximum - units), 2 * maximum - twice_median
    top = int(counts[below_maximum < span].sum())
    below = int(counts[(below_maximum >= span) & (below_maximum < 2 * span)].sum())
    if top < FEWEST_AT_TOP or 5 * top < 4 * below:
        return None
    return CappedParticulate(
        quantity=quantity,
        readings=readings,
        median=twice_median / 2 / _PER_UNIT,
        maximum=float(values[-1]),
        top=top,
        below=below,
    )


def _twice_median(units: NDArray[np.int64], counts: NDArray[np.int64]) -> int:
    """The sum of the two middle ones of rising values, or twice the one in the middle."""
    ends = np.cumsum(counts)
    readings = int(ends[-1])
    middles = np.searchsorted(ends, [(readings - 1) // 2, readings // 2], side="right")
    return int(units[middles].sum())
