"""`wash_skipped`: a truck left the site unwashed.

SRC reaches from x = -100 to 100 and belongs to site A, as does the wash bay BAY, from x = 60 to 80 and
y = -10 to 10. The truck is loaded at x = -60, washed (or not) at x = 70, and out at x = 150.
"""

import pytest

from tests.support.factories import World
from tests.support.tracks import At, at, chain, judge, stand

RULE = "wash_skipped"


def world(*, site_id: str | None = "A", bay_site_id: str | None = "A", kind: str = "muck_truck") -> World:
    bare = World().vehicle(kind=kind).square("SRC", "source_site", 0, site_id=site_id)
    return bare.square("BAY", "wash_bay", 70, half_m=10, site_id=bay_site_id)


def loading(until_s: float = 300) -> list[At]:
    """Into the site at 20, loaded from 150 on at x = -60, there until `until_s`."""
    coming = [at(0, -300, v=30.0, load="empty"), at(10, -200, v=30.0, load="empty")]
    inside = [at(20, -80, v=10.0, load="empty")]
    return chain(coming, inside, stand(30, 140, -60, load="empty"), stand(150, until_s, -60, load="full"))


def washing(from_s: float, to_s: float, x: float = 70, y: float = 0.0, **signals) -> list[At]:
    return stand(from_s, to_s, x, y, load="full", **signals)


def leaving(second: float) -> list[At]:
    """Out of the site from `second` on, known 10 s later."""
    return [at(second + 10 * n, 150 + 150 * n, v=40.0, load="full") for n in range(3)]


def flagged(rows: list[At], world_: World | None = None) -> bool:
    return bool(judge(world_ or world(), rows).of(RULE))


def test_a_departure_without_a_stay_at_the_bay_is_flagged_at_once():
    verdict = judge(world(), chain(loading(), leaving(320)))
    assert verdict.of(RULE) == [(320, 320, "minor")]
    assert verdict.detected(RULE) == [330]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(59, [(400, 400, "minor")], id="59 s"),
        pytest.param(60, [], id="60 s"),
        pytest.param(61, [], id="61 s"),
    ],
)
def test_a_wash_takes_60_s(seconds, expected):
    rows = chain(loading(), washing(320, 320 + seconds), leaving(400))
    assert judge(world(), rows).of(RULE) == expected


@pytest.mark.parametrize(
    ("y", "skipped"),
    [
        pytest.param(0.0, False, id="in it"),
        pytest.param(10.0, False, id="on its edge"),
        pytest.param(24.9, False, id="14.9 m"),
        pytest.param(25.1, True, id="15.1 m"),
    ],
)
def test_a_wash_is_in_the_bay_or_within_15_m_of_it(y, skipped):
    assert flagged(chain(loading(), washing(320, 390, y=y), leaving(400))) is skipped


@pytest.mark.parametrize(
    ("one_y", "other_y", "skipped"),
    [
        pytest.param(10.0, 38.0, False, id="mean 14 m off"),
        pytest.param(20.0, 32.0, True, id="mean 16 m off"),
    ],
)
def test_the_mean_of_its_fixes_is_its_place(one_y, other_y, skipped):
    rows = [at(320 + 10 * n, 70, other_y if n % 2 else one_y, v=0.0, load="full") for n in range(8)]
    assert flagged(chain(loading(), rows, leaving(400))) is skipped


@pytest.mark.parametrize(
    ("seconds", "skipped"),
    [(1199, False), (1200, False), (1201, True)],
    ids=["1199 s", "1200 s", "1201 s"],
)
def test_a_wash_counts_for_20_min(seconds, skipped):
    # Washed until 380, then waiting at the other end of the site.
    waiting = stand(390, 380 + seconds - 10, -60, load="full")
    rows = chain(loading(), washing(320, 380), waiting, leaving(380 + seconds))
    assert flagged(rows) is skipped


def test_a_wash_before_loading_counts_too():
    coming = [at(0, -300, v=30.0), at(10, -200, v=30.0), at(20, -80, v=10.0)]
    rows = chain(coming, stand(30, 100, 70), stand(110, 300, -60), leaving(320))
    assert not flagged(with_load(rows))


def with_load(rows: list[At]) -> list[At]:
    return [row.but(load="empty" if row.second < 150 else "full") for row in rows]


def test_a_wash_of_the_visit_before_does_not_count():
    # Washed at 320-390, out at 400, back in at 500, loaded still, out again at 800.
    out = [*leaving(400), at(440, 600, v=40.0, load="full")]
    back = [at(500, 50, v=20.0, load="full"), at(510, -60, v=10.0, load="full")]
    again = chain(stand(520, 780, -60, load="full"), leaving(800))
    verdict = judge(world(), chain(loading(), washing(320, 390), out, back, again))
    assert verdict.of(RULE) == [(800, 800, "minor")]


def test_two_short_stays_do_not_make_a_wash():
    moving = [at(365, 70, v=8.0, load="full")]
    rows = chain(loading(), washing(320, 360), moving, washing(370, 395), leaving(410))
    assert flagged(rows)


def test_driving_through_the_bay_is_no_wash():
    rows = [at(320 + 10 * n, 62 + n, v=6.0, load="full") for n in range(8)]
    assert flagged(chain(loading(), rows, leaving(400)))


def test_a_bay_at_the_gate_outside_the_site_serves():
    gate = World().vehicle().square("SRC", "source_site", 0, site_id="A")
    gate.square("BAY", "wash_bay", 110, half_m=8, site_id="A")
    assert flagged(chain(loading(), leaving(400)), gate)
    assert not flagged(chain(loading(), washing(320, 390, x=110), leaving(400)), gate)


