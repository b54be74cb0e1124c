"""Times as they are typed at the command line."""

from zoneinfo import ZoneInfo

import pytest

from domain.instant import from_rfc3339
from haulwatch.problem import USAGE, CommandError
from haulwatch.written_times import instant_typed

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("typed", "instant"),
    [
        ("2026-11-22", "2026-11-22T00:00:00+08:00"),
        ("2026-11-22T08:30", "2026-11-22T08:30:00+08:00"),
        ("2026-11-22 08:30:15", "2026-11-22T08:30:15+08:00"),
        ("2026-11-22T08:30:15Z", "2026-11-22T08:30:15Z"),
    ],
)
def test_what_has_no_offset_is_local_to_the_registry(typed: str, instant: str) -> None:
    assert instant_typed(typed, SHANGHAI, option="--from") == from_rfc3339(instant)


@pytest.mark.parametrize("typed", ["tomorrow", "2026-13-01", "2026-11-22T25:00", ""])
def test_what_is_no_time_is_refused_by_its_option(typed: str) -> None:
    with pytest.raises(CommandError, match=r"--to .*neither a day such as") as refused:
        instant_typed(typed, SHANGHAI, option="--to")
    assert refused.value.code == USAGE
