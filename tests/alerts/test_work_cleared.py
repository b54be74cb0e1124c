"""Stops added up: due is always the four kinds of outcome together, cleared a share of it."""

from hypothesis import given
from hypothesis import strategies as st

from alerts.work_cleared import StopCounts, stops_of

some = st.integers(0, 500)
counts = st.builds(StopCounts, served=some, late=some, missed=some, unknown=some)


@given(st.lists(counts, max_size=8))
def test_stops_of_rows_come_to_the_same_however_they_are_put_together(rows):
    found = stops_of(rows)
    assert found.due == sum(row.due for row in rows)
    assert stops_of([stops_of(rows[:3]), stops_of(rows[3:])]) == found


@given(counts)
def test_cleared_is_a_share_of_those_due_and_nothing_where_none_was(stops):
    if stops.due == 0:
        assert stops.cleared is None
    else:
        assert stops.cleared == (stops.served + stops.late) / stops.due
        assert 0 <= stops.cleared <= 1


def test_a_stop_served_late_the_same_day_is_cleared_and_one_that_nobody_knows_of_is_not():
    assert StopCounts(served=2, late=1, missed=0, unknown=1).cleared == 0.75
