"""Which violations are written into the truth file, and how.

A line is left out in two cases only: its condition was not over its hold before the run ended, or the
faults lost every report of the device from its start to its end, so that nothing could know (a closed
area crossed between two fixes at most 60 s apart is still known). What shows by what is *not* there
(silence, a stop not served, a site left unwashed) is always known.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np

from domain.instant import to_rfc3339
from simulators.dump_sites import suspected_sites
from simulators.plane import Plane
from simulators.reporting import Sent
from simulators.truth import Violation

SKEW_S = 5
SETTLE_S = 240
"""A condition needs so long after its start, besides its hold, to be found; later ones are not in the truth."""
_HOLD_S = {
    "device_silent": 900,
    "station_silent": 1800,
    "unexpected_stop": 600,
    "position_fault": 600,
    "identity_conflict": 300,
    "cross_district": 120,
    "capped_readings": 86_400,
}
_BY_ABSENCE = frozenset(
    ("device_silent", "station_silent", "missed_collection", "wash_skipped", "capped_readings")
)
_LATEST = 16
"""A message belongs to one of a device's last violations, or to none."""


class Watched:
    """A device's violations, and whether the reports that were delivered could show each."""

    def __init__(self, violations: list[Violation], start_ms: int) -> None:
        self._violations, self._start_ms = violations, start_ms
        self._seen: Counter[int] = Counter()
        self._before: dict[int, float] = {}
        self._after: dict[int, float] = {}

    def count(self, messages: Iterator[Sent]) -> Iterator[Sent]:
        """Pass the delivered messages on."""
        for message in messages:
            first = max(0, len(self._violations) - _LATEST)
            for i, violation in enumerate(self._violations[first:], first):
                for fields in message.elements:
                    self._look(i, violation, (fields["time"] - self._start_ms) / 1000, "fix" not in fields)
            yield message

    def _look(self, i: int, violation: Violation, at_s: float, has_fix: bool) -> None:
        end_s = np.inf if violation.end_s is None else violation.end_s
        if violation.rule == "sensor_fault":
            end_s -= 20  # its end is the first good reading, which shows nothing
        if violation.start_s - SKEW_S <= at_s <= end_s:
            self._seen[i] += 1
        elif has_fix and at_s > end_s:
            self._after[i] = min(at_s, self._after.get(i, np.inf))
        elif has_fix:
            self._before[i] = max(at_s, self._before.get(i, -np.inf))

    def _could_show(self, i: int, violation: Violation) -> bool:
        if self._seen[i] or violation.rule in _BY_ABSENCE:
            return True
        # A zone is also passed through between two fixes outside it, at most 60 s apart.
        apart_s = self._after.get(i, np.inf) - self._before.get(i, -np.inf)
        return violation.rule == "forbidden_zone" and apart_s <= 60

    def listed(self, horizon_s: int) -> tuple[list[Violation], int]:
        """The lines that belong in the truth, and how many nothing could know of."""
        due = [
            (i, v)
            for i, v in enumerate(self._violations)
            if v.start_s + _HOLD_S.get(v.rule, 0) + SETTLE_S < horizon_s
        ]
        known = [v for i, v in due if self._could_show(i, v)]
        return known, len(due) - len(known)


def all_listed(watched: list[Watched], horizon_s: int) -> tuple[list[Violation], int]:
    """Every line of the truth in order, areas included, and how many nothing could know of."""
    lines: list[Violation] = []
    unseen = 0
    for watch in watched:
        listed, lost = watch.listed(horizon_s)
        lines += listed
        unseen += lost
    lines += suspected_sites(lines)
    return sorted(lines, key=lambda v: (v.start_s, v.rule, v.device_id or "")), unseen


def truth_line(violation: Violation, plane: Plane, start_ms: int, horizon_s: int) -> bytes:
    """One line of the truth file."""
    row: dict[str, Any] = {"rule": violation.rule}
    if violation.device_id is not None:
        row["device_id"] = violation.device_id
    elif violation.place is not None:
        lon, lat = plane.to_degrees(np.array([violation.place[0]]), np.array([violation.place[1]]))
        row["lon"], row["lat"] = round(float(lon[0]), 6), round(float(lat[0]), 6)
    ended = violation.end_s is not None and violation.end_s <= horizon_s
    row["started_at"] = to_rfc3339(start_ms + round(violation.start_s * 1000))
    row["ended_at"] = to_rfc3339(start_ms + round((violation.end_s or 0) * 1000)) if ended else None
    row["note"] = violation.note
    return msgspec.json.encode(row) + b"\n"
