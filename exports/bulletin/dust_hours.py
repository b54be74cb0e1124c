"""How long the dust at each site was over a limit: the union of its exceedances, so two limits count once."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from domain.instant import HOUR_MS
from domain.rule import RuleKind
from exports.counted import grouped
from exports.statement import StatedAlert

TENTH_MS = HOUR_MS // 10
Span = tuple[int, int]
"""Two instants, ms since 1970 UTC; the second is not of it."""


class DustHours(Struct, frozen=True, kw_only=True):
    """A site, or a station that belongs to none; `over_ms` lies within the period, `before_ms` within the one before."""

    id: str
    name: str
    stations: tuple[str, ...]
    district: str
    alerts: int
    over_ms: int
    before_ms: int | None = None

    @property
    def over_h(self) -> float:
        """The same in hours, as they are read: to a tenth."""
        return tenths(self.over_ms) / 10

    @property
    def before_h(self) -> float | None:
        """Those of the period before, likewise."""
        return None if self.before_ms is None else tenths(self.before_ms) / 10


class Told(Struct, frozen=True, kw_only=True):
    """The violations of a period, the span of it, and until when they were known (ms since 1970 UTC)."""

    alerts: Sequence[StatedAlert]
    span: Span
    until_ms: int


def dust_hours(now: Told, before: Told | None) -> tuple[DustHours, ...]:
    """The sites that were over a limit, the longest first; an exceedance belongs to the period it was found in."""
    mine, theirs = _by_site(now), {} if before is None else _by_site(before)
    found = [
        _row(
            site,
            alerts,
            _over_ms(now, alerts),
            None if before is None else _over_ms(before, theirs.get(site, ())),
        )
        for site, alerts in mine.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.over_ms, one.name, one.id)))


def total_h(found: Iterable[DustHours]) -> float:
    """What the hours of all sites, as they are read, come to: who adds up the lines finds the same."""
    return sum(tenths(one.over_ms) for one in found) / 10


def tenths(ms: int) -> int:
    """Tenths of an hour, rounded half up."""
    return (ms + TENTH_MS // 2) // TENTH_MS


def _by_site(told: Told) -> dict[str, list[StatedAlert]]:
    dust = [one for one in told.alerts if one.rule == RuleKind.DUST_EXCEEDANCE]
    return grouped(dust, lambda one: one.site_id or f"station:{one.station_id}")


def _row(id_: str, alerts: Sequence[StatedAlert], over_ms: int, before_ms: int | None) -> DustHours:
    latest = alerts[-1]
    return DustHours(
        id=id_,
        name=latest.site or latest.station or id_,
        stations=tuple(sorted({one.station for one in alerts if one.station})),
        district=latest.district,
        alerts=len(alerts),
        over_ms=over_ms,
        before_ms=before_ms,
    )


def _over_ms(told: Told, alerts: Sequence[StatedAlert]) -> int:
    first_ms, end_ms = told.span
    spans = (
        (max(one.started_ms, first_ms), min(told.until_ms if one.ended_ms is None else one.ended_ms, end_ms))
        for one in alerts
    )
    return union_ms(spans)


def union_ms(spans: Iterable[Span]) -> int:
    """How long at least one of them lasts (ms); one that ends before it begins is none."""
    total_ms = 0
    reached_ms: int | None = None
    for begin_ms, end_ms in sorted(spans):
        from_ms = begin_ms if reached_ms is None else max(begin_ms, reached_ms)
        if end_ms > from_ms:
            total_ms += end_ms - from_ms
            reached_ms = end_ms
    return total_ms
