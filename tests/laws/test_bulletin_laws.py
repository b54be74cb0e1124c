"""Every figure of a bulletin ties to the lines of its statement, whatever the lines are."""

from collections import Counter
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from domain.instant import HOUR_MS, MINUTE_MS
from domain.localtime import local_day
from exports.bulletin.bulletin import Bulletin, bulletin
from exports.bulletin.dust_hours import union_ms
from exports.bulletin.hot_spots import AT_A_PLACE, REACH_M
from exports.bulletin.summary import summary
from exports.statement import StatedAlert, Statement
from exports.within import within
from geofence.projection import plane_for
from tests.exports import stated

ZONE = ZoneInfo("Asia/Shanghai")
BEFORE = stated.WEEK.before


@st.composite
def alerts(draw: st.DrawFn, shift_ms: int = 0) -> list[StatedAlert]:
    """Alerts of a few vehicles and stations at a few places, withdrawn, dismissed, ongoing, of no company, placeless."""
    found = []
    for number in range(draw(st.integers(0, 25))):
        one = stated.alert(draw(st.integers(1, 400)))
        changes: dict[str, object] = {"id": f"A{shift_ms}-{number}"}
        changes |= draw(
            st.sampled_from(
                [{}, {}, {}, {"withdrawn": "late"}, {"case_state": "dismissed"}, {"ended_ms": None},
                 {"company_id": None, "company": ""}, {"lon": None, "lat": None}, {"district_id": None, "district": ""}]
            )
        )  # fmt: skip
        if draw(st.booleans()):  # near enough to others to be of one place
            step = draw(st.integers(0, 60)) / 10_000
            changes = {"lon": 104.06 + step, "lat": 30.66} | changes
        times = {"started_ms": one.started_ms + shift_ms, "detected_ms": one.detected_ms + shift_ms}
        ended_ms = None if one.ended_ms is None else one.ended_ms + shift_ms
        found.append(stated.alert(draw(st.integers(1, 400)), **times | {"ended_ms": ended_ms} | changes))
    return found


statements = alerts().map(lambda found: stated.statement(*found))
befores = st.one_of(
    st.just(()),
    alerts(-7 * 24 * HOUR_MS).map(lambda found: (stated.statement(*found, period=BEFORE),)),
)
scopes = st.sampled_from([None, None, frozenset({"D1"}), frozenset({"D1", "D3"}), frozenset()])


def made(
    statement: Statement, before: tuple[Statement, ...], districts
) -> tuple[Bulletin, list[StatedAlert]]:
    """The bulletin and the violations that it is of."""
    found = bulletin([statement], before, districts=districts)
    return found, [one for one in within(statement, districts).alerts if one.counts]


@given(statements, befores, scopes)
def test_the_parts_of_the_headline_make_up_the_whole(statement, before, districts):
    found, violations = made(statement, before, districts)
    head = found.headline
    assert head.violations.n == len(violations)
    assert head.alerts.n == head.violations.n + head.withdrawn.n + head.dismissed.n
    for parts in (
        [one.n for one in head.by_severity.values()],
        [one.count.n for one in head.by_rule],
        [one.count.n for one in head.by_day],
        [sum(one.by_severity.values()) for one in head.by_rule],
        [sum(one.by_severity.values()) for one in head.by_day],
    ):
        assert sum(parts) == head.violations.n
    assert Counter(one.rule for one in violations) == {
        one.rule: one.count.n for one in head.by_rule if one.count.n
    }


@given(statements, befores, scopes)
def test_what_was_before_is_what_the_bulletin_of_then_said(statement, before, districts):
    found, _ = made(statement, before, districts)
    counts = [
        found.headline.violations,
        found.companies.of_none,
        *(one.count for one in found.companies.rows),
    ]
    if not before:
        assert {one.before for one in counts} == {None}
        return
    then, _ = made(before[0], (), districts)
    assert found.headline.violations.before == then.headline.violations.n
    assert {one.rule: one.count.before for one in found.headline.by_rule if one.count.before} == {
        one.rule: one.count.n for one in then.headline.by_rule
    }
    assert {one.id: one.count.before for one in found.companies.rows} == {
        one.id: next((other.count.n for other in then.companies.rows if other.id == one.id), 0)
        for one in found.companies.rows
    }
    assert [(one.before.n, one.before.of) for one in found.rates if one.before is not None] == [
        (one.n, one.of) for one in then.rates
    ]


@given(statements, befores, scopes)
def test_a_ranking_holds_every_violation_once_and_ranks_by_what_it_says(statement, before, districts):
    found, _ = made(statement, before, districts)
    for ranking in (found.companies, found.districts):
        counts = [one.count for one in ranking.rows] + [ranking.of_none]
        assert sum(one.n for one in counts) == found.headline.violations.n
        if before:
            assert sum(one.before or 0 for one in counts) == found.headline.violations.before
        assert len({one.id for one in ranking.rows}) == len(ranking.rows)
        for one in ranking.rows:
            assert sum(one.by_severity.values()) == sum(one.by_rule.values()) == one.count.n
            worse = [
                other for other in ranking.rows if (other.serious, other.count.n) > (one.serious, one.count.n)
            ]
            assert one.rank == 1 + len(worse)
        sized = [one for one in ranking.rows if one.vehicles]
        for one in sized:
            worse = [
                other
                for other in sized
                if (other.serious * one.vehicles, other.count.n * one.vehicles)
                > (one.serious * other.vehicles, one.count.n * other.vehicles)
            ]
            assert one.rank_per_vehicle == 1 + len(worse)
        assert [one.rank for one in ranking.rows] == sorted(one.rank for one in ranking.rows)


