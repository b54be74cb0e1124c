"""Floods of alerts: more than one seat can take, after the figures of alarm management for control rooms.

A seat takes about one annunciated alert in ten minutes, two at the very most. A flood begins above ten in
ten minutes and ends below five. `web/src/duty/flood.ts` says the same of the last minutes at the seat.
"""

from collections.abc import Sequence

from domain.station import Severity

WINDOW_MS = 600_000
BEGINS_ABOVE = 10
ENDS_BELOW = 5
ACCEPTABLE = 1.0
MOST = 2.0
ANNUNCIATED = frozenset({Severity.CRITICAL, Severity.MAJOR})
"""What is called out at the seat; the rest is a list to review."""


def flooded_ms(times_ms: Sequence[int], until_ms: int) -> int:
    """How long it was a flood until an instant, given when alerts were annunciated (ascending)."""
    changes = sorted([(at, 1) for at in times_ms] + [(at + WINDOW_MS, -1) for at in times_ms])
    total_ms, within, since_ms = 0, 0, None
    for at_ms, change in changes:
        if at_ms > until_ms:
            break
        within += change
        if since_ms is None and within > BEGINS_ABOVE:
            since_ms = at_ms
        elif since_ms is not None and within < ENDS_BELOW:
            total_ms, since_ms = total_ms + at_ms - since_ms, None
    return total_ms if since_ms is None else total_ms + until_ms - since_ms
