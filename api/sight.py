"""What one client looks at, and what of it has been sent: the difference is all that goes out.

Nothing queues up for a slow client: what is not yet sent stays in the difference, newest state only.
"""

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from api.fleet import Bools, Fleet
from domain.person import Scope

MOST_DEVICES = 500
MOST_BYTES = 64 * 1024


class View(Struct, frozen=True, kw_only=True, tag="view"):
    """What a client shows: everything in `bbox` (west, south, east, north), and some devices wherever they are."""

    bbox: tuple[float, float, float, float] | None = None
    devices: list[str] = []


class Difference(Struct, frozen=True, kw_only=True):
    """What a client does not have yet, by index; `named` are those whose id it has not been told."""

    is_whole: bool
    fresh: list[int]
    named: list[int]
    gone: list[int]


def read_view(text: str) -> View:
    """What a client says it looks at; raises ValueError with the reason."""
    if len(text) > MOST_BYTES:
        raise ValueError(f"longer than {MOST_BYTES} characters")
    try:
        view = msgspec.json.decode(text, type=View)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from error
    if len(view.devices) > MOST_DEVICES:
        raise ValueError(f"devices: more than {MOST_DEVICES}")
    return view


class Sight:
    """One client's view and what it holds of it: the version of each row as sent, 0 for none."""

    def __init__(self, scope: Scope) -> None:
        """See nothing until there is a view."""
        self._scope = scope
        self._view: View | None = None
        self._held: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._named: Bools = np.zeros(0, dtype=np.bool_)
        self._is_first = True

    @property
    def is_open(self) -> bool:
        """Whether the client has said what it looks at."""
        return self._view is not None

    def look(self, view: View) -> None:
        """Look at something else from now on."""
        self._view = view

    def difference(self, fleet: Fleet, now_ms: int) -> Difference | None:
        """What has to be sent now, and counts as sent; None where there is nothing."""
        if self._view is None:
            return None
        self._grow(fleet.size)
        wanted = self._wanted(self._view, fleet, now_ms)
        version = fleet.columns.version[: fleet.size]
        fresh = np.flatnonzero(wanted & (version > self._held))
        gone = np.flatnonzero((self._held > 0) & ~wanted)
        if not (self._is_first or fresh.size or gone.size):
            return None
        named = fresh[~self._named[fresh]]
        self._held[fresh] = version[fresh]
        self._held[gone] = 0
        self._named[named] = True
        is_whole, self._is_first = self._is_first, False
        return Difference(is_whole=is_whole, fresh=fresh.tolist(), named=named.tolist(), gone=gone.tolist())

    def _wanted(self, view: View, fleet: Fleet, now_ms: int) -> Bools:
        picked = np.zeros(fleet.size, dtype=np.bool_)
        picked[[at for one in view.devices if (at := fleet.index_of(one)) is not None]] = True
        return fleet.covered(self._scope) & (picked | (_inside(view, fleet) & ~fleet.lost(now_ms)))

    def _grow(self, size: int) -> None:
        more = size - len(self._held)
        if more:
            self._held = np.concatenate([self._held, np.zeros(more, dtype=np.int64)])
            self._named = np.concatenate([self._named, np.zeros(more, dtype=np.bool_)])


def _inside(view: View, fleet: Fleet) -> Bools:
    if view.bbox is None:
        return np.zeros(fleet.size, dtype=np.bool_)
    west, south, east, north = view.bbox
    lon, lat = fleet.columns.lon[: fleet.size], fleet.columns.lat[: fleet.size]
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
