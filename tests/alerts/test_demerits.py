"""Demerits: the ledger and standings, by hand after Jinan's table and by laws over any violations."""

import json
from copy import deepcopy
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from alerts.demerit_document import read_scheme
from alerts.demerit_examples import JINAN, PLAIN
from alerts.demerit_scheme import DatedScheme, Follows, Grade, Scheme, Worth
from alerts.demerits import Appeal, AppealState, Violation, ledger, standings
from domain.instant import DAY_MS
from domain.rule import RuleKind
from domain.station import Severity

FIRST = date(2026, 1, 1)
NOW_MS = 181 * DAY_MS


def scheme(document: dict, **changes: object) -> Scheme:
    read = read_scheme(json.dumps(deepcopy(document) | changes).encode())
    assert isinstance(read, Scheme), read
    return read


def timeline(*schemes: tuple[date, Scheme]) -> list[DatedScheme]:
    return [
        DatedScheme(version=n, effective_from=day, scheme=one)
        for n, (day, one) in enumerate(schemes, start=1)
    ]


def violation(
    number: int, *, day: int = 0, rule=RuleKind.SPEEDING, severity=Severity.MINOR, **changes
) -> Violation:
    at_ms = day * DAY_MS + number
    fields = {
        "alert_id": UUID(int=number), "rule": rule, "severity": severity, "at_ms": at_ms,
        "day": FIRST + timedelta(days=day), "vehicle_id": "V1", "company_id": "C1",
    }  # fmt: skip
    return Violation(**fields | changes)


def stand(document: Scheme, about, lines):
    return {one.id: one for one in standings(document, about, lines, now_ms=NOW_MS, week_ms=7 * DAY_MS)}


def appeal(number: int, state: AppealState, back: Worth | None = None, decided_ms: int | None = 0) -> Appeal:
    return Appeal(id=number, alert_id=UUID(int=number), state=state, decided_ms=decided_ms, back=back)


def test_jinan_by_hand():
    jinan = scheme(JINAN)
    done = [
        *(violation(n, rule=RuleKind.ILLEGAL_DUMPING, severity=Severity.CRITICAL, vehicle_id=f"V{n}") for n in range(1, 5)),
        violation(5, rule=RuleKind.NO_PERMIT, severity=Severity.MAJOR, vehicle_id="V4"),
        violation(6, vehicle_id="V1"),
        violation(7, rule=RuleKind.ILLEGAL_DUMPING, vehicle_id="V9", company_id="C2"),
    ]  # fmt: skip
    lines = ledger(timeline((FIRST, jinan)), done, [])
    companies, vehicles = stand(jinan, "company", lines), stand(jinan, "vehicle", lines)
    assert (companies["C1"].points, companies["C1"].band.name.zh) == (51, "一般（重点监管）")
    assert (companies["C1"].follows, companies["C1"].score(jinan)) == (Follows.WATCH, 49)
    assert (companies["C2"].points, companies["C2"].band.grade) == (10, Grade.EXCELLENT)
    assert {one: (vehicles[one].points, vehicles[one].band.grade) for one in ("V1", "V2", "V4", "V9")} == {
        "V1": (11, Grade.GOOD), "V2": (10, Grade.GOOD), "V4": (20, Grade.POOR), "V9": (10, Grade.GOOD),
    }  # fmt: skip
    assert vehicles["V4"].follows is Follows.BLACKLIST


@pytest.mark.parametrize(
    ("about", "points", "grade"),
    [
        ("company", 0, Grade.EXCELLENT), ("company", 29, Grade.EXCELLENT), ("company", 30, Grade.GOOD),
        ("company", 39, Grade.GOOD), ("company", 40, Grade.WATCH), ("company", 59, Grade.WATCH),
        ("company", 60, Grade.POOR), ("company", 500, Grade.POOR), ("vehicle", 9, Grade.EXCELLENT),
        ("vehicle", 10, Grade.GOOD), ("vehicle", 19, Grade.GOOD), ("vehicle", 20, Grade.POOR),
    ],
)  # fmt: skip
def test_jinans_bands_begin_where_its_measures_say(about, points, grade):
    assert scheme(JINAN).band(about, points).grade is grade


