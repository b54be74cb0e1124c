"""The bulletin's figures by example: ranks, repeated offenders, places, hours over a limit, rates, sentences."""

from datetime import date, timedelta

import pytest

from domain.instant import DAY_MS, HOUR_MS
from exports.bulletin.bulletin import Bulletin, bulletin
from exports.bulletin.hot_spots import REACH_M
from exports.bulletin.summary import period_words, summary
from exports.figures import Share
from exports.statement import StatedAlert, Statement
from tests.exports import stated
from tests.exports.stated import FROM_MS, TO_MS, WEEK, ZONE, alert, case, day, fleet, statement

LON, LAT = 104.06, 30.66
EAST_100_M = 0.001044
"""A hundred metres to the east, in degrees at this latitude."""


def made(*alerts: StatedAlert, before: Statement | None = None, **changes: object) -> Bulletin:
    return bulletin([statement(*alerts, **changes)], () if before is None else (before,), districts=None)


def of(number: int, company: str, severity: str = "minor", **changes: object) -> StatedAlert:
    about = {
        "company_id": company,
        "company": company,
        "severity": severity,
        "rule": "speeding",
        "vehicle_id": f"V{number}",
    }
    return alert(number, station_id=None, **about | changes)


def last_week(*alerts: StatedAlert) -> Statement:
    return statement(*alerts, period=WEEK.before)


def test_companies_rank_by_what_is_critical_or_major_then_by_all_and_equal_ones_share_a_rank():
    found = made(
        of(1, "few but grave", "critical"),
        of(2, "many but slight"), of(3, "many but slight"), of(4, "many but slight"),
        of(5, "twin A"), of(6, "twin A"),
        of(7, "twin B"), of(8, "twin B"),
        fleets=(),
    )  # fmt: skip
    ranks = [(one.rank, one.name, one.count.n, one.serious) for one in found.companies.rows]
    assert ranks == [
        (1, "few but grave", 1, 1),
        (2, "many but slight", 3, 0),
        (3, "twin A", 2, 0),
        (3, "twin B", 2, 0),
    ]


def test_a_large_fleet_is_not_ranked_for_its_size():
    fleets = (fleet("vehicle", 0, devices=100), fleet("vehicle", 1, devices=2))
    found = made(of(1, "C1"), of(2, "C1"), of(3, "C1"), of(4, "C2"), fleets=fleets)
    large, small = found.companies.rows
    assert (large.id, large.rank, large.rank_per_vehicle, large.per_vehicle) == ("C1", 1, 2, 0.03)
    assert (small.id, small.rank, small.rank_per_vehicle, small.per_vehicle) == ("C2", 2, 1, 0.5)


def test_a_company_without_a_violation_is_ranked_last_and_one_without_a_fleet_by_number_alone():
    found = made(of(1, "stranger"))
    assert found.companies.rows[0].vehicles is None
    assert found.companies.rows[0].per_vehicle is None
    assert found.companies.rows[0].rank_per_vehicle is None
    assert {(one.rank, one.count.n) for one in found.companies.rows[1:]} == {(2, 0)}


def test_without_a_period_before_nothing_is_compared():
    found = made(alert(1))
    assert found.before is None
    assert found.headline.violations.change is None
    assert {one.before for one in found.rates} == {None}
    assert "无上一期数据可比" in summary(found, "zh")[0]
    assert "no statement of the period before" in summary(found, "en")[0]


def test_more_than_nothing_is_a_change_in_number_and_no_share():
    found = made(alert(1), alert(2), before=last_week())
    assert (found.headline.violations.change, found.headline.violations.change_share) == (2, None)
    assert "2 more than the 0 of the period before." in summary(found, "en")[0]


