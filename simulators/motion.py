"""How a truck moves along a path: it speeds up, brakes for corners and lights, and stands.

A `Leg` is a stretch of true motion with one sample a second and constant signals; it knows nothing of
devices, reports or rules.
"""

from enum import StrEnum

import numpy as np
from msgspec import Struct

from simulators.plane import Floats, lengths
from simulators.roads import Path

GRID_M = 4.0
ACCELERATION_MS2 = 0.9
BRAKING_MS2 = 1.6
CORNER_MS = 5.0
BEND_MS = 9.0


class Drive(Struct, frozen=True, kw_only=True):
    """A driver's way with a path: `share` of each limit, waits at (metres along, seconds)."""

    share: float = 0.9
    own_limit_kmh: float = 60.0
    waits: tuple[tuple[float, float], ...] = ()
    hurry: tuple[float, float, float] | None = None
    """(from metres, to metres, km/h): drives this fast there, whatever the limit."""


class Motion(Struct, frozen=True, kw_only=True):
    """True motion: one sample a second from its start, the last one at its end."""

    x_m: Floats
    y_m: Floats
    speed_kmh: Floats

    @property
    def duration_s(self) -> int:
        """Whole seconds."""
        return len(self.x_m) - 1


def stand(place: Floats, duration_s: int) -> Motion:
    """Stand still; two samples are enough, as nothing changes between them."""
    n = max(1, duration_s) + 1
    return Motion(x_m=np.full(n, place[0]), y_m=np.full(n, place[1]), speed_kmh=np.zeros(n))


def drive(path: Path, how: Drive) -> Motion:
    """Drive a path from standing to standing."""
    along = lengths(path.places)
    total_m = float(along[-1])
    s = np.linspace(0.0, total_m, max(3, int(total_m / GRID_M) + 1))
    v = _ceiling(path, along, s, how)
    v = _reachable(s, v)
    step_s = 2 * np.diff(s) / (v[:-1] + v[1:])
    t = np.concatenate(([0.0], np.cumsum(step_s)))
    t, s, v = _with_waits(t, s, v, how.waits)
    return _sampled(path, along, t, s, v)


def _ceiling(path: Path, along: Floats, s: Floats, how: Drive) -> Floats:
    piece = np.clip(np.searchsorted(along, s, side="right") - 1, 0, len(path.limits_kmh) - 1)
    top = np.minimum(path.limits_kmh[piece], how.own_limit_kmh) * how.share / 3.6
    if how.hurry is not None:
        from_m, to_m, kmh = how.hurry
        top[(s >= from_m) & (s <= to_m)] = kmh / 3.6
    heading = np.arctan2(*np.diff(path.places, axis=0).T[::-1])
    turn = np.abs((np.diff(heading) + np.pi) % (2 * np.pi) - np.pi)
    for at, angle in zip(along[1:-1], turn, strict=True):
        if angle > 0.35:
            near = np.abs(s - at) <= 8.0
            top[near] = np.minimum(top[near], CORNER_MS if angle > 0.9 else BEND_MS)
    for at, _ in how.waits:
        top[int(np.argmin(np.abs(s - at)))] = 0.0
    top[0] = top[-1] = 0.0
    return top


def _reachable(s: Floats, top: Floats) -> Floats:
    """The fastest profile under a ceiling that the engine and the brakes allow."""
    forward = np.minimum.accumulate(top**2 - 2 * ACCELERATION_MS2 * s) + 2 * ACCELERATION_MS2 * s
    back = np.minimum.accumulate((forward + 2 * BRAKING_MS2 * s)[::-1])[::-1] - 2 * BRAKING_MS2 * s
    v: Floats = np.sqrt(np.maximum(back, 0.0))
    # Two stops at neighbouring grid points would never be left.
    stuck = (v[:-1] + v[1:]) < 0.05
    v[1:-1][stuck[1:] | stuck[:-1]] = np.maximum(v[1:-1][stuck[1:] | stuck[:-1]], 0.5)
    return v


def _with_waits(
    t: Floats, s: Floats, v: Floats, waits: tuple[tuple[float, float], ...]
) -> tuple[Floats, Floats, Floats]:
    for at, wait_s in sorted(waits):
        i = int(np.argmin(np.abs(s - at)))
        t = np.concatenate((t[: i + 1], t[i:] + wait_s))
        s = np.concatenate((s[: i + 1], s[i:]))
        v = np.concatenate((v[: i + 1], v[i:]))
    return t, s, v


def _sampled(path: Path, along: Floats, t: Floats, s: Floats, v: Floats) -> Motion:
    seconds = np.arange(int(np.ceil(t[-1])) + 1, dtype=np.float64)
    i = np.clip(np.searchsorted(t, seconds, side="right") - 1, 0, len(t) - 2)
    span = np.maximum(t[i + 1] - t[i], 1e-9)
    tau = np.clip(seconds - t[i], 0.0, span)
    gain = (v[i + 1] - v[i]) / span
    distance = np.minimum(s[i] + v[i] * tau + gain * tau**2 / 2, s[-1])
    speed = v[i] + gain * tau
    speed[-1] = 0.0
    return Motion(
        x_m=np.interp(distance, along, path.places[:, 0]),
        y_m=np.interp(distance, along, path.places[:, 1]),
        speed_kmh=speed * 3.6,
    )


class Signals(Struct, frozen=True, kw_only=True):
    """What the truck's sensors would show if it had them all, constant over a leg."""

    ignition: bool = True
    load: str = "empty"
    tonnes: float = 0.0
    tonnes_end: float | None = None
    lift: bool = False
    cover: str = "closed"
    alarms: tuple[str, ...] = ()


class Receiver(StrEnum):
    """How well a device knows where it is over a leg."""

    SOUND = "sound"
    WILD = "wild"
    """Now and then a fix many kilometres off."""
    FROZEN = "frozen"
    """One place and one speed all the time, both wrong."""


class Leg(Struct, frozen=True, kw_only=True):
    """A stretch of a vehicle's true life from `start_s` (seconds since the run began).

    `powered` False: its device is off and sends nothing. `twin`: where another device stands that sends
    under the same id.
    """

    start_s: int
    motion: Motion
    signals: Signals
    what: str
    powered: bool = True
    receiver: Receiver = Receiver.SOUND
    twin: Floats | None = None

    @property
    def end_s(self) -> int:
        """When the next leg begins."""
        return self.start_s + self.motion.duration_s