def test_a_day_costs_a_vehicle_no_more_than_the_most_for_one_rule():
    lines = ledger(timeline((FIRST, scheme(PLAIN))), [violation(n) for n in range(1, 15)], [])
    assert [line.vehicle.charged for line in lines] == [1] * 10 + [0] * 4
    assert {line.vehicle.entry for line in lines} == {1}


@pytest.mark.parametrize(
    "other",
    [{"day": 1}, {"vehicle_id": "V2"}, {"rule": RuleKind.OFF_ROUTE}],
    ids=["another day", "another vehicle", "another rule"],
)
def test_the_most_of_a_day_is_of_one_rule_vehicle_and_day(other):
    lines = ledger(
        timeline((FIRST, scheme(PLAIN))), [*(violation(n) for n in range(1, 11)), violation(20, **other)], []
    )
    assert lines[-1].vehicle.charged == 1


def test_each_day_is_judged_by_the_scheme_in_force_on_it():
    dear = deepcopy(JINAN)
    dear["points"]["speeding"]["minor"] = {"company": 7, "vehicle": 4}
    known = timeline((FIRST, scheme(JINAN)), (FIRST + timedelta(days=10), scheme(dear)))
    lines = ledger(known, [violation(1, day=9), violation(2, day=10), violation(3, day=-1)], [])
    assert [(line.scheme_version, line.company.charged, line.vehicle.charged) for line in lines] == [
        (1, 1, 1),
        (2, 7, 4),
    ]


def test_where_only_confirmed_violations_count_others_have_no_line():
    strict = scheme(PLAIN, counts="confirmed")
    lines = ledger(timeline((FIRST, strict)), [violation(1), violation(2, is_confirmed=True)], [])
    assert [line.violation.alert_id for line in lines] == [UUID(int=2)]


def test_what_the_scheme_does_not_name_has_no_line():
    assert ledger(timeline((FIRST, scheme(PLAIN))), [violation(1, rule=RuleKind.DEVICE_SILENT)], []) == []
    assert ledger(timeline((FIRST, scheme(JINAN))), [violation(1, severity=Severity.INFO)], []) == []


def test_ten_in_a_month_put_a_vehicle_on_the_watch_list_and_nine_do_not():
    plain = scheme(PLAIN, points={})
    nine = [violation(n, day=n) for n in range(1, 10)]
    for done, follows in (
        (nine, Follows.NONE),
        ([*nine, violation(40, day=31)], Follows.NONE),
        ([*nine, violation(40, day=30)], Follows.WATCH),
    ):
        found = stand(plain, "vehicle", ledger(timeline((FIRST, plain)), done, []))["V1"]
        assert (found.points, found.follows) == (0, follows)


def test_a_violation_that_an_appeal_struck_does_not_count_for_a_special_rule():
    plain = scheme(PLAIN)
    done = [
        violation(n, rule=RuleKind.NO_PERMIT, severity=Severity.MAJOR, vehicle_id=f"V{n}")
        for n in range(1, 6)
    ]
    known = timeline((FIRST, plain))
    assert stand(plain, "company", ledger(known, done, []))["C1"].follows is Follows.BLACKLIST
    struck = stand(plain, "company", ledger(known, done, [appeal(5, AppealState.UPHELD)]))["C1"]
    assert (struck.follows, struck.fired, struck.violations, struck.points) == (Follows.NONE, (), 4, 40)


@pytest.mark.parametrize(
    ("state", "back", "expected"),
    [
        (AppealState.OPEN, None, (0, 0)), (AppealState.REFUSED, None, (0, 0)), (AppealState.UPHELD, None, (10, 10)),
        (AppealState.PARTLY, Worth(company=4, vehicle=10), (4, 10)), (AppealState.PARTLY, Worth(company=99, vehicle=0), (10, 0)),
    ],
)  # fmt: skip
def test_an_appeal_gives_back_what_was_decided_and_no_more_than_the_line(state, back, expected):
    one = violation(1, rule=RuleKind.ILLEGAL_DUMPING, severity=Severity.CRITICAL)
    line = ledger(timeline((FIRST, scheme(JINAN))), [one], [appeal(1, state, back)])[0]
    assert (line.company.back, line.vehicle.back) == expected


