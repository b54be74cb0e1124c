"""The pictures of a bulletin, as PNG: its figures drawn, numbered as in its tables."""

from collections.abc import Mapping
from datetime import date

from domain.period import PeriodKind
from exports.bulletin.bulletin import Bulletin
from exports.bulletin.ranking import Ranking
from exports.figures import Share
from exports.pictures.bars import Pair, Stack, compared, lying, standing
from exports.pictures.city_map import Spot, city_map
from exports.pictures.ground import Ground
from exports.pictures.lettering import Lettering
from exports.words import word

MOST_RANKED = 15
MOST_KINDS = 12
MOST_SPOTS = 20

_WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
_NAMES = {"zh": ("本期", "上期"), "en": ("This period", "The one before")}


def charts(bulletin: Bulletin, ground: Ground | None, lettering: Lettering) -> Mapping[str, bytes]:
    """Each picture by its tag; `map` is left out where there is no ground to draw."""
    found = {
        "by_day": standing(
            [
                Stack(
                    label=_day(row.day, bulletin, lettering), number=row.day.day, by_severity=row.by_severity
                )
                for row in bulletin.headline.by_day
            ],
            lettering,
        ),
        "by_rule": compared(
            [
                Pair(
                    label=word(row.rule, lettering.language),
                    number=number,
                    now=row.count.n,
                    before=row.count.before,
                )
                for number, row in enumerate(bulletin.headline.by_rule[:MOST_KINDS], 1)
            ],
            _NAMES[lettering.language],
            lettering,
        ),
        "companies": _ranked(bulletin.companies, lettering),
        "rates": _rates(bulletin, lettering),
    }
    if ground is not None and (ground.districts or ground.zones):
        spots = [
            Spot(number=number, lon=one.lon, lat=one.lat)
            for number, one in enumerate(bulletin.hot_spots[:MOST_SPOTS], 1)
        ]
        found["map"] = city_map(ground, spots, lettering)
    return found


def _day(day: date, bulletin: Bulletin, lettering: Lettering) -> str:
    if bulletin.period.kind is PeriodKind.MONTH:
        return str(day.day)
    if lettering.language == "zh":
        return f"{day.month}月{day.day}日\n{_WEEKDAYS[day.weekday()]}"
    return f"{day:%a}\n{day.day} {day:%b}"


def _ranked(ranking: Ranking, lettering: Lettering) -> bytes:
    return lying(
        [
            Stack(label=row.name, number=row.rank, by_severity=row.by_severity)
            for row in ranking.rows[:MOST_RANKED]
            if row.count.n
        ],
        lettering,
    )


def _rates(bulletin: Bulletin, lettering: Lettering) -> bytes:
    def percent(share: Share | None) -> float | None:
        return 100 * share.n / share.of if share is not None and share.of else None

    lines = [
        Pair(
            label=word(one.name, lettering.language),
            number=number,
            now=percent(Share(n=one.n, of=one.of)),
            before=percent(one.before),
        )
        for number, one in enumerate(bulletin.rates, 1)
    ]
    return compared(lines, _NAMES[lettering.language], lettering, in_percent=True)
