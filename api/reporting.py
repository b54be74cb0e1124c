"""Reports put together: the lines of a span, read within a scope, named by the registry and counted."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta, tzinfo
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import asdict

from api.deps import Services
from api.errors import ApiError
from api.report_shapes import (
    CaseFiguresView,
    OnlineView,
    Report,
    ReportedAlert,
    ShareView,
    TallyView,
)
from domain.instant import to_rfc3339, to_rfc3339_if_known
from domain.localtime import day_end_ms, day_start_ms, local_day
from domain.registry import Registry
from exports.book import Book, Books
from exports.figures import CaseFigures, Share, Tally, case_figures, online, taken, tallies, tally
from storage.reports import AlertLine, CaseLine, TooManyLines
from storage.scoped import Scoped

MOST_DAYS = 92


class Days(Struct, frozen=True, kw_only=True):
    """Whole local days, both included, and the instants they begin and end at."""

    first: date
    last: date
    zone: tzinfo

    @property
    def from_ms(self) -> int:
        """When the first begins."""
        return day_start_ms(self.first, self.zone)

    @property
    def to_ms(self) -> int:
        """When the last ends."""
        return day_end_ms(self.last, self.zone)

    @property
    def week(self) -> str | None:
        """The ISO week that these days are; None where they are none."""
        year, week, _ = self.first.isocalendar()
        is_week = self.first.weekday() == 0 and self.last - self.first == timedelta(days=6)
        return f"{year}-W{week:02}" if is_week else None


class Known(Struct, frozen=True, kw_only=True):
    """The registry in force and what ids are called by it."""

    registry: Registry
    zone: ZoneInfo
    book: Book


class AlertFilter(Struct, frozen=True, kw_only=True):
    """Which alerts of a span a list is about; None lets every one through, "" those that belong to none."""

    rule: str | None = None
    severity: str | None = None
    company: str | None = None
    site: str | None = None
    district: str | None = None

    def lets_through(self, line: AlertLine, books: Books) -> bool:
        """Tell whether an alert is one of the list."""
        return (
            self.rule in (None, line.rule)
            and (self.severity is None or (line.severity == self.severity and line.withdrawn is None))
            and (self.company is None or (books.company_id(line) or "") == self.company)
            and (self.site is None or (books.site_id(line) or "") == self.site)
            and (self.district is None or (line.district_id or "") == self.district)
        )


async def known(services: Services) -> Known:
    """The registry in force; raises ApiError 409 before the first."""
    entry = await services.registry.in_force()
    if entry is None:
        raise ApiError(409, "no_registry", "No registry has been loaded yet")
    return Known(registry=entry.registry, zone=entry.registry.zone_info, book=Book(entry.registry))


async def days_between(services: Services, first: date, last: date) -> Days:
    """The days of a report, of the time zone in force; raises ApiError 409 and 422."""
    zone = (await known(services)).zone
    if last < first or (last - first).days >= MOST_DAYS:
        raise ApiError(422, "invalid_request", f"last must be first or up to {MOST_DAYS - 1} days after it")
    return Days(first=first, last=last, zone=zone)


async def books_of(services: Services, days: Days, lines: Sequence[AlertLine | CaseLine]) -> Books:
    """What ids were called: by the versions that judged; for all else by the one in force as the days ended."""
    version = await services.books.version_at(min(services.now_ms(), days.to_ms - 1))
    assert version is not None
    return await services.books.books(version, (line.ruleset_version for line in lines))


async def alert_lines(services: Services, scoped: Scoped, days: Days) -> Sequence[AlertLine]:
    """The alerts detected in these days; raises ApiError 422 where they are too many for a report."""
    try:
        return await services.reports.alert_lines(scoped.scope, days.from_ms, days.to_ms)
    except TooManyLines:
        raise _too_many() from None


async def case_lines(services: Services, scoped: Scoped, days: Days) -> Sequence[CaseLine]:
    """The cases opened in these days; raises ApiError 422 where they are too many for a report."""
    try:
        return await services.reports.case_lines(scoped.scope, days.from_ms, days.to_ms)
    except TooManyLines:
        raise _too_many() from None


def _too_many() -> ApiError:
    return ApiError(422, "too_many", "There is more in this span than one report takes; choose a shorter one")


async def report(services: Services, scoped: Scoped, days: Days) -> Report:
    """The figures of these days."""
    now_ms = services.now_ms()
    alerts = await alert_lines(services, scoped, days)
    cases = await case_lines(services, scoped, days)
    books = await books_of(services, days, alerts)
    return Report(
        first=days.first.isoformat(),
        last=days.last.isoformat(),
        week=days.week,
        **{"from": to_rfc3339(days.from_ms)},
        to=to_rfc3339(days.to_ms),
        at=to_rfc3339(now_ms),
        timezone=str(days.zone),
        alerts=_tally(tally(None, alerts), lambda _: ""),
        found_late=sum(line.found_late for line in alerts),
        taken=_share(taken(alerts)),
        by_rule=[_tally(one, lambda rule: rule or "") for one in tallies(alerts, lambda line: line.rule)],
        by_company=[_tally(one, books.company) for one in tallies(alerts, books.company_id)],
        by_site=[_tally(one, books.site) for one in tallies(alerts, books.site_id)],
        by_district=[_tally(one, books.district) for one in tallies(alerts, lambda line: line.district_id)],
        cases=_case_figures(case_figures(cases, now_ms)),
        online=await _online(services, scoped, books.current, days, now_ms),
    )


async def _online(services: Services, scoped: Scoped, book: Book, days: Days, now_ms: int) -> OnlineView:
    begun = (min(days.last, local_day(now_ms, days.zone)) - days.first).days + 1
    ids = await scoped.devices()
    heard = await services.reports.heard_days(
        first=days.first, last=days.last, ids=None if ids is None else sorted(ids)
    )
    carried = {
        "vehicles": book.vehicle_devices(),
        "stations": book.station_devices(),
    }
    shares = {
        kind: _share(online([one for one in devices if ids is None or one in ids], heard, max(0, begun)))
        for kind, devices in carried.items()
    }
    return OnlineView(days=max(0, begun), **shares)


def reported(line: AlertLine, books: Books) -> ReportedAlert:
    """An alert of the list."""
    book = books.of(line)
    ended = "ongoing" if line.ended_ms is None else "ended"
    return ReportedAlert.model_validate(
        {
            "id": str(line.id),
            "rule": line.rule,
            "severity": line.severity,
            "state": ended if line.withdrawn is None else "withdrawn",
            "vehicle_id": line.vehicle_id,
            "station_id": line.station_id,
            "area": line.area,
            "company": book.company(books.company_id(line)),
            "site": book.site(books.site_id(line)),
            "district": book.district(line.district_id),
            "started_at": to_rfc3339(line.started_ms),
            "detected_at": to_rfc3339(line.detected_ms),
            "ended_at": to_rfc3339_if_known(line.ended_ms),
            "found_late": line.found_late,
            "case_id": line.case_id,
            "case_state": line.case_state,
        }
    )


def _share(one: Share) -> ShareView:
    return ShareView(n=one.n, of=one.of)


def _tally(one: Tally, label_of: Callable[[str | None], str]) -> TallyView:
    return TallyView(
        id=one.id,
        label=label_of(one.id),
        by_severity=dict(one.by_severity),
        withdrawn=one.withdrawn,
        total=one.total,
    )


def _case_figures(found: CaseFigures) -> CaseFiguresView:
    shares = {
        "answered_in_time": _share(found.answered_in_time),
        "closed_in_time": _share(found.closed_in_time),
    }
    return CaseFiguresView(**(asdict(found) | shares))
