"""Two tracks under one id: which of two vehicles a fix belongs to, and how often it changes.

Of two tracks, a fix joins the one whose last fix (at most 10 min old) is nearest and no more than 150 km/h
away; else it starts the other. An alternation is a change of track between two successive fixes that each
joined their track, while the tracks' last fixes are more than 1 km apart.
"""

from msgspec import Struct

from geofence.usable import OUTLIER_KMH, Fix, distance_m, implied_kmh

TRACK_MAX_AGE_MS = 600_000
APART_M = 1000.0
SPAN_MS = 600_000
CONFLICT_ALTERNATIONS = 4
CONFLICT_OVER_MS = 1_800_000


class Tracks(Struct, frozen=True, array_like=True):
    """The last fix of each track, which of them the newest fix belongs to and whether it joined it.

    `alternations` holds the latest ones' times, as far as 10 min back; `conflict_ms` dates the first of
    those that made a conflict, while it lasts, and `last_ms` the latest of it.
    """

    one: Fix | None = None
    other: Fix | None = None
    on_other: bool = False
    joined: bool = False
    alternations: tuple[int, ...] = ()
    conflict_ms: int | None = None
    last_ms: int | None = None


def tracks_after(tracks: Tracks, fix: Fix) -> Tracks:
    """Add a fix that is accurate enough, an outlier or not."""
    to_one_m, to_other_m = _reach_m(tracks.one, fix), _reach_m(tracks.other, fix)
    if to_one_m is None and to_other_m is None:
        # starts a track: the one the vehicle was not on, or the first
        on_other = tracks.one is not None and not tracks.on_other
        joined = False
    else:
        on_other = to_one_m is None or (to_other_m is not None and to_other_m < to_one_m)
        joined = True
    alternates = (
        joined
        and tracks.joined
        and on_other != tracks.on_other
        and tracks.one is not None
        and tracks.other is not None
        and distance_m(tracks.one, tracks.other) > APART_M
    )
    alternations, conflict_ms, last_ms = tracks.alternations, tracks.conflict_ms, tracks.last_ms
    if alternations and fix.time_ms - alternations[0] > SPAN_MS:
        alternations = tuple(at for at in alternations if fix.time_ms - at <= SPAN_MS)
    if last_ms is not None and fix.time_ms - last_ms >= CONFLICT_OVER_MS:
        conflict_ms, last_ms = None, None
    if alternates:
        alternations = (*alternations, fix.time_ms)
        if conflict_ms is None and len(alternations) >= CONFLICT_ALTERNATIONS:
            conflict_ms = alternations[0]
        if conflict_ms is not None:
            last_ms = fix.time_ms
    return Tracks(
        tracks.one if on_other else fix,
        fix if on_other else tracks.other,
        on_other,
        joined,
        alternations,
        conflict_ms,
        last_ms,
    )


def _reach_m(last: Fix | None, fix: Fix) -> float | None:
    """Metres from a track's last fix, None where it is too old or too far for the time."""
    if last is None or fix.time_ms - last.time_ms > TRACK_MAX_AGE_MS or implied_kmh(last, fix) > OUTLIER_KMH:
        return None
    return distance_m(last, fix)
