"""A shift ends at eight, in the morning or in the evening, by the clock on the wall."""

from zoneinfo import ZoneInfo

import pytest

from domain.instant import from_rfc3339, to_rfc3339
from domain.shift import end_of_shift_ms

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("at", "ends"),
    [
        ("2026-11-16T03:00:00+08:00", "2026-11-16T00:00:00.000Z"),
        ("2026-11-16T07:59:59.999+08:00", "2026-11-16T00:00:00.000Z"),
        ("2026-11-16T08:00:00+08:00", "2026-11-16T12:00:00.000Z"),
        ("2026-11-16T20:00:00+08:00", "2026-11-17T00:00:00.000Z"),
        ("2026-11-16T23:30:00+08:00", "2026-11-17T00:00:00.000Z"),
    ],
)
def test_a_shift_ends_at_the_next_eight_o_clock(at: str, ends: str) -> None:
    assert to_rfc3339(end_of_shift_ms(from_rfc3339(at), SHANGHAI)) == ends
