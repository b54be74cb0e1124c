"""Where every vehicle was last, held as arrays so that one look per client and second stays cheap.

A device has an index for the life of the service, and its row is written as text once for all clients that
are shown it. What one client is shown, and has been shown, is in `sight.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from api.registry_view import RegistryEntry
from domain.instant import DAY_MS, MINUTE_MS
from domain.person import Scope
from geofence.motion import Motion, motion_after
from geofence.usable import GAP_MS, OUTLIER_KMH
from storage.districts import Districts
from storage.scoped import districts_of
from storage.store import LatestPosition

REPORTING_MS = 2 * MINUTE_MS
LOST_MS = DAY_MS
FIRST_SIZE = 256
NOWHERE = -1
METRES_A_DEGREE = 111_195.0

Bools = NDArray[np.bool_]
_ENCODER = msgspec.json.Encoder()
MOVES: Mapping[Motion, bool | None] = {Motion.UNKNOWN: None, Motion.STANDING: False, Motion.MOVING: True}


@dataclass(frozen=True, kw_only=True)
class DistrictCount:
    """How many registered vehicles of a district (None: of none) are known, report and move."""

    district_id: str | None
    known: int
    reporting: int
    moving: int


class Columns:
    """One entry a device, by its index; there is room for more devices than there are."""

    def __init__(self) -> None:
        """Have room for a few."""
        self.lon = np.zeros(FIRST_SIZE, dtype=np.float64)
        self.lat = np.zeros(FIRST_SIZE, dtype=np.float64)
        self.time_ms = np.zeros(FIRST_SIZE, dtype=np.int64)
        self.received_ms = np.zeros(FIRST_SIZE, dtype=np.int64)
        self.version = np.zeros(FIRST_SIZE, dtype=np.int64)
        self.district = np.zeros(FIRST_SIZE, dtype=np.int64)
        self.registered = np.zeros(FIRST_SIZE, dtype=np.bool_)
        self.moving = np.zeros(FIRST_SIZE, dtype=np.bool_)

    def grow(self) -> None:
        """Make room for twice as many."""
        for name, column in list(vars(self).items()):
            setattr(self, name, np.concatenate([column, np.zeros_like(column)]))


class Fleet:
    """The newest position of each device that was ever heard of."""

    def __init__(self) -> None:
        """Know of none yet."""
        self.columns = Columns()
        self.ids: list[str] = []
        self.texts: list[str] = []
        self.newest_received_ms: int | None = None
        self.newest_data_ms: int | None = None
        self._index: dict[str, int] = {}
        self._rows: list[LatestPosition] = []
        self._codes: dict[str, int] = {}
        self._motions: list[Motion] = []
        self._districts: Districts | None = None
        self._registered: frozenset[str] = frozenset()

    @property
    def size(self) -> int:
        """How many devices there are."""
        return len(self.ids)

    def index_of(self, device_id: str) -> int | None:
        """The index of a device, if it was ever heard of."""
        return self._index.get(device_id)

    def take(self, latest: Sequence[LatestPosition], entry: RegistryEntry | None) -> None:
        """Take over what is new among these positions, under the registry in force."""
        changed = [row for row in latest if row != self._known(row.device_id)]
        districts = None if entry is None else entry.districts
        for row in changed:
            self._remember(row)
        if districts is not self._districts:
            self._districts = districts
            vehicles = () if entry is None else entry.registry.vehicles
            self._registered = frozenset(one.device_id for one in vehicles if one.device_id is not None)
            self._settle(self._rows)
        elif changed:
            self._settle(changed)

    def _known(self, device_id: str) -> LatestPosition | None:
        index = self._index.get(device_id)
        return None if index is None else self._rows[index]

    def _remember(self, row: LatestPosition) -> None:
        index = self._index.get(row.device_id)
        before = None if index is None else self._rows[index]
        if index is None:
            index = self._add(row)
        motion = motion_after(self._motions[index], _speed_kmh(before, row))
        self._rows[index] = row
        self._motions[index] = motion
        columns = self.columns
        columns.lon[index] = np.nan if row.lon is None else row.lon
        columns.lat[index] = np.nan if row.lat is None else row.lat
        columns.time_ms[index] = row.time_ms
        columns.received_ms[index] = row.received_ms
        columns.moving[index] = motion is Motion.MOVING
        columns.version[index] += 1
        self.texts[index] = row_text(index, row, moving=MOVES[motion])
        self.newest_received_ms = max(self.newest_received_ms or 0, row.received_ms)
        # A terminal whose clock runs ahead must not hide that the feed has stopped.
        self.newest_data_ms = max(self.newest_data_ms or 0, min(row.time_ms, row.received_ms))

    def _add(self, row: LatestPosition) -> int:
        index = self.size
        if index == len(self.columns.version):
            self.columns.grow()
        self._index[row.device_id] = index
        self.ids.append(row.device_id)
        self.texts.append("")
        self._rows.append(row)
        self._motions.append(Motion.UNKNOWN)
        return index

    def _settle(self, rows: Sequence[LatestPosition]) -> None:
        """Find the district of each of these devices, and whether it carries a registered vehicle."""
        for row, district in zip(rows, districts_of(rows, self._districts), strict=True):
            index = self._index[row.device_id]
            code = NOWHERE if district is None else self._codes.setdefault(district, len(self._codes))
            self.columns.district[index] = code
            self.columns.registered[index] = row.device_id in self._registered

    def covered(self, scope: Scope) -> Bools:
        """Which devices somebody may see, by index."""
        if scope.district_ids is None:
            return np.ones(self.size, dtype=np.bool_)
        codes = [self._codes[one] for one in scope.district_ids if one in self._codes]
        return np.isin(self.columns.district[: self.size], codes)

    def lost(self, now_ms: int) -> Bools:
        """Which devices have been silent for so long that no map shows them, by index."""
        return now_ms - self.columns.time_ms[: self.size] > LOST_MS

    def counts(self, scope: Scope, now_ms: int) -> list[DistrictCount]:
        """What the vehicles of a scope do, by district."""
        size = self.size
        columns = self.columns
        mine = self.covered(scope) & columns.registered[:size]
        reporting = mine & (now_ms - columns.received_ms[:size] <= REPORTING_MS)
        moving = reporting & columns.moving[:size]
        named: Mapping[int, str | None] = {NOWHERE: None} | {code: one for one, code in self._codes.items()}
        at = columns.district[:size]
        return [
            DistrictCount(
                district_id=named[int(code)],
                known=int(np.count_nonzero(mine & (at == code))),
                reporting=int(np.count_nonzero(reporting & (at == code))),
                moving=int(np.count_nonzero(moving & (at == code))),
            )
            for code in np.unique(at[mine])
        ]


def row_text(index: int, row: LatestPosition, *, moving: bool | None) -> str:
    """A row of the stream's positions; the order is documented in `routes/live.py`."""
    place = [None if degree is None else round(degree, 6) for degree in (row.lon, row.lat)]
    speed_kmh = None if row.speed_kmh is None else round(row.speed_kmh, 1)
    heading_deg = None if row.heading_deg is None else round(row.heading_deg)
    signals = [moving, row.ignition, row.load, row.lift, row.cover]
    return _ENCODER.encode([index, row.time_ms, *place, speed_kmh, heading_deg, *signals]).decode()


def _speed_kmh(before: LatestPosition | None, now: LatestPosition) -> float | None:
    return _driven_kmh(before, now) if now.speed_kmh is None else now.speed_kmh


def _driven_kmh(before: LatestPosition | None, now: LatestPosition) -> float | None:
    """What two successive places near in time say of the speed, where the device does not."""
    if before is None or before.lon is None or before.lat is None or now.lon is None or now.lat is None:
        return None
    elapsed_ms = now.time_ms - before.time_ms
    if not 0 < elapsed_ms <= GAP_MS:
        return None
    east_deg = (now.lon - before.lon) * float(np.cos(np.radians(now.lat)))
    kmh = float(np.hypot(east_deg, now.lat - before.lat)) * METRES_A_DEGREE * 3600 / elapsed_ms
    return kmh if kmh <= OUTLIER_KMH else None
