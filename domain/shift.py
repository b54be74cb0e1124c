"""Shifts of the duty seats: twelve hours each, changing at eight in the morning and in the evening, local time."""

from datetime import tzinfo

from domain.instant import DAY_MS, HOUR_MS
from domain.localtime import wall_ms

CHANGES_MS = (8 * HOUR_MS, 20 * HOUR_MS, DAY_MS + 8 * HOUR_MS)
"""Since local midnight."""


def end_of_shift_ms(at_ms: int, zone: tzinfo) -> int:
    """When the shift that is on at an instant ends, in ms since 1970 UTC."""
    since_midnight_ms = wall_ms(at_ms, zone) % DAY_MS
    return at_ms + next(change for change in CHANGES_MS if change > since_midnight_ms) - since_midnight_ms
