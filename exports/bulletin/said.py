"""A bulletin written out in one language: its figures as the tags of a template."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from domain.instant import EPOCH
from domain.period import Period, PeriodKind
from exports.bulletin.bulletin import Bulletin
from exports.bulletin.dust_hours import DustHours
from exports.bulletin.headline import DayRow, RuleRow
from exports.bulletin.hot_spots import HotSpot
from exports.bulletin.offenders import Offender
from exports.bulletin.ranking import Ranked
from exports.bulletin.summary import period_words, runs_of_days, summary
from exports.bulletin.tags import (
    AmendmentLine,
    ArrivalsTag,
    CasesTag,
    ChartsTag,
    DayLine,
    DustLine,
    Figure,
    OffenderLine,
    RankLine,
    RateLine,
    RuleLine,
    Severities,
    SpotLine,
    Tags,
)
from exports.counted import Counted, Rate
from exports.figures import SEVERITIES, Share
from exports.rounding import RATE_DIGITS, rounded
from exports.words import Language, word

UNKNOWN = "—"
MOST_KINDS = 3
"""Kinds of violations named of one vehicle, company or place: the workbook has all."""

RESPONSE = ("answered_in_time", "closed_in_time")
"""The rates that speak of people rather than of data."""

_WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


class Saying(Struct, frozen=True, kw_only=True):
    """A language and what it needs to know: the clock on the wall, and all violations for shares."""

    language: Language
    zone: tzinfo
    violations: int

    @property
    def is_zh(self) -> bool:
        """Tell whether it is Chinese."""
        return self.language == "zh"


def said(bulletin: Bulletin, *, language: Language, organ: str, charts: ChartsTag, font_notice: str) -> Tags:
    """Every tag with its value; `organ` is who issues it, "" for nobody."""
    headline = bulletin.headline
    say = Saying(language=language, zone=ZoneInfo(bulletin.timezone), violations=headline.violations.n)
    by_severity = {one: count.n for one, count in headline.by_severity.items()}
    return Tags(
        organ=organ,
        title=title(bulletin.period, language),
        issue=_issue(bulletin, say),
        period=period_words(bulletin, language),
        period_name=bulletin.period.name,
        stated=_instant(bulletin.stated_ms, say),
        stated_date=_day_of(bulletin.stated_ms, say),
        within=_listed(bulletin.within or (), say),
        compared="" if bulletin.before is None else _named(bulletin.before, language),
        provisional=bulletin.is_provisional,
        summary=summary(bulletin, language),
        violations=Severities(**_severities(headline.violations, by_severity, say)),
        alerts=Figure(**_figure(headline.alerts)),
        withdrawn=Figure(**_figure(headline.withdrawn)),
        dismissed=Figure(**_figure(headline.dismissed)),
        found_late=Figure(**_figure(headline.found_late)),
        severities=tuple(
            RuleLine(**_severities(count, {one: count.n}, say), name=word(one, language))
            for one, count in headline.by_severity.items()
        ),
        days=tuple(_day(row, say) for row in headline.by_day),
        rules=tuple(_rule(row, say) for row in headline.by_rule),
        companies=tuple(_ranked(row, say) for row in bulletin.companies.rows),
        companies_none=bulletin.companies.of_none.n,
        districts=tuple(_ranked(row, say) for row in bulletin.districts.rows),
        districts_none=bulletin.districts.of_none.n,
        offenders=tuple(_offender(number, one, say) for number, one in enumerate(bulletin.offenders, 1)),
        hot_spots=tuple(_spot(number, one, say) for number, one in enumerate(bulletin.hot_spots, 1)),
        dust=tuple(_dust(number, one, say) for number, one in enumerate(bulletin.dust, 1)),
        rates=tuple(_rate(one, say) for one in bulletin.rates if one.name not in RESPONSE),
        response=tuple(_rate(one, say) for one in bulletin.rates if one.name in RESPONSE),
        cases=_cases(bulletin),
        arrivals=_arrivals(bulletin, say),
        amendments=_amendments(bulletin, say),
        charts=charts,
        font_notice=font_notice,
    )


def title(period: Period, language: Language) -> str:
    """What a bulletin is called."""
    is_week = period.kind is PeriodKind.WEEK
    if language == "zh":
        return f"渣土运输与工地扬尘监管{'周' if is_week else '月'}通报"
    return f"{'Weekly' if is_week else 'Monthly'} bulletin on muck haulage and site dust"


def _named(period: Period, language: Language) -> str:
    year, number = period.name.split("-")
    if period.kind is PeriodKind.WEEK:
        week = int(number.removeprefix("W"))
        return f"{year}年第{week}周" if language == "zh" else f"week {week} of {year}"
    return f"{year}年{int(number)}月" if language == "zh" else f"{period.first:%B %Y}"


def _issue(bulletin: Bulletin, say: Saying) -> str:
    return (
        f"{bulletin.year}年第{bulletin.issue}期" if say.is_zh else f"No. {bulletin.issue} of {bulletin.year}"
    )


def _instant(at_ms: int, say: Saying) -> str:
    local = (EPOCH + timedelta(milliseconds=at_ms)).astimezone(say.zone)
    return (
        f"{_date(local.date(), say)} {local:%H:%M}"
        if say.is_zh
        else f"{_date(local.date(), say)}, {local:%H:%M}"
    )


def _day_of(at_ms: int, say: Saying) -> str:
    return _date((EPOCH + timedelta(milliseconds=at_ms)).astimezone(say.zone).date(), say)


def _date(day: date, say: Saying) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if say.is_zh else f"{day.day} {day:%B %Y}"


def _short(day: date, say: Saying) -> str:
    return f"{day.month}月{day.day}日" if say.is_zh else f"{day.day} {day:%b}"


def _listed(texts: Sequence[str], say: Saying) -> str:
    return ("、" if say.is_zh else ", ").join(texts)


def signed(number: int | None) -> str:
    """`+5`, `−5`, `0`; a dash where unknown."""
    return UNKNOWN if number is None else "0" if number == 0 else f"{number:+,d}".replace("-", "−")


def percent(share: float | None, digits: int = 1, *, sign: bool = False) -> str:
    """`12.5%`; a dash where unknown."""
    if share is None:
        return UNKNOWN
    mark = "−" if share < 0 else "+" if sign and share else ""
    return f"{mark}{rounded(100 * abs(share), digits)}%"


def _figure(count: Counted) -> dict[str, Any]:
    before = UNKNOWN if count.before is None else f"{count.before:,}"
    share = percent(count.change_share, sign=True)
    return {"n": count.n, "before": before, "change": signed(count.change), "change_share": share}


def _severities(count: Counted, by_severity: Mapping[str, int], say: Saying) -> dict[str, Any]:
    share = percent(count.n / say.violations if say.violations else None)
    return {
        **_figure(count),
        "share": share,
        **{one.value: by_severity.get(one.value, 0) for one in SEVERITIES},
    }


def _day(row: DayRow, say: Saying) -> DayLine:
    return DayLine(
        **_severities(row.count, row.by_severity, say),
        date=_short(row.day, say),
        weekday=_WEEKDAYS[row.day.weekday()] if say.is_zh else f"{row.day:%a}",
    )


def _rule(row: RuleRow, say: Saying) -> RuleLine:
    return RuleLine(**_severities(row.count, row.by_severity, say), name=word(row.rule, say.language))


def _kinds(by_rule: Mapping[str, int], say: Saying) -> str:
    most_first = sorted(by_rule.items(), key=lambda one: (-one[1], one[0]))
    gap = "" if say.is_zh else " "
    said = [f"{word(rule, say.language)}{gap}{n}" for rule, n in most_first if n]
    return _first(said, say)


def _first(texts: Sequence[str], say: Saying) -> str:
    """The first of them, and that there are more."""
    more = ("等" if say.is_zh else " …") if len(texts) > MOST_KINDS else ""
    return _listed(texts[:MOST_KINDS], say) + more


def _ranked(row: Ranked, say: Saying) -> RankLine:
    return RankLine(
        **_severities(row.count, row.by_severity, say),
        rank=row.rank,
        name=row.name,
        serious=row.serious,
        rules=_kinds(row.by_rule, say),
        vehicles=UNKNOWN if row.vehicles is None else f"{row.vehicles:,}",
        per_vehicle=UNKNOWN if row.per_vehicle is None else rounded(row.per_vehicle, 2),
        rank_per_vehicle=UNKNOWN if row.rank_per_vehicle is None else str(row.rank_per_vehicle),
        online=percent(_part(row.online), RATE_DIGITS),
    )


def _part(share: Share | None) -> float | None:
    return share.n / share.of if share is not None and share.of else None


def _offender(number: int, one: Offender, say: Saying) -> OffenderLine:
    return OffenderLine(
        **_severities(one.count, one.by_severity, say),
        number=number,
        plate=one.plate,
        company=one.company or UNKNOWN,
        rules=_kinds(one.by_rule, say),
        again=_first([word(rule, say.language) for rule in one.again], say) or UNKNOWN,
    )


def _spot(number: int, one: HotSpot, say: Saying) -> SpotLine:
    return SpotLine(
        **_severities(one.count, one.by_severity, say),
        number=number,
        place=one.place or UNKNOWN,
        district=one.district or UNKNOWN,
        lon=f"{one.lon:.5f}",
        lat=f"{one.lat:.5f}",
        radius_m=one.radius_m,
        vehicles=one.vehicles,
        days=one.days,
        rules=_kinds(one.by_rule, say),
    )


def _dust(number: int, one: DustHours, say: Saying) -> DustLine:
    return DustLine(
        number=number,
        name=one.name,
        stations=_listed(one.stations, say),
        district=one.district or UNKNOWN,
        alerts=one.alerts,
        hours=rounded(one.over_h, 1),
        before=UNKNOWN if one.before_h is None else rounded(one.before_h, 1),
    )


def _rate(one: Rate, say: Saying) -> RateLine:
    now, before = one.share, one.share_before
    points = UNKNOWN if now is None or before is None else _points(now - before)
    return RateLine(
        name=word(one.name, say.language),
        share=percent(now, RATE_DIGITS),
        n=one.n,
        of=one.of,
        count=f"{one.n:,} / {one.of:,}",
        before=percent(before, RATE_DIGITS),
        change=points,
        means=one.means[say.language],
    )


def _points(change: float) -> str:
    """Percentage points."""
    text = rounded(100 * abs(change), RATE_DIGITS)
    return text if float(text) == 0 else f"{'+' if change > 0 else '−'}{text}"


def _cases(bulletin: Bulletin) -> CasesTag:
    now, before = bulletin.cases.figures, bulletin.cases.before
    return CasesTag(
        opened=now.opened,
        before=UNKNOWN if before is None else f"{before.opened:,}",
        open=now.open,
        closed=now.closed,
        dismissed=now.dismissed,
        overdue=bulletin.cases.overdue,
        carried=bulletin.cases.carried,
        disputed=bulletin.cases.disputed,
    )


def _arrivals(bulletin: Bulletin, say: Saying) -> ArrivalsTag | None:
    found = bulletin.arrivals
    if found is None:
        return None
    return ArrivalsTag(
        received=f"{found.received:,}",
        stored=f"{found.stored:,}",
        duplicate=f"{found.duplicate:,}",
        rejected=f"{found.rejected:,}",
        late=f"{found.late:,}",
        silent=_listed([run[say.is_zh] for run in runs_of_days(found.silent_days)], say),
    )


def _amendments(bulletin: Bulletin, say: Saying) -> tuple[AmendmentLine, ...]:
    return tuple(
        AmendmentLine(
            number=one.number,
            stated=_instant(one.stated_ms, say),
            n=one.violations.n,
            added=one.added,
            gone=one.gone,
            changed=one.changed,
        )
        for one in bulletin.amendments
    )
