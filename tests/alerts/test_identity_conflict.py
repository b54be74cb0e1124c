"""`identity_conflict`: two devices report under one id. One stands at x = 0, the other 10 km away.

`A` and `B` are those two places; in `seen("ABAB…")` a report comes every 5 s from the named one.
"""

import pytest

from tests.support.factories import World
from tests.support.tracks import At, at, judge

RULE = "identity_conflict"
PLACES = {"A": 0.0, "B": 10_000.0, "C": 20_000.0, "D": -10_000.0, "E": 30_000.0}


def world(kind: str = "other") -> World:
    # A zone far away: distances are true where the registry's shapes are.
    return World().vehicle(kind=kind).square("FAR", "parking", 0, -20_000)


def seen(places: str, *, from_s: float = 0, every: float = 5, **signals) -> list[At]:
    return [
        at(from_s + every * n, PLACES[place], **{"v": 0.0, **signals})
        for n, place in enumerate(places)
        if place != " "
    ]


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        pytest.param("ABABAB", [], id="3 alternations"),
        pytest.param("ABABABA", [(15, None, "major")], id="4"),
        pytest.param("ABABABAB", [(15, None, "major")], id="5"),
        pytest.param("AABBAABBAABB", [(20, None, "major")], id="two reports each"),
        pytest.param("AAAABBBBAAAABBBBAAAABBBB", [(40, None, "major")], id="four reports each"),
        pytest.param("AAAAAAAAAAAAAAAAAAAAAAA", [], id="one device"),
        pytest.param("AAAAAAAABBBBBBBBBBBBBBB", [], id="gone there once"),
    ],
)
def test_four_alternations_between_two_tracks_are_a_conflict(places, expected):
    assert judge(world(), seen(places)).of(RULE) == expected


def test_it_is_detected_at_the_fourth():
    # The second track is started at 5; changes between fixes that joined: 15, 20, 25, 30.
    assert judge(world(), seen("ABABABABAB")).detected(RULE) == [30]


@pytest.mark.parametrize(
    ("fourth_s", "expected"),
    [
        pytest.param(614, [(15, None, "major")], id="599 s"),
        pytest.param(615, [(15, None, "major")], id="600 s"),
        pytest.param(616, [], id="601 s"),
    ],
)
def test_the_four_lie_within_10_min(fourth_s, expected):
    rows = [*seen("ABAB"), *seen("A", from_s=215), *seen("B", from_s=415), *seen("A", from_s=fourth_s)]
    assert judge(world(), rows).of(RULE) == expected


@pytest.mark.parametrize(
    ("metres", "flagged"),
    [(999.0, False), (1000.0, False), (1001.0, True)],
    ids=["999 m", "1000 m", "1001 m"],
)
def test_the_two_are_more_than_1_km_apart(metres, flagged):
    rows = [at(5 * n, metres * (n % 2), v=0.0) for n in range(12)]
    assert bool(judge(world(), rows).of(RULE)) is flagged


@pytest.mark.parametrize(("kmh", "flagged"), [(149, False), (151, True)], ids=["149 km/h", "151 km/h"])
def test_what_one_vehicle_could_drive_is_one_track(kmh, flagged):
    # To and fro over 1,500 m, at that speed.
    every = 1500 / (kmh / 3.6)
    rows = [at(round(every * n, 3), 1500.0 * (n % 2), v=0.0) for n in range(14)]
    assert bool(judge(world(), rows).of(RULE)) is flagged


def test_two_devices_that_drive_are_two_tracks():
    rows = [at(5 * n, 50 * n + (20_000 if n % 2 else 0), v=36.0) for n in range(20)]
    assert judge(world(), rows).of(RULE) == [(15, None, "major")]


@pytest.mark.parametrize(
    ("again_s", "start_s"),
    [
        pytest.param(605, 605, id="its last fix 600 s old: joined at once"),
        pytest.param(606, 616, id="601 s old: started anew"),
    ],
)
def test_a_track_is_joined_while_its_last_fix_is_no_older_than_10_min(again_s, start_s):
    alone = [at(10 + 5 * n, 0, v=0.0) for n in range(119)]  # to 600
    both = [at(again_s + 5 * n, 0 if n % 2 else PLACES["B"], v=0.0) for n in range(12)]
    assert judge(world(), [*seen("AB"), *alone, *both]).of(RULE) == [(start_s, None, "major")]


@pytest.mark.parametrize(
    "places",
    ["ACABADAEACABADAE", "ABACADAEABACADAE"],
    ids=["wild fixes here and there", "in another order"],
)
def test_wild_fixes_that_belong_to_no_track_alternate_with_nothing(places):
    assert judge(world(), seen(places)).of(RULE) == []


