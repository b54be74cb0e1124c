"""Alerts inside a device's state: all are found, and go on under another id where late data has moved them."""

import pytest

from alerts import engine
from alerts.renaming import alerts_in, renamed
from domain.identifiers import DeviceId
from tests.support.factories import World
from tests.support.tracks import at, drive, fold, in_order, judge, stand


def world() -> World:
    return World().vehicle("V1", "D1").square("NG", "no_go", 500)


ROWS = [*drive((0, 0), (60, 500), v=90.0), *drive((65, 500), (90, 520), every=5, v=90.0)]


def test_the_alerts_of_all_rules_are_found():
    verdict = judge(world(), ROWS)
    held = alerts_in(verdict.state)
    assert {one.rule.value for one in held.values()} == {"speeding", "forbidden_zone"}
    assert held == {key: verdict.by_id[key] for key in held}


def test_a_renamed_alert_goes_on_and_ends_under_its_kept_id():
    before = judge(world(), ROWS)
    old = before.only("speeding")
    kept_ms = old.first_started_ms - 7_000
    state = renamed(before.state, {old.id: kept_ms})
    rows = [*ROWS, *drive((95, 520), (200, 900), every=5, v=20.0)]
    _, said = fold(before.world, state, in_order(before.world, rows)[len(ROWS) :])
    (end,) = [one for one in said if one.rule == "speeding"]
    assert end.first_started_ms == kept_ms
    assert end.started_ms == old.started_ms
    assert end.ended_ms is not None


def test_a_state_without_the_alert_is_left_as_it_is():
    verdict = judge(world(), ROWS)
    assert renamed(verdict.state, {}) is verdict.state
    other = judge(world(), stand(0, 60, 0)).state
    assert renamed(other, {verdict.only("speeding").id: 0}).rules is other.rules


@pytest.mark.parametrize("heard_s", [2000, 3000])
def test_a_silence_that_a_tick_found_keeps_its_id_when_the_next_report_ends_it(heard_s):
    made = world()
    ruleset = made.ruleset()
    state = engine.new_state(ruleset, DeviceId("D1"))
    state, _ = fold(made, state, in_order(made, [at(0, 0, v=30.0)]))
    state, (silence,) = engine.tick(ruleset, state, made.ms(1500))
    kept_ms = made.ms(-600)  # it was first found from an earlier start
    state = renamed(state, {silence.id: kept_ms})
    _, again = engine.tick(ruleset, state, made.ms(1800))
    assert again == ()
    items = in_order(made, [at(0, 0, v=30.0), at(heard_s, 10, v=30.0)])
    _, said = fold(made, state, items[1:])
    assert {(one.first_started_ms, one.started_ms, one.ended_ms, one.withdrawn) for one in said} == {
        (kept_ms, made.ms(0), made.ms(heard_s), None)
    }