@given(statements, befores, scopes)
def test_a_repeated_offender_has_three_or_did_the_same_before_and_nobody_else_is_one(
    statement, before, districts
):
    found, violations = made(statement, before, districts)
    counts = Counter(one.vehicle_id for one in violations if one.vehicle_id)
    kinds = {(one.vehicle_id, one.rule) for one in violations}
    earlier = {(one.vehicle_id, one.rule) for one in (made(before[0], (), districts)[1] if before else ())}
    wanted = {name for name, n in counts.items() if n >= 3} | {name for name, _ in kinds & earlier if name}
    assert {one.vehicle_id for one in found.offenders} == wanted
    for one in found.offenders:
        assert one.count.n == counts[one.vehicle_id] == sum(one.by_rule.values())
        assert set(one.again) == {rule for name, rule in kinds & earlier if name == one.vehicle_id}


@given(statements, befores, st.randoms(use_true_random=False))
def test_hot_spots_are_the_same_in_any_order_apart_from_each_other_and_of_several(statement, before, random):
    found, violations = made(statement, before, None)
    shuffled = list(statement.alerts)
    random.shuffle(shuffled)
    again = bulletin([stated.statement(*shuffled)], before, districts=None)
    assert again.hot_spots == found.hot_spots
    placed = [one for one in violations if one.lon is not None and one.rule in AT_A_PLACE]
    assert sum(one.count.n for one in found.hot_spots) <= len(placed)
    for spot in found.hot_spots:
        assert spot.count.n >= 3
        assert spot.days > 1 or spot.vehicles > 1
        assert sum(spot.by_rule.values()) == spot.count.n
        assert spot.radius_m <= REACH_M
        plane = plane_for(spot.lon)
        x_m, y_m = plane.to_plane(spot.lon, spot.lat)
        near = [
            one
            for one in placed
            for at in (plane.to_plane(one.lon, one.lat),)
            if (at[0] - x_m) ** 2 + (at[1] - y_m) ** 2 <= (spot.radius_m + 1) ** 2
        ]
        assert len(near) >= spot.count.n
    counts = [one.count.n for one in found.hot_spots]
    assert counts == sorted(counts, reverse=True)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=12))
def test_the_union_of_spans_counts_each_minute_once(spans):
    minutes = {minute for first, end in spans for minute in range(first, end)}
    assert (
        union_ms([(first * MINUTE_MS, end * MINUTE_MS) for first, end in spans]) == len(minutes) * MINUTE_MS
    )


@given(statements, befores, scopes)
def test_the_hours_over_a_limit_lie_in_the_period_and_are_no_more_than_the_spans_together(
    statement, before, districts
):
    found, violations = made(statement, before, districts)
    dust = [one for one in violations if one.rule == "dust_exceedance"]
    assert sum(one.alerts for one in found.dust) == len(dust)
    for one in found.dust:
        own = [alert for alert in dust if alert.site_id == one.id]
        spans_ms = [(alert.ended_ms or statement.stated_ms) - alert.started_ms for alert in own]
        assert 0 <= one.over_ms <= min(sum(spans_ms), stated.TO_MS - stated.FROM_MS)
        assert one.over_ms >= max(
            min(alert.ended_ms or stated.TO_MS, stated.TO_MS) - alert.started_ms for alert in own
        )


@given(statements, befores, scopes)
def test_every_rate_is_a_share_and_every_language_says_as_much(statement, before, districts):
    found, _ = made(statement, before, districts)
    for one in found.rates:
        assert 0 <= one.n <= one.of
        assert one.means["zh"]
        assert one.means["en"]
    said = [summary(found, language) for language in ("zh", "en")]
    assert len(said[0]) == len(said[1]) > 0
    assert f"{found.headline.violations.n:,}" in said[0][0]
    assert f"{found.headline.violations.n:,}" in said[1][0]


@given(st.lists(alerts(), min_size=1, max_size=4))
def test_amendments_lead_from_the_first_issue_to_the_last(issues):
    issued = [stated.statement(*found, number=number) for number, found in enumerate(issues)]
    found = bulletin(issued, (), districts=None)
    violations = found.headline.violations.n
    for one in found.amendments:
        assert one.violations.before == violations
        violations += one.added - one.gone
        assert one.violations.n == violations
    assert violations == sum(one.counts for one in issued[-1].alerts)


@given(statements)
def test_a_city_is_its_districts_and_what_lies_in_none(statement):
    whole, violations = made(statement, (), None)
    parts = [made(statement, (), frozenset({name}))[0] for name, _ in stated.DISTRICTS]
    nowhere = sum(one.district_id is None for one in violations)
    assert sum(one.headline.violations.n for one in parts) + nowhere == whole.headline.violations.n
    assert whole.districts.of_none.n == nowhere
    days = Counter(local_day(one.detected_ms, ZONE) for one in violations)
    assert {one.day: one.count.n for one in whole.headline.by_day if one.count.n} == days
