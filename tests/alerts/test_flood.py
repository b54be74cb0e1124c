"""When it is a flood: from more than ten annunciated in ten minutes until fewer than five."""

import pytest

from alerts.flood import WINDOW_MS, flooded_ms

SECOND_MS = 1000
LATER_MS = 10 * WINDOW_MS


def each_second(count: int, first_ms: int = 0) -> list[int]:
    return [first_ms + n * SECOND_MS for n in range(count)]


@pytest.mark.parametrize(
    ("times_ms", "flood_ms"),
    [
        ([], 0),
        (each_second(10), 0),
        # From the eleventh (at 10 s) until the seventh of eleven is ten minutes old (at 606 s): four are left.
        (each_second(11), 596 * SECOND_MS),
        # At no moment more than ten: the first is ten minutes old when the eleventh comes.
        ([*each_second(10), WINDOW_MS], 0),
        # One each 100 s keeps it going, from 10 s until 600 s after the fifth but last.
        ([*each_second(11), *(n * 100 * SECOND_MS for n in range(1, 41))], 4190 * SECOND_MS),
    ],
    ids=["none", "ten", "eleven", "ten and one later", "five keep it going"],
)
def test_a_flood_begins_above_ten_and_ends_below_five(times_ms: list[int], flood_ms: int) -> None:
    assert flooded_ms(sorted(times_ms), LATER_MS) == flood_ms


def test_a_flood_that_goes_on_counts_until_now() -> None:
    assert flooded_ms(each_second(37), 60 * SECOND_MS) == 50 * SECOND_MS
