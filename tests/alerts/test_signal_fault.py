"""`signal_fault`: a truck's sensor cannot be believed: a cover never closed, a body up at speed, a frozen weight."""

import pytest

from tests.support.factories import World, haul_world
from tests.support.tracks import At, at, chain, judge, stand

RULE = "signal_fault"


def world(kind: str = "muck_truck") -> World:
    return World().vehicle(kind=kind)


# The cover.


def driving(from_s: float, to_s: float, *, v: float = 50.0, every: float = 300, **signals) -> list[At]:
    """Fast and straight on, by default with the longest step that is no gap."""
    seconds = [from_s + every * n for n in range(int((to_s - from_s) / every) + 1)]
    if seconds[-1] < to_s:
        seconds.append(to_s)
    return [at(s, 14 * s, v=v, **signals) for s in seconds]


def uncovered(from_s: float, to_s: float, **signals) -> list[At]:
    return driving(from_s, to_s, **{"cover": "open", **signals})


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(3599, [], id="3599 s"),
        pytest.param(3600, [(0, None, "minor")], id="3600 s"),
        pytest.param(3601, [(0, None, "minor")], id="3601 s"),
    ],
)
def test_an_hour_of_fast_driving_with_the_cover_open_is_a_fault(seconds, expected):
    verdict = judge(world(), uncovered(0, seconds))
    assert verdict.of(RULE) == expected
    assert verdict.detected(RULE) == [3600 for _ in expected]


@pytest.mark.parametrize(
    ("speed", "flagged"),
    [(39.9, False), (40.0, True), (40.1, True), (None, True)],
    ids=["39.9 km/h", "40 km/h", "40.1 km/h", "50 km/h by the fixes"],
)
def test_fast_is_from_40_kmh_on(speed, flagged):
    rows = [row.but(v=speed) for row in uncovered(0, 4200, every=60)]
    assert bool(judge(world(), rows).of(RULE)) is flagged


@pytest.mark.parametrize(
    ("cover", "flagged"),
    [("open", True), ("closed", False), (None, False)],
    ids=["open", "closed", "unknown"],
)
def test_only_an_open_cover_counts(cover, flagged):
    assert bool(judge(world(), uncovered(0, 4200, cover=cover)).of(RULE)) is flagged


@pytest.mark.parametrize(
    ("more_s", "expected"),
    [(1799, []), (1800, [(0, None, "minor")])],
    ids=["3599 s in all", "3600 s in all"],
)
def test_fast_stretches_add_up_over_slow_ones(more_s, expected):
    slow = [at(1800 + 20 * n, 25_200 + 50 * n, v=9.0, cover="open") for n in range(1, 50)]
    again = [row._replace(x=27_700 + 14 * (row.second - 2900)) for row in uncovered(2900, 2900 + more_s)]
    assert judge(world(), chain(uncovered(0, 1800), slow, again)).of(RULE) == expected


def test_it_starts_with_the_first_fast_report_since_the_cover_opened():
    slow = [at(20 * n, 50 * n, v=9.0, cover="open") for n in range(10)]
    fast = [row._replace(x=600 + 14 * (row.second - 200)) for row in uncovered(200, 3800)]
    assert judge(world(), chain(slow, fast)).of(RULE) == [(200, None, "minor")]


def test_a_closed_cover_between_begins_anew():
    rows = [row.but(cover="closed") if row.second == 1800 else row for row in uncovered(0, 5100)]
    assert judge(world(), rows).of(RULE) == []
    rows = [row.but(cover="closed") if row.second == 1800 else row for row in uncovered(0, 5700)]
    assert judge(world(), rows).of(RULE) == [(2100, None, "minor")]


def test_reports_without_a_cover_between_change_nothing():
    rows = [row.but(cover=None) if row.second % 120 else row for row in uncovered(0, 3600, every=60)]
    assert judge(world(), rows).of(RULE) == [(0, None, "minor")]


@pytest.mark.parametrize(
    ("step_s", "flagged"), [(300, True), (301, False)], ids=["300 s apart", "301 s apart"]
)
def test_reports_more_than_300_s_apart_do_not_add_up(step_s, flagged):
    assert bool(judge(world(), uncovered(0, 20 * step_s, every=step_s)).of(RULE)) is flagged


def test_reports_without_speed_and_fix_do_not_break_moving_time():
    blind = [at(60 * n + 30, None, cover="open") for n in range(60)]
    assert judge(world(), sorted([*uncovered(0, 3600, every=60), *blind], key=lambda row: row.second)).of(
        RULE
    ) == [(0, None, "minor")]


