"""dust_exceedance and noise_exceedance: each limit of a station, reading by reading; a tick looks without changing anything."""

from collections.abc import Iterable

from msgspec import Struct

from alerts import dust_limit
from alerts.averaging import needs_background
from alerts.dust_limit import JUDGED_AFTER_MS, Backgrounds, LimitState, background_of
from alerts.dust_run import LimitTerms
from alerts.episode import Findings, place_of
from alerts.finding import Finding
from alerts.observation import StationContext
from alerts.ruleset import JudgedRule
from domain.identifiers import LimitId
from domain.quantity import PARTICULATES, Quantity
from domain.report import DustReport
from domain.rule import RuleKind
from domain.station import Limit

QUANTITIES = {
    RuleKind.DUST_EXCEEDANCE: frozenset(PARTICULATES),
    RuleKind.NOISE_EXCEEDANCE: frozenset({Quantity.NOISE}),
}


class DustState(Struct, frozen=True, array_like=True, tag=True):
    """All limits of a station."""

    limits: dict[LimitId, LimitState]


def step(
    rule: JudgedRule,
    state: DustState | None,
    report: DustReport,
    known: Backgrounds,
    context: StationContext,
) -> tuple[DustState | None, Findings]:
    """Judge one reading."""
    limits: dict[LimitId, LimitState] = {} if state is None else dict(state.limits)
    findings: list[Finding] = []
    for limit in context.profile.limits:
        if limit.quantity not in QUANTITIES[rule.kind]:
            continue
        before = limits.get(limit.id) or LimitState(terms_of(rule, limit, context))
        after, news = dust_limit.read(before, report, background_of(before, known))
        limits[limit.id] = after
        findings.extend(news)
    return DustState(limits), tuple(findings)


def terms_of(rule: JudgedRule, limit: Limit, context: StationContext) -> LimitTerms:
    """The terms of a limit, as the ruleset has them."""
    profile = context.profile
    return LimitTerms(
        rule,
        limit,
        profile.device_id,
        place_of(profile.station),
        context.ruleset.time_zone.key,
        profile.station.area_id if needs_background(limit) else None,
    )


def retell(
    limit: LimitState, known: Backgrounds, at_ms: int, newest_ms: int | None
) -> tuple[LimitState, Findings]:
    """Judge again the windows of a limit that waited for a background value.

    `at_ms` is the value's time, `newest_ms` that of the station's newest reading.
    """
    if not limit.tail or not needs_background(limit.terms.limit):
        return limit, ()
    return dust_limit.retell(limit, background_of(limit, known), at_ms, newest_ms)


def peek(limits: Iterable[LimitState], known: Backgrounds, at_ms: int) -> Findings:
    """What the passing of time up to `at_ms` shows, without a change of state."""
    findings = [
        finding
        for limit in limits
        for finding in dust_limit.pass_time(limit, background_of(limit, known), at_ms)
    ]
    return tuple({finding.id: finding for finding in findings}.values())


def due_ms(limits: Iterable[LimitState], after_ms: int) -> int | None:
    """The earliest time after `after_ms` at which `peek` could show something new."""
    due: list[int] = []
    for limit in limits:
        length_ms = limit.terms.window_ms
        ends = [] if limit.until_ms is None else [limit.until_ms]
        if limit.open is not None:
            end_ms = limit.open.end_ms
            ends += [end_ms, end_ms + length_ms, end_ms + 2 * length_ms]
        elif limit.run.last_start_ms is not None and limit.run.is_running:
            ends += [limit.run.last_start_ms + (number + 2) * length_ms for number in range(2)]
        due.extend(end + JUDGED_AFTER_MS for end in ends if end + JUDGED_AFTER_MS > after_ms)
    return min(due, default=None)
