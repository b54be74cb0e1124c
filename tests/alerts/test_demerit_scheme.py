"""Schemes: which day lies in which cycle under which scheme, and documents that are refused with their paths."""

import json
from copy import deepcopy
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.demerit_document import read_scheme
from alerts.demerit_examples import EXAMPLES, PLAIN
from alerts.demerit_scheme import Cycle, DatedScheme, Scheme, cycle_of, cycles, in_force, parts


def with_cycle(months: int, first: str = "01-01") -> Scheme:
    read = read_scheme(json.dumps(PLAIN | {"cycle": {"months": months, "first": first}}).encode())
    assert isinstance(read, Scheme)
    return read


def dated(*schemes: tuple[str, Scheme]) -> list[DatedScheme]:
    return [
        DatedScheme(version=n, effective_from=date.fromisoformat(day), scheme=one)
        for n, (day, one) in enumerate(schemes, start=1)
    ]


def cycle(first: str, last: str, *, is_cut: bool = False) -> Cycle:
    return Cycle(first=date.fromisoformat(first), last=date.fromisoformat(last), is_cut=is_cut)


@pytest.mark.parametrize(
    ("months", "first", "day", "expected"),
    [
        (6, "01-01", "2026-06-30", cycle("2026-01-01", "2026-06-30")),
        (6, "01-01", "2026-07-01", cycle("2026-07-01", "2026-12-31")),
        (12, "09-01", "2026-08-31", cycle("2025-09-01", "2026-08-31")),
        (12, "09-01", "2026-09-01", cycle("2026-09-01", "2027-08-31")),
        (1, "01-26", "2026-03-25", cycle("2026-02-26", "2026-03-25")),
        (3, "12-16", "2026-01-01", cycle("2025-12-16", "2026-03-15")),
    ],
)
def test_a_cycle_is_counted_from_its_first_day(months, first, day, expected):
    assert cycle_of(dated(("2020-01-01", with_cycle(months, first))), date.fromisoformat(day)) == expected


def test_there_is_no_cycle_before_the_first_scheme_and_the_first_begins_with_it():
    known = dated(("2026-02-10", with_cycle(6)))
    assert cycle_of(known, date(2026, 2, 9)) is None
    assert cycles(known, date(2026, 7, 2), since=date.min) == (
        cycle("2026-07-01", "2026-12-31"),
        cycle("2026-02-10", "2026-06-30", is_cut=True),
    )


@pytest.mark.parametrize(
    ("since", "first_days"),
    [
        ("2026-11-22", ["2026-07-01"]),
        ("2026-07-01", ["2026-07-01"]),
        ("2026-06-30", ["2026-07-01", "2026-01-01"]),
        ("2025-12-31", ["2026-07-01", "2026-01-01", "2025-07-01"]),
    ],
)
def test_cycles_go_back_to_the_one_of_the_day_that_anything_was_known_from(since, first_days):
    known = dated(("2021-01-01", with_cycle(6)))
    found = cycles(known, date(2026, 11, 22), since=date.fromisoformat(since))
    assert [one.first.isoformat() for one in found] == first_days


def test_without_any_scheme_there_is_no_cycle():
    assert cycles([], date(2026, 1, 1), since=date.min) == ()


def test_a_scheme_with_the_same_cycles_goes_on_with_the_running_one():
    known = dated(("2026-01-01", with_cycle(6)), ("2026-03-01", with_cycle(6)))
    found = cycle_of(known, date(2026, 5, 1))
    assert found == cycle("2026-01-01", "2026-06-30")
    assert [(part.dated.version, part.first, part.last) for part in parts(known, found.first, found.last)] == [
        (1, date(2026, 1, 1), date(2026, 2, 28)), (2, date(2026, 3, 1), date(2026, 6, 30)),
    ]  # fmt: skip


def test_a_scheme_with_other_cycles_ends_the_running_one():
    known = dated(("2026-01-01", with_cycle(6)), ("2026-05-10", with_cycle(3)))
    assert cycles(known, date(2026, 7, 1), since=date.min)[1:] == (
        cycle("2026-05-10", "2026-06-30", is_cut=True),
        cycle("2026-01-01", "2026-05-09", is_cut=True),
    )