def test_the_last_week_is_what_was_charged_in_it_less_what_was_given_back_in_it():
    done = [violation(1, day=100), violation(2, day=178), violation(3, day=179)]
    appeals = [
        appeal(1, AppealState.UPHELD, decided_ms=180 * DAY_MS),
        appeal(2, AppealState.UPHELD, decided_ms=180 * DAY_MS),
    ]
    jinan = scheme(JINAN)
    found = stand(jinan, "vehicle", ledger(timeline((FIRST, jinan)), done, appeals))["V1"]
    assert (found.points, found.week_points) == (1, 2 - 1 - 1)


def test_of_two_appeals_against_an_alert_the_later_counts():
    refused = Appeal(id=1, alert_id=UUID(int=1), state=AppealState.REFUSED)
    upheld = Appeal(id=2, alert_id=UUID(int=1), state=AppealState.UPHELD)
    line = ledger(timeline((FIRST, scheme(JINAN))), [violation(1)], [upheld, refused])[0]
    assert (line.appeal, line.vehicle.net, line.is_struck) == (upheld, 0, True)


def test_who_has_no_company_costs_none_anything():
    jinan = scheme(JINAN)
    lines = ledger(timeline((FIRST, jinan)), [violation(1, company_id=None)], [])
    assert stand(jinan, "company", lines) == {}
    assert [one.id for one in standings(jinan, "company", lines, now_ms=0, week_ms=0, others=["C7"])] == [
        "C7"
    ]


KINDS = st.sampled_from(
    [RuleKind.SPEEDING, RuleKind.ILLEGAL_DUMPING, RuleKind.OFF_ROUTE, RuleKind.DEVICE_SILENT]
)
SOME = st.lists(
    st.builds(
        violation,
        st.integers(1, 10_000),
        day=st.integers(-3, 40),
        rule=KINDS,
        severity=st.sampled_from(Severity),
        vehicle_id=st.sampled_from(["V1", "V2", "V3"]),
        company_id=st.sampled_from(["C1", "C2", None]),
        is_confirmed=st.booleans(),
    ),
    max_size=30,
    unique_by=lambda one: one.alert_id,
)
KNOWN = st.sampled_from(
    [
        timeline((FIRST, scheme(PLAIN))),
        timeline((FIRST, scheme(JINAN)), (FIRST + timedelta(days=20), scheme(PLAIN))),
        timeline((FIRST, scheme(PLAIN, counts="confirmed", most_a_day={"company": 3, "vehicle": 12}))),
    ]
)


def total(lines, about) -> int:
    return sum(line.of(about).net for line in lines)


@given(KNOWN, SOME, st.randoms())
def test_the_order_in_which_violations_come_makes_no_difference(known, done, random):
    shuffled = list(done)
    random.shuffle(shuffled)
    assert ledger(known, shuffled, []) == ledger(known, done, [])


@given(KNOWN, SOME)
def test_totals_are_the_sums_of_the_ledger_and_never_below_nothing(known, done):
    lines = ledger(known, done, [])
    for about in ("company", "vehicle"):
        found = stand(known[-1].scheme, about, lines)
        assert sum(one.points for one in found.values()) == sum(
            line.of(about).net for line in lines if line.subject(about) is not None
        )
        assert all(line.of(about).net >= 0 for line in lines)


@given(KNOWN, SOME, SOME)
def test_points_of_different_vehicles_add_up(known, some, others):
    ours = [replace(one, vehicle_id="V8") for one in some]
    theirs = [replace(one, vehicle_id="V9", alert_id=UUID(int=one.alert_id.int + 2**64)) for one in others]
    apart = [*ledger(known, ours, []), *ledger(known, theirs, [])]
    assert total(ledger(known, ours + theirs, []), "company") == total(apart, "company")


@given(KNOWN, SOME, st.data())
def test_one_violation_more_never_costs_less(known, done, data):
    fewer = [one for one in done if data.draw(st.booleans())]
    for about in ("company", "vehicle"):
        assert total(ledger(known, fewer, []), about) <= total(ledger(known, done, []), about)


@given(KNOWN, SOME, st.data())
def test_an_upheld_appeal_gives_back_exactly_what_its_line_cost(known, done, data):
    lines = ledger(known, done, [])
    if not lines:
        return
    against = data.draw(st.sampled_from(lines))
    upheld = appeal(against.violation.alert_id.int, AppealState.UPHELD)
    after = ledger(known, done, [upheld])
    for about in ("company", "vehicle"):
        assert total(after, about) == total(lines, about) - against.of(about).net
    assert [line.violation for line in after] == [line.violation for line in lines]
