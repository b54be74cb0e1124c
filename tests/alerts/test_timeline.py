"""Which version is in force when, and how many stay compiled."""

import pytest

from alerts.ruleset import Ruleset
from alerts.timeline import KEPT, Timeline
from tests.support.factories import World


def ruleset(number: int, starts: tuple[tuple[int, int], ...]) -> Ruleset:
    return Ruleset.build(World().registry(), version=number, starts=starts)


class Compiling:
    """A loader that says what it compiled."""

    def __init__(self, *starts: tuple[int, int]) -> None:
        self.compiled: list[int] = []
        self.starts = starts

    def __call__(self, number: int) -> Ruleset:
        self.compiled.append(number)
        return ruleset(number, self.starts)


STARTS = ((1, 1000), (2, 2000), (4, 2000), (5, 5000))


@pytest.mark.parametrize(
    ("time_ms", "number"),
    [(-5, 1), (999, 1), (1000, 1), (1999, 1), (2000, 4), (4999, 4), (5000, 5), (9_000_000, 5)],
)
def test_the_highest_version_that_has_taken_effect_judges_and_before_all_the_first(time_ms, number):
    timeline = Timeline(STARTS, Compiling(*STARTS))
    assert timeline.number_at(time_ms) == number
    assert timeline.at(time_ms).version == number


def test_a_version_that_is_overtaken_before_it_takes_effect_is_never_in_force():
    assert Timeline(STARTS, Compiling()).numbers == (1, 4, 5)
    assert Timeline(((1, 0), (2, 9000), (3, 4000)), Compiling()).numbers == (1, 3)


@pytest.mark.parametrize(
    ("first_ms", "last_ms", "numbers"),
    [(0, 0, (1,)), (0, 1999, (1,)), (0, 2000, (1, 4)), (2000, 4999, (4,)), (1999, 5000, (1, 4, 5))],
)
def test_the_versions_between_two_instants_are_those_in_force_at_some_time(first_ms, last_ms, numbers):
    assert Timeline(STARTS, Compiling()).numbers_between(first_ms, last_ms) == numbers


def test_the_newest_may_be_planned():
    assert Timeline(STARTS, Compiling(*STARTS)).newest.version == 5


def test_a_timeline_has_a_version():
    with pytest.raises(ValueError, match="needs a version"):
        Timeline((), Compiling())


def test_old_versions_are_compiled_on_demand_and_only_the_last_few_kept():
    starts = tuple((number, number * 1000) for number in range(1, KEPT + 3))
    load = Compiling(*starts)
    timeline = Timeline(starts, load)
    timeline.pin((1,))
    for number, _ in starts:
        timeline.version(number)
        timeline.version(number)
    assert load.compiled == [number for number, _ in starts]
    assert timeline.is_compiled(1)
    assert not timeline.is_compiled(2)
    assert timeline.is_compiled(3)
    timeline.pin(())
    assert not timeline.is_compiled(1)


def test_a_timeline_with_another_version_keeps_what_is_compiled():
    load = Compiling(*STARTS)
    timeline = Timeline(STARTS[:3], load)
    before = timeline.at(3000)
    after = timeline.with_starts(STARTS)
    assert after.at(3000) is before
    assert after.number_at(6000) == 5
    assert load.compiled == [4]


def test_another_version_may_stand_in_for_one_that_is_unusable():
    timeline = Timeline(STARTS, Compiling(*STARTS))
    before = timeline.version(1)
    timeline.keep(4, before)
    assert timeline.at(3000) is before


def test_a_ruleset_knows_when_the_versions_before_it_went_out_of_force():
    newest = ruleset(5, STARTS)
    assert newest.effective_from_ms == 5000
    assert [newest.superseded_ms(number) for number in (1, 2, 4)] == [2000, 2000, 5000]
