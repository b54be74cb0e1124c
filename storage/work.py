"""What fleets did over local days: trips and tonnes, cleaning, collection, and the vehicles' days themselves."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from msgspec import Struct

from storage.verbs import Verbs

MOST_LINES = 400_000
"""Days of vehicles of one file: a month of 11,000."""

HaulsBy = Literal["vehicle", "permit", "site", "field", "day"]
CleanedBy = Literal["vehicle", "plan", "day"]
CollectedBy = Literal["vehicle", "run", "district", "day"]
Within = Sequence[str] | None
"""Ids that somebody may see; None for all."""


class HaulSum(Struct, frozen=True, kw_only=True):
    """Trips of one key, added up: those weighed, of unknown weight, unloaded where no permit says (known),
    and unloaded nobody knows where. `rated_t` is what they come to by the vehicles' greatest loads.
    """

    key: str
    trips: int
    measured_trips: int
    weightless_trips: int
    elsewhere_trips: int
    nowhere_trips: int
    tonnes: float
    rated_t: float
    vehicles: int


class SoFar(Struct, frozen=True, kw_only=True):
    """What was hauled under a permit since its beginning."""

    permit_id: str
    trips: int
    weightless_trips: int
    tonnes: float
    rated_t: float


class CleanedSum(Struct, frozen=True, kw_only=True):
    """Cleaning of one key, added up; what no device says is None."""

    key: str
    driven_m: float
    odometer_m: float | None
    working_m: float
    working_s: float
    moving_s: float
    engine_s: float | None
    rounds: int
    worked_days: int
    heard_days: int
    vehicles: int


class CollectedSum(Struct, frozen=True, kw_only=True):
    """Stops of one key, added up by what became of them."""

    key: str
    served: int
    late: int
    missed: int
    unknown: int
    vehicles: int


class DayLine(Struct, frozen=True, kw_only=True):
    """One vehicle's counted day; `is_late`: something of it came after it was to be counted.

    One that runs is not whole, and counted up to `counted_ms`.
    """

    vehicle_id: str
    device_id: str
    day: date
    district_id: str | None
    plan_id: str | None
    is_whole: bool
    is_late: bool
    reports: int
    driven_m: float
    odometer_m: float | None
    moving_s: float
    engine_s: float | None
    working_m: float | None
    working_s: float | None
    rounds: int | None
    trips: int
    tonnes: float | None
    counted_ms: int | None
    served: int
    late: int
    missed: int
    unknown: int


class Counted(Struct, frozen=True, kw_only=True):
    """Up to which day is counted, how many days of vehicles wait, and of how many something came late.

    From `running_from` on days run: each vehicle's is counted up to `so_far_ms` or later.
    """

    counted_to: date | None
    waiting: int
    late: int
    running_from: date | None
    so_far_ms: int | None


class Work(Verbs):
    """The counted work over one database."""

    QUERIES = "work"

    async def hauls(
        self,
        first: date,
        last: date,
        by: HaulsBy,
        *,
        sites: Within = None,
        vehicle: str | None = None,
        permit: str | None = None,
        site: str | None = None,
    ) -> Sequence[HaulSum]:
        """Trips that ended on these local days, both included, by key; of these source sites."""
        rows = await self._fetch("hauls_by", first, last, sites, by, vehicle, permit, site)
        return [HaulSum(**row) for row in rows]

    async def so_far(
        self, permits: Sequence[str], last: date, *, sites: Within = None
    ) -> Mapping[str, SoFar]:
        """What was hauled under each of these permits up to a local day."""
        rows = await self._fetch("hauled_so_far", permits, last, sites)
        return {row["permit_id"]: SoFar(**row) for row in rows}

    async def cleaned(
        self,
        first: date,
        last: date,
        by: CleanedBy,
        *,
        districts: Within = None,
        vehicle: str | None = None,
        plan: str | None = None,
    ) -> Sequence[CleanedSum]:
        """What cleaning vehicles did on these local days by key; days that lie in these districts."""
        rows = await self._fetch("cleaned_by", first, last, districts, by, vehicle, plan)
        return [CleanedSum(**row) for row in rows]

    async def collected(
        self,
        first: date,
        last: date,
        by: CollectedBy,
        *,
        districts: Within = None,
        vehicle: str | None = None,
        run: str | None = None,
        district: str | None = None,
    ) -> Sequence[CollectedSum]:
        """What became of the stops due on these local days by key; of stops in these districts."""
        rows = await self._fetch("collected_by", first, last, districts, by, vehicle, run, district)
        return [CollectedSum(**row) for row in rows]

    async def days(
        self,
        first: date,
        last: date,
        *,
        districts: Within = None,
        vehicle: str | None = None,
        limit: int = MOST_LINES,
    ) -> Sequence[DayLine]:
        """The vehicles' days, by day and vehicle."""
        rows = await self._fetch("day_lines", first, last, districts, vehicle, limit)
        return [DayLine(**row) for row in rows]

    async def counted(self, first: date, last: date) -> Counted:
        """How far these local days are counted."""
        (row,) = await self._fetch("how_counted", first, last)
        return Counted(**row)