def test_it_goes_on_after_a_gap():
    again = [row._replace(x=14 * row.second) for row in uncovered(5000, 6800)]
    assert judge(world(), chain(uncovered(0, 1800), again)).of(RULE) == [(0, None, "minor")]


def test_it_ends_when_the_cover_closes():
    rows = chain(uncovered(0, 3900), driving(4000, 4100, cover="closed", every=20))
    assert judge(world(), rows).of(RULE) == [(0, 4000, "minor")]


def test_a_slow_or_a_standing_truck_does_not_end_it():
    rows = chain(uncovered(0, 3900), stand(4000, 5000, 55_000, cover="open"))
    assert judge(world(), rows).of(RULE) == [(0, None, "minor")]


def test_an_unknown_cover_does_not_end_it():
    rows = chain(uncovered(0, 3900), driving(4000, 5000, every=20))
    assert judge(world(), rows).of(RULE) == [(0, None, "minor")]


# The body.


def raised(from_s: float, to_s: float, *, v: float = 30.0, every: float = 10, **signals) -> list[At]:
    down = [at(from_s - 10, 8 * (from_s - 10), v=v, lift=False)]
    seconds = [from_s + every * n for n in range(int((to_s - from_s) / every) + 1)]
    if seconds[-1] < to_s:
        seconds.append(to_s)
    return [*down, *(at(s, 8 * s, v=v, **{"lift": True, **signals}) for s in seconds)]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(59, [], id="59 s"),
        pytest.param(60, [(100, None, "minor")], id="60 s"),
        pytest.param(61, [(100, None, "minor")], id="61 s"),
    ],
)
def test_a_body_up_for_60_s_at_speed_is_a_fault(seconds, expected):
    verdict = judge(world(), raised(100, 100 + seconds))
    assert verdict.of(RULE) == expected
    assert verdict.detected(RULE) == [160 for _ in expected]


@pytest.mark.parametrize(
    ("speed", "flagged"),
    [(29.9, False), (30.0, True), (30.1, True)],
    ids=["29.9 km/h", "30 km/h", "30.1 km/h"],
)
def test_at_speed_is_from_30_kmh_on(speed, flagged):
    assert bool(judge(world(), raised(100, 200, v=speed)).of(RULE)) is flagged


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"lift": False}, [], id="down between"),
        pytest.param({"v": 20.0}, [], id="slow between"),
        pytest.param({"lift": None}, [(100, None, "minor")], id="unknown between"),
    ],
)
def test_the_hold_is_broken_by_what_is_known(change, expected):
    rows = [row.but(**change) if row.second == 130 else row for row in raised(100, 160)]
    assert judge(world(), rows).of(RULE) == expected


def test_an_unknown_body_is_never_up():
    assert judge(world(), raised(100, 300, lift=None)).of(RULE) == []


@pytest.mark.parametrize(
    ("gap_s", "expected"), [(300, [(100, None, "minor")]), (301, [])], ids=["300 s", "a gap"]
)
def test_no_hold_runs_across_a_gap(gap_s, expected):
    rows = [at(100, 800, v=30.0, lift=True), at(100 + gap_s, 3200, v=30.0, lift=True)]
    assert judge(world(), rows).of(RULE) == expected


def test_it_ends_when_the_body_comes_down():
    rows = [*raised(100, 200), at(210, 1700, v=30.0, lift=False), at(220, 1800, v=30.0, lift=False)]
    assert judge(world(), rows).of(RULE) == [(100, 210, "minor")]


def test_reports_without_speed_and_fix_do_not_break_the_hold():
    rows = [row._replace(x=None).but(v=None) if row.second in {120, 130} else row for row in raised(100, 160)]
    assert judge(world(), rows).of(RULE) == [(100, None, "minor")]


def test_a_speed_without_a_fix_counts():
    rows = [row._replace(x=None) if row.second >= 120 else row for row in raised(100, 160)]
    assert judge(world(), rows).of(RULE) == [(100, None, "minor")]


def test_slowing_down_does_not_end_it():
    rows = [*raised(100, 200), at(210, 1650, v=10.0, lift=True), at(220, 1660, v=10.0, lift=True)]
    assert judge(world(), rows).of(RULE) == [(100, None, "minor")]


# The weight.

DAY_S = 86_400
HOUR_S = 3600


