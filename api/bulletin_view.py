"""A bulletin as the API tells it."""

from collections.abc import Callable

from msgspec.structs import asdict

from api.bulletin_shapes import (
    AmendedView,
    ArrivalsView,
    BulletinCases,
    BulletinView,
    CountedView,
    DustHoursView,
    HeadlineView,
    HotSpotView,
    OffenderView,
    RankingView,
    RateView,
    Sentences,
    Words,
)
from domain.instant import to_rfc3339
from exports.bulletin.bulletin import Amended, Bulletin, CaseReport
from exports.bulletin.said import title
from exports.bulletin.summary import period_words, summary
from exports.words import Language


def bulletin_view(found: Bulletin, organ: str) -> BulletinView:
    """Everything of it."""
    period = found.period
    return BulletinView(
        period=period.name,
        kind=period.kind.value,
        first=period.first,
        last=period.last,
        year=found.year,
        issue=found.issue,
        title=_words(lambda language: title(period, language)),
        period_words=_words(lambda language: period_words(found, language)),
        organ=organ,
        timezone=found.timezone,
        stated_at=to_rfc3339(found.stated_ms),
        is_provisional=found.is_provisional,
        within=None if found.within is None else list(found.within),
        before=None if found.before is None else found.before.name,
        summary=Sentences(zh=list(summary(found, "zh")), en=list(summary(found, "en"))),
        headline=HeadlineView.model_validate(found.headline),
        companies=RankingView.model_validate(found.companies),
        districts=RankingView.model_validate(found.districts),
        offenders=[OffenderView.model_validate(one) for one in found.offenders],
        hot_spots=[HotSpotView.model_validate(one) for one in found.hot_spots],
        rates=[RateView.model_validate(one) for one in found.rates],
        dust=[DustHoursView.model_validate(one) for one in found.dust],
        cases=_cases(found.cases),
        arrivals=None if found.arrivals is None else ArrivalsView.model_validate(asdict(found.arrivals)),
        amendments=[_amended(one) for one in found.amendments],
    )


def _words(say: Callable[[Language], str]) -> Words:
    return Words(zh=say("zh"), en=say("en"))


def _cases(found: CaseReport) -> BulletinCases:
    figures = found.figures
    return BulletinCases(
        opened=figures.opened,
        open=figures.open,
        closed=figures.closed,
        dismissed=figures.dismissed,
        opened_before=None if found.before is None else found.before.opened,
        overdue=found.overdue,
        carried=found.carried,
        disputed=found.disputed,
    )


def _amended(one: Amended) -> AmendedView:
    return AmendedView(
        number=one.number,
        stated_at=to_rfc3339(one.stated_ms),
        violations=CountedView.model_validate(one.violations),
        added=one.added,
        gone=one.gone,
        changed=one.changed,
    )