def test_a_fix_that_starts_a_track_is_no_alternation_nor_the_one_after_it():
    # C takes the place of one of the two at 20, so that one starts anew.
    assert judge(world(), seen("ABABCBABA")).of(RULE) == []


def test_vague_fixes_and_reports_without_a_fix_are_of_no_track():
    rows = [row.but(acc=60.0) if row.x else row for row in seen("ABABABABABAB")]
    assert judge(world(), rows).of(RULE) == []
    rows = [row._replace(x=None) if row.x else row for row in seen("ABABABABABAB")]
    assert judge(world(), rows).of(RULE) == []


def test_reports_without_a_fix_between_change_nothing():
    rows = sorted([*seen("ABABABA"), *(at(5 * n + 2, None) for n in range(7))], key=lambda row: row.second)
    assert judge(world(), rows).of(RULE) == [(15, None, "major")]


# The end.


@pytest.mark.parametrize(
    ("until_s", "ended"), [(1829, False), (1830, True), (1831, True)], ids=["1799 s", "1800 s", "1801 s"]
)
def test_it_ends_after_30_min_without(until_s, ended):
    rows = [*seen("ABABABA"), *(at(90 + 60 * n, 0, v=0.0) for n in range(29)), at(until_s, 0, v=0.0)]
    (span,) = judge(world(), rows).of(RULE)
    assert span[0] == 15
    assert (span[1] is not None) is ended
    if ended:
        assert 30 <= span[1] <= 90  # the last alternation, or the first report without


def test_one_alternation_more_prolongs_it():
    calm = [at(90 + 60 * n, 0, v=0.0) for n in range(20)]  # to 1230
    again = seen("BABA", from_s=1300)
    more = [at(1400 + 60 * n, 0, v=0.0) for n in range(20)]  # to 2540, over 30 min after 30
    assert judge(world(), [*seen("ABABABA"), *calm, *again, *more]).of(RULE) == [(15, None, "major")]


def test_after_its_end_it_takes_four_again():
    calm = [at(90 + 60 * n, 0, v=0.0) for n in range(40)]  # to 2430
    few = judge(world(), [*seen("ABABABA"), *calm, *seen("BABAB", from_s=2500)])
    assert len(few.of(RULE)) == 1
    many = judge(world(), [*seen("ABABABA"), *calm, *seen("BABABAB", from_s=2500)])
    assert [start for start, _, _ in many.of(RULE)] == [15, 2510]


def test_a_gap_does_not_end_it_but_the_report_after_30_min_does():
    rows = [*seen("ABABABA"), *seen("AA", from_s=9000)]
    (span,) = judge(world(), rows).of(RULE)
    assert span[0] == 15
    assert span[1] is not None


def test_a_vehicle_that_turns_up_elsewhere_after_a_silence_is_one():
    rows = [
        *seen("AAAA"),
        *seen("BBBB", from_s=3600),
        *seen("AAAA", from_s=7200),
        *seen("BBBB", from_s=10_800),
    ]
    assert judge(world(), rows).of(RULE) == []


# What it means for position_fault.


def test_its_outliers_are_no_position_fault():
    verdict = judge(world(), seen("ABABABABABABABAB"))
    assert verdict.of(RULE) == [(15, None, "major")]
    assert verdict.of("position_fault") == []


def test_wild_fixes_of_neither_track_still_are():
    rows = sorted(
        [*seen("AB" * 100), *(at(s, 0, 60_000 + s, v=0.0) for s in (752, 822, 892))],
        key=lambda row: row.second,
    )
    verdict = judge(world(), rows)
    assert len(verdict.of(RULE)) == 1
    assert [start for start, _, _ in verdict.of("position_fault")] == [752]


def test_outliers_before_it_still_are():
    before = [at(s, 0 if n % 2 else 40_000 + 9000 * n, v=0.0) for n, s in enumerate(range(-100, -20, 10))]
    verdict = judge(world(), [at(-110, 0, v=0.0), *before, *seen("ABABABABAB")])
    assert [start for start, _, _ in verdict.of("position_fault")] == [-100]


@pytest.mark.parametrize("kind", ["muck_truck", "refuse_truck", "sweeper", "other"])
def test_it_concerns_every_vehicle(kind):
    assert judge(world(kind), seen("ABABABA")).of(RULE) == [(15, None, "major")]


def test_the_alert_is_the_vehicles_and_says_how_far_apart():
    found = judge(world(), seen("ABABABA")).only(RULE)
    assert (found.subject, found.vehicle_id, found.device_id) == ("vehicle:V1", "V1", "D1")
    assert found.evidence.apart_m == pytest.approx(10_000, abs=1)
