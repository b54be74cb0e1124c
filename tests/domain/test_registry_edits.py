"""Edits of a registry document: applied, found again in problems, merged."""

import pytest

from domain.difference import Act
from domain.registry_edits import (
    Conflict,
    Edit,
    act_of,
    applied,
    conflicts,
    edit_problem,
    entries_of,
    owner_of,
    settled,
)
from domain.rule import RuleKind

DOCUMENT = {
    "version": 1,
    "timezone": "Asia/Shanghai",
    "roads": {"type": "FeatureCollection"},
    "permits": [{"id": "P1", "max_trip_min": 60}, {"id": "P2"}, {"id": "P3"}],
}


def edit(name: str, kind: str = "permits", **fields: object) -> Edit:
    return Edit(kind=kind, id=name, entry={"id": name, **fields})


def removal(name: str, kind: str = "permits") -> Edit:
    return Edit(kind=kind, id=name, entry=None)


def test_changed_entries_keep_their_place_new_ones_come_last_and_the_rest_stays_as_it_was_given():
    after = applied(DOCUMENT, [edit("P9"), edit("P2", max_trip_min=90), removal("P1")])
    assert after["permits"] == [{"id": "P2", "max_trip_min": 90}, {"id": "P3"}, {"id": "P9"}]
    assert {name: after[name] for name in ("version", "timezone", "roads")} == {
        name: DOCUMENT[name] for name in ("version", "timezone", "roads")
    }
    assert DOCUMENT["permits"][0] == {"id": "P1", "max_trip_min": 60}


def test_a_section_that_is_not_there_begins_with_what_is_added():
    assert applied({"version": 1}, [edit("Z1", "zones")])["zones"] == [{"id": "Z1"}]


def test_removing_what_is_not_there_does_nothing():
    assert applied(DOCUMENT, [removal("P9")])["permits"] == DOCUMENT["permits"]


def test_a_setting_is_replaced_or_left_to_its_default():
    zone = Edit(kind="settings", id="timezone", entry={"value": "Asia/Urumqi"})
    assert applied(DOCUMENT, [zone])["timezone"] == "Asia/Urumqi"
    assert "timezone" not in applied(DOCUMENT, [removal("timezone", "settings")])


def test_editing_one_rule_where_none_are_listed_keeps_every_other_kind_judging():
    rule = {"id": "speeding", "kind": "speeding", "params": {"hold_s": 15}}
    after = applied({"version": 1}, [Edit(kind="rules", id="speeding", entry=rule)])
    assert [rule["kind"] for rule in after["rules"]] == [kind.value for kind in RuleKind]
    (speeding,) = [rule for rule in after["rules"] if rule["id"] == "speeding"]
    assert speeding["params"] == {"hold_s": 15}
    assert "speeding" in entries_of({"version": 1}, "rules")


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("$.permits[1].vehicle_ids[0]", ("permits", "P2")),
        ("$.permits[2]", ("permits", "P3")),
        ("$.permits[7].id", None),
        ("$.timezone", ("settings", "timezone")),
        ("$", None),
        ("$.permits", None),
    ],
)
def test_a_problem_is_found_in_the_entry_its_path_leads_into(path, owner):
    assert owner_of(DOCUMENT, path) == owner


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (edit("x", "roads"), "there is no section 'roads'"),
        (Edit(kind="permits", id="P1", entry={"id": "P2"}), "the entry's id must be 'P1'"),
        (Edit(kind="permits", id="P1", entry={}), "the entry's id must be 'P1'"),
        (Edit(kind="settings", id="version", entry={"value": 2}), "there is no setting 'version'"),
        (Edit(kind="settings", id="timezone", entry={"zone": "x"}), "must be"),
    ],
)
def test_what_no_document_can_take_is_said(wrong, why):
    assert why in edit_problem(wrong)
    assert edit_problem(edit("P1")) is None


@pytest.mark.parametrize(
    ("before", "after", "act"),
    [
        (None, {"id": "a"}, Act.ADDED),
        ({"id": "a"}, None, Act.REMOVED),
        ({"id": "a", "n": 1}, {"id": "a", "n": True}, Act.CHANGED),
        ({"id": "a", "n": 1}, {"n": 1, "id": "a"}, None),
        (None, None, None),
    ],
)
def test_what_becomes_of_an_entry(before, after, act):
    assert act_of(before, after) is act


def test_only_what_both_changed_differently_is_a_conflict():
    newest = applied(
        DOCUMENT, [edit("P1", max_trip_min=70), removal("P2"), edit("P3", max_trip_min=5), edit("P5")]
    )
    mine = [
        edit("P1", max_trip_min=80),  # both changed it
        edit("P2", max_trip_min=9),  # they removed it
        edit("P3", max_trip_min=5),  # both to the same
        edit("P4"),  # mine alone
        removal("P5"),  # was never there
    ]
    assert conflicts(DOCUMENT, newest, mine) == (
        Conflict(kind="permits", id="P1", theirs=Act.CHANGED, mine=Act.CHANGED),
        Conflict(kind="permits", id="P2", theirs=Act.REMOVED, mine=Act.CHANGED),
    )
    assert [one.id for one in settled(DOCUMENT, newest, mine)] == ["P3", "P5"]