def weighing(
    until_s: float = DAY_S,
    *,
    weights: tuple[float | None, ...] = (8.0,),
    visits: int = 3,
    zone_x: float = 0.0,
) -> list[At]:
    """Over a day: stays of 10 min in a zone, an hour apart; between and after them standing elsewhere."""
    stays = [
        row for n in range(visits) for row in stand(2000 + n * HOUR_S, 2600 + n * HOUR_S, zone_x, every=100)
    ]
    busy = {row.second for row in stays}
    last_s = 2600 + (visits - 1) * HOUR_S
    elsewhere = [
        at(s, 3000, v=0.0)
        for s in range(0, int(until_s), 200)
        if not any(abs(s - b) < 200 for b in busy) and (s < 2000 or s > last_s or (s - 2000) % HOUR_S > 600)
    ]
    rows = sorted([*stays, *elsewhere, at(until_s, 3000, v=0.0)], key=lambda row: row.second)
    return [row.but(weight=weights[n % len(weights)]) for n, row in enumerate(rows)]


@pytest.mark.parametrize(
    ("until_s", "expected"),
    [
        pytest.param(DAY_S - 1, [], id="a second less than 24 h"),
        pytest.param(DAY_S, [(0, None, "minor")], id="24 h"),
        pytest.param(DAY_S + 1, [(0, None, "minor")], id="a second more"),
    ],
)
def test_the_same_weight_for_24_h_over_three_visits_is_a_fault(until_s, expected):
    verdict = judge(haul_world(), weighing(until_s))
    assert verdict.of(RULE) == expected
    assert verdict.detected(RULE) == [DAY_S for _ in expected]


@pytest.mark.parametrize(("visits", "flagged"), [(2, False), (3, True), (4, True)], ids=["2", "3", "4"])
def test_it_takes_three_stays_in_source_or_disposal_sites(visits, flagged):
    assert bool(judge(haul_world(), weighing(visits=visits)).of(RULE)) is flagged


@pytest.mark.parametrize(
    ("kind", "flagged"),
    [("source_site", True), ("disposal_site", True), ("parking", False), ("transfer_station", False)],
)
def test_stays_elsewhere_do_not_count(kind, flagged):
    zones = World().vehicle().square("Z", kind, 500)
    assert bool(judge(zones, weighing(zone_x=500)).of(RULE)) is flagged


@pytest.mark.parametrize(
    ("weights", "flagged"),
    [
        pytest.param((4.0, 4.1), True, id="0.1 t apart"),
        pytest.param((4.0, 4.11), False, id="0.11 t apart"),
        pytest.param((8.0, None, None), True, id="unknown between"),
        pytest.param((None,), False, id="unknown"),
        pytest.param((0.0,), True, id="always empty"),
    ],
)
def test_the_same_is_within_a_tenth_of_a_tonne(weights, flagged):
    rows = weighing(weights=weights)
    if weights != (None,):
        rows[0], rows[-1] = rows[0].but(weight=weights[0]), rows[-1].but(weight=weights[0])
    assert bool(judge(haul_world(), rows).of(RULE)) is flagged


def test_one_other_weight_begins_anew():
    rows = [row.but(weight=2.0) if 40_000 <= row.second < 40_200 else row for row in weighing()]
    assert judge(haul_world(), rows).of(RULE) == []


def test_it_ends_when_the_weight_changes():
    rows = [*weighing(), at(DAY_S + 100, 3000, v=0.0, weight=8.05), at(DAY_S + 200, 3000, v=0.0, weight=3.0)]
    assert judge(haul_world(), rows).of(RULE) == [(0, DAY_S + 200, "minor")]


def test_a_night_without_reports_is_within_the_run():
    rows = [row for row in weighing() if not 20_000 < row.second < 60_000]
    assert judge(haul_world(), rows).of(RULE) == [(0, None, "minor")]


@pytest.mark.parametrize("kind", ["muck_truck", "refuse_truck", "sweeper", "other"])
def test_it_concerns_every_vehicle(kind):
    assert judge(world(kind), raised(100, 200)).of(RULE) == [(100, None, "minor")]


def test_evidence_names_the_signal():
    for signal, rows in (
        ("cover", uncovered(0, 3900)),
        ("lift", raised(100, 200)),
        ("weight", weighing()),
    ):
        found = judge(haul_world(), rows).only(RULE)
        assert signal in repr(found.evidence)
        assert (found.subject, found.vehicle_id) == ("vehicle:V1", "V1")