@pytest.mark.parametrize(
    ("n", "before", "en", "zh"),
    [
        (3, 2, "1 more than the 2 of the period before (+50.0%).", "比上一期（2起）增加1起，上升50.0%。"),
        (1, 2, "1 fewer than the 2 of the period before (−50.0%).", "比上一期（2起）减少1起，下降50.0%。"),
        (2, 2, "as many as in the period before.", "与上一期持平。"),
    ],
)
def test_a_change_is_said_in_number_and_share(n, before, en, zh):
    found = made(
        *(alert(k) for k in range(1, n + 1)), before=last_week(*(alert(k) for k in range(1, before + 1)))
    )
    assert summary(found, "en")[0].endswith(en)
    assert summary(found, "zh")[0].endswith(zh)


def test_a_vehicle_offends_repeatedly_with_three_or_with_the_same_kind_as_before():
    found = made(
        of(1, "C1"), of(1, "C1", id="b"), of(1, "C1", id="c"),
        of(2, "C1"), of(2, "C1", id="d"),
        of(3, "C1", rule="off_route"),
        of(4, "C1", rule="off_route"),
        before=last_week(of(3, "C1", rule="off_route"), of(4, "C1", rule="speeding")),
    )  # fmt: skip
    assert [(one.vehicle_id, one.is_frequent, one.again) for one in found.offenders] == [
        ("V1", True, ()),
        ("V3", False, ("off_route",)),
    ]


def place(number: int, east_m: float, *, vehicle: int = 0, on: int = 0, **changes: object) -> StatedAlert:
    at_ms = FROM_MS + on * DAY_MS + HOUR_MS
    where = {"lon": LON + EAST_100_M * east_m / 100, "lat": LAT}
    about = {
        "vehicle_id": f"V{vehicle}",
        "rule": "off_route",
        "severity": "major",
        "site": "",
        "started_ms": at_ms,
    }
    return alert(number, **where | about | changes)


def test_violations_recur_where_three_lie_close_together():
    assert made(place(1, 0), place(2, 100, vehicle=1)).hot_spots == ()
    (spot,) = made(place(1, 0), place(2, 100, vehicle=1), place(3, 200), place(4, 1000)).hot_spots
    assert (spot.rank, spot.count.n, spot.vehicles, spot.days) == (1, 3, 2, 1)
    assert spot.lon == pytest.approx(LON + EAST_100_M, abs=2e-6)
    assert 95 <= spot.radius_m <= 105


def test_one_truck_on_one_day_makes_no_bad_place_and_on_two_days_it_does():
    assert made(place(1, 0), place(2, 10), place(3, 20)).hot_spots == ()
    (spot,) = made(place(1, 0), place(2, 10), place(3, 20, on=1)).hot_spots
    assert (spot.vehicles, spot.days) == (1, 2)


def test_a_chain_of_violations_along_a_road_is_cut_into_places():
    found = made(*(place(n, 100 * n, vehicle=n) for n in range(1, 31))).hot_spots
    assert len(found) > 3
    assert max(one.radius_m for one in found) <= REACH_M
    assert sum(one.count.n for one in found) <= 30


def test_a_place_is_called_by_the_site_most_name_and_says_what_was_there_before():
    found = made(
        place(1, 0, site="东门工地"), place(2, 20, vehicle=1, site="东门工地"), place(3, 40, site="西门工地"),
        before=last_week(place(4, 30, started_ms=FROM_MS - DAY_MS), place(5, 900, started_ms=FROM_MS - DAY_MS)),
    )  # fmt: skip
    (spot,) = found.hot_spots
    assert (spot.place, spot.count.before) == ("东门工地", 1)


def test_the_same_violations_as_in_the_period_before_count_the_same_at_each_place():
    road = [(n, 70 * n) for n in range(40)]
    found = made(
        *(place(n, east_m, vehicle=n) for n, east_m in road),
        before=last_week(*(place(n, east_m, started_ms=FROM_MS - DAY_MS) for n, east_m in road)),
    ).hot_spots
    assert len(found) > 3
    assert [one.count.before for one in found] == [one.count.n for one in found]


def test_where_a_terminal_fell_silent_is_no_place_of_violations():
    assert made(*(place(n, n, vehicle=n, rule="device_silent") for n in range(5))).hot_spots == ()


