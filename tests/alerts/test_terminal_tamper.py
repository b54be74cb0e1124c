"""`terminal_tamper`: the terminal's power or antenna is cut, or it is taken off. Reports come every 10 s."""

import pytest

from tests.support.factories import World
from tests.support.tracks import At, Verdict, at, judge

RULE = "terminal_tamper"
CUT = ("power_cut",)
NONE: tuple[str, ...] = ()


def world(kind: str = "other") -> World:
    return World().vehicle(kind=kind)


def told(*alarms: tuple[str, ...] | None, from_s: float = 0, every: float = 10, **signals) -> list[At]:
    """Alarms report by report; None is a report that carries none of the field."""
    return [
        at(from_s + every * n, 0, v=0.0, **signals, **({} if each is None else {"alarms": each}))
        for n, each in enumerate(alarms)
    ]


def verdict(*alarms: tuple[str, ...] | None, **terms) -> Verdict:
    return judge(world(), told(*alarms, **terms))


@pytest.mark.parametrize(
    ("alarms", "expected"),
    [
        pytest.param([NONE, CUT], [], id="one report"),
        pytest.param([NONE, CUT, CUT], [(10, None, "major")], id="two"),
        pytest.param([CUT, CUT, CUT], [(0, None, "major")], id="three, from the first report on"),
        pytest.param([NONE, CUT, NONE, CUT, NONE], [], id="never two running"),
        pytest.param([NONE, CUT, None, None, CUT], [(10, None, "major")], id="unknown between"),
        pytest.param([NONE, CUT, ("removed",)], [(10, None, "major")], id="one, then another"),
        pytest.param(
            [NONE, ("sos", "power_cut"), ("power_cut", "low_power")], [(10, None, "major")], id="among others"
        ),
        pytest.param([None, None, None], [], id="unknown"),
        pytest.param([NONE, NONE, NONE], [], id="none"),
    ],
)
def test_two_successive_reports_that_carry_alarms_settle_it(alarms, expected):
    assert verdict(*alarms).of(RULE) == expected


@pytest.mark.parametrize("alarm", ["power_cut", "antenna_cut", "antenna_short", "removed"])
def test_each_of_the_four_alarms_is_tampering(alarm):
    assert verdict(NONE, (alarm,), (alarm,)).of(RULE) == [(10, None, "major")]


@pytest.mark.parametrize("alarm", ["gnss_fault", "sos", "low_power", "overheated", "POWER_CUT"])
def test_other_alarms_are_none(alarm):
    assert verdict(*[(alarm,)] * 5).of(RULE) == []


def test_it_is_detected_at_the_second_report():
    assert verdict(NONE, CUT, None, CUT, CUT).detected(RULE) == [30]


# The end.


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(59, [(0, None, "major")], id="59 s"),
        pytest.param(60, [(0, 20, "major")], id="60 s"),
        pytest.param(61, [(0, 20, "major")], id="61 s"),
    ],
)
def test_it_ends_after_60_s_of_reports_without_them(seconds, expected):
    rows = [*told(CUT, CUT), *told(NONE, NONE, NONE, from_s=20), at(20 + seconds, 0, v=0.0, alarms=NONE)]
    assert judge(world(), rows).of(RULE) == expected


def test_reports_that_carry_other_alarms_count_as_without():
    rows = [*told(CUT, CUT), *told(*[("low_power",)] * 7, from_s=20)]
    assert judge(world(), rows).of(RULE) == [(0, 20, "major")]


def test_reports_that_carry_no_alarms_at_all_end_nothing():
    rows = [*told(CUT, CUT), *told(*[None] * 30, from_s=20)]
    assert judge(world(), rows).of(RULE) == [(0, None, "major")]


def test_reports_that_carry_no_alarms_do_not_break_the_60_s():
    rows = [*told(CUT, CUT), *told(NONE, None, None, None, None, None, NONE, from_s=20)]
    assert judge(world(), rows).of(RULE) == [(0, 20, "major")]


def test_one_alarm_between_begins_the_60_s_anew():
    rows = [*told(CUT, CUT), *told(NONE, NONE, NONE, CUT, *[NONE] * 6, from_s=20)]
    assert judge(world(), rows).of(RULE) == [(0, None, "major")]
    rows = [*rows, *told(NONE, from_s=120)]
    assert judge(world(), rows).of(RULE) == [(0, 60, "major")]


def test_again_after_its_end_it_is_another_alert():
    rows = [*told(CUT, CUT), *told(*[NONE] * 7, from_s=20), *told(CUT, CUT, from_s=100)]
    assert judge(world(), rows).of(RULE) == [(0, 20, "major"), (100, None, "major")]


# Fixes, gaps, kinds.


def test_a_cut_antenna_needs_no_fix():
    rows = [at(10 * n, None, alarms=("antenna_cut",)) for n in range(3)]
    rows += [at(30 + 10 * n, None, alarms=NONE) for n in range(7)]
    assert judge(world(), rows).of(RULE) == [(0, 30, "major")]


def test_two_reports_are_successive_also_across_a_gap():
    assert verdict(NONE, CUT, CUT, every=600).of(RULE) == [(600, None, "major")]


def test_a_gap_does_not_end_it():
    rows = [*told(CUT, CUT), *told(CUT, CUT, from_s=5000)]
    assert judge(world(), rows).of(RULE) == [(0, None, "major")]


def test_after_a_gap_the_reports_without_them_end_it():
    rows = [*told(CUT, CUT), *told(*[NONE] * 7, from_s=5000)]
    assert judge(world(), rows).of(RULE) == [(0, 5000, "major")]


@pytest.mark.parametrize(
    "kind", ["muck_truck", "refuse_truck", "sweeper", "sprinkler", "fog_cannon", "other"]
)
def test_it_concerns_every_vehicle(kind):
    assert judge(world(kind), told(CUT, CUT)).of(RULE) == [(0, None, "major")]


def test_evidence_names_the_alarms():
    found = verdict(("power_cut", "low_power"), ("power_cut", "removed")).only(RULE)
    assert set(found.evidence.alarms) == {"power_cut", "removed"}
    assert (found.subject, found.vehicle_id) == ("vehicle:V1", "V1")
