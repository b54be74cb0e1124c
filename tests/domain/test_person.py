"""What a role may do, and which districts someone sees."""

import pytest

from domain.identifiers import DistrictId
from domain.person import EVERYTHING, Permission, Person, Role, Scope

NORTH, SOUTH = Scope(frozenset({DistrictId("north")})), Scope(frozenset({DistrictId("south")}))
BOTH = Scope(frozenset({DistrictId("north"), DistrictId("south")}))


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.VIEWER, {Permission.SEE}),
        (Role.DISPATCHER, {Permission.SEE, Permission.HANDLE}),
        (Role.ANALYST, {Permission.SEE, Permission.TUNE}),
        (Role.ADMINISTRATOR, set(Permission)),
    ],
)
def test_everybody_sees_and_each_does_what_the_role_is_for(role, may):
    person = Person(user_id="u", name="U", role=role)
    assert {each for each in Permission if person.may(each)} == may


def test_a_scope_covers_its_districts_and_not_what_lies_in_none():
    assert NORTH.covers("north")
    assert not NORTH.covers("south")
    assert not NORTH.covers(None)
    assert EVERYTHING.covers("south")
    assert EVERYTHING.covers(None)


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (EVERYTHING, EVERYTHING, EVERYTHING),
        (EVERYTHING, NORTH, NORTH),
        (NORTH, EVERYTHING, NORTH),
        (BOTH, SOUTH, SOUTH),
        (NORTH, SOUTH, Scope(frozenset())),
    ],
)
def test_a_narrower_scope_is_what_both_cover(one, other, both):
    assert one.narrower(other) == both


def test_nobody_sees_more_through_a_scope_without_districts():
    assert not Scope(frozenset()).covers("north")
    assert not Scope(frozenset()).covers(None)