def dust(number: int, from_h: float, to_h: float | None, site: str = "P1", **changes: object) -> StatedAlert:
    times = {
        "started_ms": FROM_MS + round(from_h * HOUR_MS),
        "ended_ms": None if to_h is None else FROM_MS + round(to_h * HOUR_MS),
    }
    about = {
        "rule": "dust_exceedance",
        "station_id": f"S{site}",
        "station": f"{site}站",
        "site_id": site,
        "site": site,
    }
    return alert(number, vehicle_id=None, **times | about | changes)


def test_two_limits_over_at_once_count_once_and_two_stations_of_a_site_are_one():
    found = made(
        dust(1, 10, 12),
        dust(2, 11, 13),
        dust(3, 11.5, 14, station_id="S9", station="九站"),
        dust(4, 20, 21, "P2"),
    ).dust
    assert [(one.name, one.over_h, one.alerts) for one in found] == [("P1", 4.0, 3), ("P2", 1.0, 1)]
    assert found[0].stations == ("P1站", "九站")


def test_the_hours_in_all_are_the_sum_of_the_hours_that_stand_beneath():
    found = made(dust(1, 10, 35.66), dust(2, 10, 27.26, "P2"))
    assert [one.over_h for one in found.dust] == [25.7, 17.3]
    assert any("累计43.0小时" in sentence for sentence in summary(found, "zh"))
    assert any("for 43.0 hours in all" in sentence for sentence in summary(found, "en"))


def test_what_goes_on_counts_to_the_end_of_the_period_and_no_dismissed_one_counts():
    found = made(dust(1, 7 * 24 - 2, None), dust(2, 1, 5, "P2", case_state="dismissed")).dust
    assert [(one.name, one.over_h) for one in found] == [("P1", 2.0)]


def test_a_provisional_one_counts_what_goes_on_to_the_moment_it_was_stated():
    found = made(dust(1, 10, None), stated_ms=FROM_MS + 12 * HOUR_MS, is_provisional=True)
    assert found.dust[0].over_h == 2.0
    assert summary(found, "zh")[0] == "本期尚未结束，以下数据均为暂定。"
    over = made(is_provisional=True)
    assert summary(over, "zh")[0] == "本期尚未签发，以下数据均为暂定。"


def test_rates_are_of_what_their_words_say():
    fleets = (
        fleet("vehicle", 0, devices=10, days=70, days_heard=63, heard=9, received=1000, rejected=10, bad_fields=5, faulty=3),
        fleet("vehicle", 1, devices=1, days=7, days_heard=7, heard=1, received=1000, rejected=0, bad_fields=0, faulty=0),
        fleet("station", 0, devices=2, days=14, days_heard=7, heard=2, received=10, rejected=8, bad_fields=40, faulty=1),
    )  # fmt: skip
    found = made(fleets=fleets, before=last_week())
    assert {one.name: (one.n, one.of) for one in found.rates if one.of} == {
        "online_vehicles": (70, 77),
        "online_stations": (7, 14),
        "qualified_vehicles": (1985, 2000),
        "qualified_stations": (0, 10),
        "drift": (3, 10),
        "station_faults": (1, 2),
    }
    assert found.rate("online_stations").before == Share(n=39, of=42)


def test_whose_faults_came_to_light_after_the_period_was_heard_too():
    late = fleet("vehicle", 0, devices=10, days=70, days_heard=2, heard=2, faulty=3)
    assert made(fleets=(late, fleet("vehicle", 1, heard=5, faulty=1))).rate("drift").share == 4 / 8


def test_without_a_fleet_or_a_case_a_rate_is_of_nothing():
    found = made(fleets=())
    assert {one.share for one in found.rates} == {None}


