"""The sentences of a bulletin in either language: what those read who read nothing else.

A sentence says a figure with what it is of; where there is nothing to say, it is left out.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from domain.localtime import local_day
from domain.period import PeriodKind
from exports.bulletin.bulletin import Bulletin
from exports.bulletin.dust_hours import total_h
from exports.bulletin.ranking import Ranked
from exports.counted import Counted
from exports.rounding import RATE_DIGITS, percent, rounded
from exports.words import Language, word

MOST_NAMED = 3
Pair = tuple[str, str]
"""The same in English and in Chinese."""


def summary(bulletin: Bulletin, language: Language) -> tuple[str, ...]:
    """The sentences in order."""
    pairs = (make(bulletin) for make in _SENTENCES)
    return tuple(pair[language == "zh"] for pair in pairs if pair is not None)


def period_words(bulletin: Bulletin, language: Language) -> str:
    """What the period is called: `2026年第46周（11月9日至11月15日）`, `week 46 of 2026 (9 November to 15 November)`."""
    first, last = bulletin.period.first, bulletin.period.last
    year, issue = bulletin.year, bulletin.issue
    if bulletin.period.kind is PeriodKind.MONTH:
        return f"{year}年{issue}月" if language == "zh" else f"{first:%B} {year}"
    if language == "zh":
        return f"{year}年第{issue}周（{_span(first, last)[1]}）"
    return f"week {issue} of {year} ({_span(first, last)[0]})"


def _day(day: date) -> Pair:
    return f"{day.day} {day:%B}", f"{day.month}月{day.day}日"


def _where(bulletin: Bulletin) -> Pair:
    if bulletin.within is None:
        return "the whole city", "全市"
    return _list(bulletin.within, "个区")


def _list(names: Sequence[str], counted_zh: str = "家") -> Pair:
    """Some names, and that there are more."""
    more = len(names) - MOST_NAMED
    en, zh = ", ".join(names[:MOST_NAMED]), "、".join(names[:MOST_NAMED])
    return (f"{en} and {more} more", f"{zh}等{len(names)}{counted_zh}") if more > 0 else (en, zh)


def _many(n: int, one: str, more: str = "") -> str:
    return f"{n:,} {one if n == 1 else more or one + 's'}"


def _provisional(bulletin: Bulletin) -> Pair | None:
    if not bulletin.is_provisional:
        return None
    if bulletin.stated_ms < bulletin.period.to_ms(ZoneInfo(bulletin.timezone)):
        return "The period is not over: all figures are provisional.", "本期尚未结束，以下数据均为暂定。"
    return "Not issued yet: all figures are provisional.", "本期尚未签发，以下数据均为暂定。"


def _total(bulletin: Bulletin) -> Pair:
    found = bulletin.headline
    kinds = [(name, one.n) for name, one in found.by_severity.items() if one.n]
    severe_en = ", ".join(f"{n:,} {word(name, 'en').lower()}" for name, n in kinds)
    severe_zh = "、".join(f"{word(name, 'zh')}{n:,}起" for name, n in kinds)
    change_en, change_zh = _change(found.violations)
    where_en, where_zh = _where(bulletin)
    period = period_words(bulletin, "en")
    en = f"{period[0].upper()}{period[1:]}, {where_en}: {_many(found.violations.n, 'violation')}"
    zh = f"{period_words(bulletin, 'zh')}，{where_zh}共认定违规{found.violations.n:,}起"
    return (
        f"{en}{f' ({severe_en})' if severe_en else ''}{change_en}",
        f"{zh}{f'，其中{severe_zh}' if severe_zh else ''}{change_zh}",
    )


def _change(count: Counted) -> Pair:
    change, share = count.change, count.change_share
    if change is None:
        return ". There is no statement of the period before to compare with.", "。无上一期数据可比。"
    if change == 0:
        return ", as many as in the period before.", "，与上一期持平。"
    sign = "" if share is None else percent(abs(share))
    en = f"{abs(change):,} {'more' if change > 0 else 'fewer'} than the {count.before:,} of the period before"
    zh = f"比上一期（{count.before:,}起）{'增加' if change > 0 else '减少'}{abs(change):,}起"
    if not sign:
        return f", {en}.", f"，{zh}。"
    up = change > 0
    return f", {en} ({'+' if up else '−'}{sign}).", f"，{zh}，{'上升' if up else '下降'}{sign}。"


def _kinds(bulletin: Bulletin) -> Pair | None:
    total = bulletin.headline.violations.n
    rows = [one for one in bulletin.headline.by_rule if one.count.n][:MOST_NAMED]
    if not rows:
        return None
    en = ", ".join(f"{word(one.rule, 'en')} {one.count.n:,} ({percent(one.count.n / total)})" for one in rows)
    zh = "、".join(
        f"{word(one.rule, 'zh')}{one.count.n:,}起（{percent(one.count.n / total)}）" for one in rows
    )
    return f"Most often: {en}.", f"违规类型以{zh}居前。"


def _companies(bulletin: Bulletin) -> Pair | None:
    first = [one for one in bulletin.companies.rows if one.rank == 1 and one.count.n]
    if not first:
        return None
    (names_en, names_zh), worst = _list([one.name for one in first]), first[0]
    sized = [one for one in bulletin.companies.rows if one.rank_per_vehicle == 1 and one.count.n]
    size_en, size_zh = _per_vehicle(sized) if sized else ("", "")
    each_en, each_zh = (" each", "各") if len(first) > 1 else ("", "")
    return (
        (
            f"First of the companies by critical and major violations: {names_en}{each_en} "
            f"({_many(worst.count.n, 'violation')}, {worst.serious:,} critical or major){size_en}."
        ),
        (
            f"按紧急、重要违规排名，企业首位为{names_zh}，{each_zh}违规{worst.count.n:,}起，"
            f"其中紧急和重要{worst.serious:,}起{size_zh}。"
        ),
    )


def _per_vehicle(first: Sequence[Ranked]) -> Pair:
    names_en, names_zh = _list([one.name for one in first])
    each = rounded(first[0].per_vehicle or 0, 2)
    return (
        f"; for each registered vehicle: {names_en} ({each})",
        f"；按登记车辆平均，{names_zh}最高，每车{each}起",
    )


def _again(bulletin: Bulletin) -> Pair | None:
    vehicles, spots = len(bulletin.offenders), bulletin.hot_spots
    if not vehicles and not spots:
        return None
    en = [f"{_many(vehicles, 'vehicle')} offended repeatedly"] if vehicles else []
    zh = [f"屡次违规车辆{vehicles:,}辆"] if vehicles else []
    if spots:
        name_en, name_zh = (spots[0].place or spots[0].district or "—",) * 2
        en.append(
            f"violations recur at {_many(len(spots), 'place')}, most at {name_en} ({spots[0].count.n:,})"
        )
        zh.append(f"违规多发点{len(spots):,}处，最多的在{name_zh}（{spots[0].count.n:,}起）")
    sentence = "; ".join(en)
    return f"{sentence[0].upper()}{sentence[1:]}.", f"{'；'.join(zh)}。"


def _dust(bulletin: Bulletin) -> Pair | None:
    if not bulletin.dust:
        heard = bulletin.rate("online_stations").n
        return ("No site was over a dust limit.", "期内无工地扬尘超标。") if heard else None
    worst = bulletin.dust[0]
    all_h = rounded(total_h(bulletin.dust), 1)
    worst_h = rounded(worst.over_h, 1)
    return (
        (
            f"Dust was over a limit at {_many(len(bulletin.dust), 'site')} for {all_h} hours in all, "
            f"longest at {worst.name} ({worst_h} h)."
        ),
        f"{len(bulletin.dust):,}个工地扬尘超标，累计{all_h}小时，最长为{worst.name}（{worst_h}小时）。",
    )


_TOLD = {
    "online_vehicles": ("vehicles on line", "车辆上线率"),
    "online_stations": ("dust monitors on line", "监测点上线率"),
    "qualified_vehicles": ("qualified reports of vehicles", "车辆数据合格率"),
    "drift": ("drift rate", "漂移率"),
}


def _heard(bulletin: Bulletin) -> Pair | None:
    told = [
        (names, percent(one.share, RATE_DIGITS))
        for name, names in _TOLD.items()
        if (one := bulletin.rate(name)).of
    ]
    if not told:
        return None
    en = ", ".join(f"{names[0]} {share}" for names, share in told)
    return f"{en[0].upper()}{en[1:]}.", f"{'，'.join(f'{names[1]}{share}' for names, share in told)}。"


def _cases(bulletin: Bulletin) -> Pair | None:
    cases, figures = bulletin.cases, bulletin.cases.figures
    if not figures.opened and not cases.overdue:
        return None
    in_time = bulletin.rate("answered_in_time")
    en = f"{_many(figures.opened, 'case')} opened: {figures.closed:,} closed, {figures.open:,} open, {figures.dismissed:,} dismissed"
    zh = f"期内立案{figures.opened:,}件，已销号{figures.closed:,}件，未结{figures.open:,}件，排除{figures.dismissed:,}件"
    if in_time.of:
        en += f"; checked on site within the limit {percent(in_time.share, RATE_DIGITS)} ({in_time.n:,} of {in_time.of:,})"
        zh += f"；按期核查率{percent(in_time.share, RATE_DIGITS)}（{in_time.n:,}/{in_time.of:,}）"
    return (
        f"{en}. Overdue: {cases.overdue:,}, {cases.carried:,} of them from before; disputed: {cases.disputed:,}.",
        f"{zh}。超期{cases.overdue:,}件（其中前期遗留{cases.carried:,}件），申诉{cases.disputed:,}件。",
    )


def _not_counted(bulletin: Bulletin) -> Pair | None:
    found = bulletin.headline
    if not found.withdrawn.n and not found.dismissed.n and not found.found_late.n:
        return None
    return (
        (
            f"Not counted: {_many(found.withdrawn.n, 'alert')} withdrawn and {found.dismissed.n:,} dismissed; "
            f"{found.found_late.n:,} of the violations were found in late data."
        ),
        f"另有撤回{found.withdrawn.n:,}起、排除{found.dismissed.n:,}起未计入；违规中迟报补判{found.found_late.n:,}起。",
    )


def _unheard(bulletin: Bulletin) -> Pair | None:
    runs = [] if bulletin.arrivals is None else runs_of_days(bulletin.arrivals.silent_days)
    if not runs:
        return None
    en, zh = zip(*runs, strict=True)
    return (
        f"Nothing was received on {', '.join(en)}: no reports is not no violation.",
        f"{'、'.join(zh)}未收到任何数据（不等于无违规）。",
    )


def runs_of_days(days: Sequence[date]) -> list[Pair]:
    """Days in words, those that follow each other as one span."""
    spans: list[list[date]] = []
    for day in days:
        if spans and day - spans[-1][-1] == timedelta(days=1):
            spans[-1].append(day)
        else:
            spans.append([day])
    return [_day(span[0]) if len(span) == 1 else _span(span[0], span[-1]) for span in spans]


def _span(first: date, last: date) -> Pair:
    (first_en, first_zh), (last_en, last_zh) = _day(first), _day(last)
    return f"{first_en} to {last_en}", f"{first_zh}至{last_zh}"


def _amended(bulletin: Bulletin) -> Pair | None:
    if not bulletin.amendments:
        return None
    latest, zone = bulletin.amendments[-1], ZoneInfo(bulletin.timezone)
    en, zh = _day(local_day(latest.stated_ms, zone))
    now, first = latest.violations.n, bulletin.headline.violations.n
    return (
        (
            f"Amended {_times(len(bulletin.amendments))}, last on {en}: {_many(now, 'violation')} now, "
            f"{first:,} as first issued; the figures here are those first issued."
        ),
        f"首次签发后更正{len(bulletin.amendments)}次，最近一次为{zh}：违规由{first:,}起更正为{now:,}起；本文数据为首次签发时数据。",
    )


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n} times"


_SENTENCES: Iterable[Callable[[Bulletin], Pair | None]] = (
    _provisional, _total, _kinds, _companies, _again, _dust, _heard, _cases, _not_counted, _unheard, _amended,
)  # fmt: skip