def test_of_schemes_of_one_day_the_last_is_in_force():
    known = dated(("2026-01-01", with_cycle(6)), ("2026-01-01", with_cycle(3)))
    assert in_force(known, date(2026, 1, 1)).version == 2
    assert in_force(known, date(2025, 12, 31)) is None


DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))


@given(
    st.lists(
        st.tuples(DAYS, st.sampled_from([with_cycle(1), with_cycle(6), with_cycle(12, "09-15")])),
        min_size=1,
        max_size=4,
    ),
    DAYS,
)
def test_every_day_from_the_first_scheme_on_lies_in_exactly_one_cycle(given_schemes, day):
    ordered = sorted(given_schemes, key=lambda each: each[0])
    known = dated(*((each.isoformat(), one) for each, one in ordered))
    found = cycle_of(known, day)
    assert (found is None) == (day < ordered[0][0])
    if found is not None:
        assert found.first <= day <= found.last
        assert cycle_of(known, found.first) == cycle_of(known, found.last) == found
        after = cycle_of(known, found.last + timedelta(days=1))
        assert after is not None
        assert after.first == found.last + timedelta(days=1)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_ready_made_schemes_can_be_used(name):
    assert isinstance(read_scheme(json.dumps(EXAMPLES[name]).encode()), Scheme)


def bad(*path: object, value: object) -> bytes:
    document = deepcopy(PLAIN)
    at = document
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = value
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (b"{", "$"), (b"[]", "$"), (b"[" * 100_000, "$"), (b"\xff", "$"),
        (bad("version", value=2), "$.version"), (bad("name", value=None), "$.name"), (bad("name", value={"zh": "x"}), "$.name.en"),
        (bad("name", "zh", value="\0"), "$.name.zh"), (bad("name", "zh", value="长" * 2001), "$.name.zh"),
        (bad("cycle", value=None), "$.cycle"), (bad("cycle", "months", value=5), "$.cycle.months"),
        (bad("cycle", "first", value="01-29"), "$.cycle.first"), (bad("cycle", "first", value="1 January"), "$.cycle.first"),
        (bad("counting", value="sideways"), "$.counting"), (bad("counts", value="all"), "$.counts"),
        (json.dumps({k: v for k, v in PLAIN.items() if k != "full"} | {"counting": "down"}).encode(), "$.full"),
        (bad("full", "company", value=1.5), "$.full.company"), (bad("most_a_day", "vehicle", value=1001), "$.most_a_day.vehicle"),
        (bad("points", "speeding", "minor", "company", value=-1), "$.points.speeding.minor.company"),
        (bad("points", "dust_exceedance", value={}), "$.points.dust_exceedance"),
        (bad("points", "speeding", "grave", value={}), "$.points.speeding.grave"),
        (bad("bands", value=None), "$.bands"), (bad("bands", "company", value=[]), "$.bands.company"),
        (bad("bands", "company", 0, "from", value=1), "$.bands.company[0].from"),
        (bad("bands", "vehicle", 2, "from", value=6), "$.bands.vehicle[2].from"),
        (bad("bands", "vehicle", 1, "from", value="x"), "$.bands.vehicle[1].from"),
        (bad("bands", "vehicle", 1, "grade", value="best"), "$.bands.vehicle[1].grade"),
        (bad("specials", 0, "about", value="driver"), "$.specials[0].about"),
        (bad("specials", 0, "rules", value=[]), "$.specials[0].rules"),
        (bad("specials", 0, "rules", value=["noise_exceedance"]), "$.specials[0].rules[0]"),
        (bad("specials", 0, "count", value=0), "$.specials[0].count"),
        (bad("most_per_day", value=3), "$.most_per_day"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_document_is_named_by_its_path(document, path):
    problems = read_scheme(document)
    assert not isinstance(problems, Scheme)
    assert [one.path for one in problems] == [path]
    assert problems[0].message.said("zh")