def test_each_bay_of_the_site_serves():
    two = world().square("BAY2", "wash_bay", 0, 80, half_m=10, site_id="A")
    assert flagged(chain(loading(), leaving(400)), two)
    assert not flagged(chain(loading(), washing(320, 390, x=0, y=80), leaving(400)), two)
    assert not flagged(chain(loading(), washing(320, 390), leaving(400)), two)


# Which sites have a bay.


@pytest.mark.parametrize(
    ("site_id", "bay_site_id"),
    [
        pytest.param("A", "B", id="the bay of another site"),
        pytest.param("A", None, id="a bay of no site"),
        pytest.param(None, "A", id="no site"),
        pytest.param(None, None, id="neither"),
    ],
)
def test_a_site_without_a_wash_bay_asks_for_none(site_id, bay_site_id):
    sites = world(site_id=site_id, bay_site_id=bay_site_id)
    assert not flagged(chain(loading(), leaving(400)), sites)


def test_a_wash_in_another_sites_bay_does_not_help():
    both = world().square("BAY_B", "wash_bay", 0, 80, half_m=10, site_id="B")
    assert flagged(chain(loading(), washing(320, 390, x=0, y=80), leaving(400)), both)


@pytest.mark.parametrize(
    ("valid", "skipped"),
    [((None, 200), False), ((500, None), False), ((None, 5000), True)],
    ids=["closed for good", "not built yet", "in use"],
)
def test_a_bay_that_is_not_in_use_is_none(valid, skipped):
    bare = World().vehicle().square("SRC", "source_site", 0, site_id="A")
    bare.square("BAY", "wash_bay", 70, half_m=10, site_id="A", valid=valid)
    assert flagged(chain(loading(), leaving(400)), bare) is skipped


# Departures.


def test_an_empty_truck_needs_no_wash():
    rows = [row.but(load="empty") for row in chain(loading(), leaving(320))]
    assert not flagged(rows)


def test_a_truck_loaded_by_place_needs_one():
    rows = [row._replace(signals={"v": row.signals["v"]}) for row in chain(loading(), leaving(320))]
    assert judge(world(), rows).of(RULE) == [(320, 320, "minor")]


@pytest.mark.parametrize("kind", ["refuse_truck", "sweeper", "other"])
def test_washing_concerns_muck_trucks_only(kind):
    assert not flagged(chain(loading(), leaving(320)), world(kind=kind))


def test_every_departure_is_judged():
    back = [at(500, 50, v=20.0, load="full"), at(510, -60, v=10.0, load="full")]
    rows = chain(loading(), leaving(400), back, stand(520, 580, -60, load="full"), leaving(600))
    assert judge(world(), rows).of(RULE) == [(400, 400, "minor"), (600, 600, "minor")]


# What is not known.


@pytest.mark.parametrize(("gap_s", "skipped"), [(300, True), (301, False)], ids=["300 s", "a gap"])
def test_it_is_not_judged_with_a_gap_in_the_20_min_before(gap_s, skipped):
    rows = chain(loading(), stand(300 + gap_s, 700, -60, load="full"), leaving(720))
    assert flagged(rows) is skipped


def test_a_gap_just_before_the_departure_counts():
    assert not flagged(chain(loading(), leaving(700)))


@pytest.mark.parametrize(
    ("departure_s", "skipped"),
    [
        pytest.param(1790, False, id="the gap ends 10 s within"),
        pytest.param(1810, True, id="it ended 10 s before them"),
    ],
)
def test_a_gap_before_those_20_min_does_not_matter(departure_s, skipped):
    # No fix from 290 to 600.
    rows = chain(loading(290), stand(600, departure_s - 10, -60, load="full"), leaving(departure_s))
    assert flagged(rows) is skipped


def test_reports_without_a_fix_are_a_gap():
    rows = [
        row._replace(x=None) if 310 <= row.second < 640 else row
        for row in chain(loading(), stand(310, 700, -60, load="full"), leaving(720))
    ]
    assert not flagged(rows)


@pytest.mark.parametrize(
    ("min_stay_s", "seconds", "skipped"),
    [
        pytest.param(30, 29, True, id="30: 29 s"),
        pytest.param(30, 30, False, id="30: 30 s"),
        pytest.param(120, 119, True, id="120: 119 s"),
        pytest.param(120, 120, False, id="120: 120 s"),
    ],
)
def test_how_long_a_wash_takes_is_a_parameter(min_stay_s, seconds, skipped):
    strict = world().rule(RULE, min_stay_s=min_stay_s)
    rows = chain(loading(), washing(320, 320 + seconds), leaving(460))
    assert flagged(rows, strict) is skipped


def test_the_alert_is_the_vehicles_and_names_site_and_bay():
    found = judge(world(), chain(loading(), leaving(320))).only(RULE)
    assert (found.subject, found.vehicle_id) == ("vehicle:V1", "V1")
    assert "SRC" in repr(found.evidence) + repr(found.zone_ids)
    assert "BAY" in repr(found.evidence) + repr(found.zone_ids)


def test_a_stay_begun_at_the_bay_before_the_site_was_entered_is_of_no_visit():
    # A bay before the gate, on the way in: nobody is washed by it who is loaded afterwards.
    gate = World().vehicle().square("SRC", "source_site", 0, site_id="A")
    gate.square("BAY", "wash_bay", -160, half_m=8, site_id="A")
    before = [at(0, -400, v=30.0, load="empty"), *stand(20, 100, -160, load="empty")]
    inside = chain(stand(130, 200, -60, load="empty"), stand(210, 300, -60, load="full"))
    assert flagged(chain(before, inside, leaving(320)), gate)


def test_a_washed_truck_that_waits_at_the_gate_is_washed():
    waiting = stand(400, 900, 95, load="full")
    assert not flagged(chain(loading(), washing(320, 385), waiting, leaving(910)))