def test_response_within_24_h_is_of_the_cases_that_were_checked_or_due():
    found = made(
        cases=(
            case(1, opened_ms=FROM_MS, verify_due_ms=FROM_MS + DAY_MS, verified_ms=FROM_MS + DAY_MS),
            case(2, opened_ms=FROM_MS, verify_due_ms=FROM_MS + DAY_MS, verified_ms=FROM_MS + DAY_MS + 1),
            case(3, opened_ms=FROM_MS, verify_due_ms=FROM_MS + DAY_MS, is_overdue=True, disputed=True),
            case(4, opened_ms=TO_MS - 1, verify_due_ms=TO_MS + DAY_MS),
            case(5, opened_ms=FROM_MS, verify_due_ms=FROM_MS + DAY_MS, state="dismissed"),
            case(6, opened_ms=FROM_MS - 9 * DAY_MS, is_of_period=False, is_overdue=True),
        )
    )
    one = found.rate("answered_in_time")
    assert (one.n, one.of) == (1, 3)
    cases = found.cases
    assert (cases.figures.opened, cases.figures.open, cases.figures.dismissed) == (5, 4, 1)
    assert (cases.overdue, cases.carried, cases.disputed) == (2, 1, 1)


def test_a_day_on_which_nothing_came_is_said_not_to_be_a_day_without_violations():
    silent = (date(2026, 11, 9), date(2026, 11, 12), date(2026, 11, 13))
    found = made(account=tuple(day(one, received=0 if one in silent else 10) for one in WEEK.days))
    assert found.arrivals is not None
    assert found.arrivals.silent_days == silent
    assert "11月9日、11月12日至11月13日未收到任何数据（不等于无违规）。" in summary(found, "zh")
    said = "Nothing was received on 9 November, 12 November to 13 November: no reports is not no violation."
    assert said in summary(found, "en")


def test_part_of_a_city_has_its_own_figures_and_none_of_what_belongs_to_no_district():
    whole = [
        statement(
            alert(1, district_id="D1", district="锦江区"), alert(2, district_id="D2", district="青羊区")
        )
    ]
    found = bulletin(whole, whole, districts=frozenset({"D1"}))
    assert (found.within, found.headline.violations.n, found.headline.violations.before) == (
        ("锦江区",),
        1,
        1,
    )
    assert found.arrivals is None
    assert found.rate("online_vehicles").of == 0
    assert [one.id for one in found.districts.rows] == ["D1"]
    assert "锦江区共认定违规1起" in summary(found, "zh")[0]


def test_what_was_issued_later_stands_beside_the_figures_and_changes_none():
    first = statement(alert(1), alert(2), alert(3))
    then = statement(
        alert(1), alert(2, withdrawn="late"), alert(3, revision=2, severity="critical"), alert(4), number=1
    )
    found = bulletin([first, then], (), districts=None)
    assert found.headline.violations.n == 3
    (one,) = found.amendments
    assert (one.number, one.added, one.gone, one.changed, one.violations.n) == (1, 1, 1, 1, 3)
    assert "首次签发后更正1次" in summary(found, "zh")[-1]


def test_a_bulletin_is_of_the_issue_of_its_week_or_month():
    week, month = (
        made(),
        bulletin([stated.statement(period=stated.read_period("2026-10"))], (), districts=None),
    )
    assert (week.year, week.issue, month.year, month.issue) == (2026, 46, 2026, 10)
    assert period_words(week, "zh") == "2026年第46周（11月9日至11月15日）"
    assert period_words(week, "en") == "week 46 of 2026 (9 November to 15 November)"
    assert (period_words(month, "zh"), period_words(month, "en")) == ("2026年10月", "October 2026")
    assert len(month.headline.by_day) == 31


def test_a_week_that_begins_in_the_old_year_is_of_the_year_of_its_number():
    found = bulletin([statement(period=stated.read_period("2026-W01"))], (), districts=None)
    assert (found.period.first, found.year, found.issue) == (date(2025, 12, 29), 2026, 1)


def test_each_day_stands_beside_the_same_weekday_before():
    monday = of(1, "C1", detected_ms=FROM_MS + HOUR_MS)
    before = last_week(of(2, "C1", detected_ms=WEEK.before.from_ms(ZONE) + DAY_MS + HOUR_MS))
    days = made(monday, before=before).headline.by_day
    assert [(one.count.n, one.count.before) for one in days[:3]] == [(1, 0), (0, 1), (0, 0)]
    assert days[-1].day == WEEK.first + timedelta(days=6)
