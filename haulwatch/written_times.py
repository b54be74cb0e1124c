"""Times as they are typed: a day, a local time, or one with an offset."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from domain.instant import from_rfc3339
from domain.localtime import day_start_ms
from haulwatch.problem import USAGE, CommandError


def instant_typed(text: str, zone: ZoneInfo, *, option: str) -> int:
    """The instant in ms since 1970 UTC; without an offset it is local to `zone`, and a day is its midnight.

    Raises CommandError, naming the option, for what is none of these.
    """
    try:
        return from_rfc3339(text)
    except ValueError:
        pass  # without an offset it may still be a local time
    try:
        if len(text) == len("2026-12-01"):
            return day_start_ms(date.fromisoformat(text), zone)
        return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise CommandError(
            f"{option} {text}: neither a day such as 2026-12-01 nor a time such as 2026-12-01T08:00, "
            "with or without an offset",
            code=USAGE,
        ) from error
