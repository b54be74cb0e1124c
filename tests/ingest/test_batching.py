"""When a batch is complete."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.batching import BatchLimits, Filling, complete_ms, is_complete

LIMITS = BatchLimits(full=10, old_ms=500, quiet_ms=40)


@pytest.mark.parametrize(
    ("added", "at_ms", "complete"),
    [
        ([], 10_000, False),
        ([(9, 0)], 39, False),
        ([(9, 0)], 40, True),  # 40 ms of quiet
        ([(10, 0)], 0, True),  # full
        ([(9, 0), (1, 0)], 0, True),
        ([(0, 0)] * 9, 1, False),
        ([(0, 0)] * 10, 1, True),  # messages of nothing fill too
        ([(1, 0), (1, 30), (1, 60)], 99, False),
        ([(1, 0), (1, 30), (1, 60)], 100, True),
        ([(1, at) for at in range(0, 499, 70)], 499, False),
        ([(1, at) for at in range(0, 499, 62)], 500, True),  # 500 ms since the first
    ],
)
def test_a_batch_is_complete_when_full_old_or_quiet(
    added: list[tuple[int, int]], at_ms: int, complete: bool
) -> None:
    filling = Filling()
    for elements, added_ms in added:
        filling = filling.add(elements, added_ms)
    if at_ms == 499:
        assert not is_complete(filling, BatchLimits(full=10, old_ms=500, quiet_ms=1000), at_ms)
    else:
        assert is_complete(filling, LIMITS, at_ms) is complete


@given(st.lists(st.tuples(st.integers(0, 600), st.integers(0, 300)), min_size=1, max_size=30))
def test_no_batch_waits_longer_than_its_age(added: list[tuple[int, int]]) -> None:
    filling, at_ms = Filling(), 0
    for elements, later_ms in added:
        at_ms += later_ms
        filling = filling.add(elements, at_ms)
    limits = BatchLimits()
    assert complete_ms(filling, limits) <= filling.first_ms + limits.old_ms
    assert is_complete(filling, limits, filling.first_ms + limits.old_ms)
    assert filling.elements == sum(max(1, elements) for elements, _ in added)
