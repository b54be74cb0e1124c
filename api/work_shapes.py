"""The shapes of fleet work: trips and tonnes, cleaning against its plan, stops served; by what they are asked for."""

from typing import Literal

from pydantic import Field

from api.schemas import Instant, Shape

Day = Field(examples=["2026-11-16"])


class DaysSoFar(Shape):
    """Days of a span that are not over: provisional, and counted up to some time."""

    first: str = Field(description="From this day on", examples=["2026-11-22"])
    at: str = Field(
        description="What came until then is counted of every vehicle", examples=["2026-11-22T06:05:00.000Z"]
    )


class WorkSpan(Shape):
    """Local days, and how far they are counted: a day is, some minutes after its end, and again when more comes."""

    first: str = Day
    last: str = Day
    counted_to: str | None = Field(description="The newest whole day of which anything is counted")
    so_far: DaysSoFar | None = Field(
        description="Of days that still run, up to when they are counted; null where none of the span does"
    )
    waiting: int = Field(description="Days of vehicles in the span that are still to be counted")
    late: int = Field(
        description="Days of vehicles in the span of which something came after they were counted"
    )


class Hauled(Shape):
    """Trips that ended, and their tonnes: weighed where the vehicle weighs, else the greatest load it may carry."""

    trips: int
    measured_trips: int = Field(description="Those whose load was weighed")
    weightless_trips: int = Field(description="Those of which no weight is known; they add no tonnes")
    tonnes: float
    elsewhere_trips: int = Field(description="Unloaded in a field that the permit does not name")
    nowhere_trips: int = Field(description="Unloaded nobody knows where, or not seen")
    vehicles: int


class HauledDay(Shape):
    """The trips that ended on one local day."""

    day: str = Day
    trips: int
    tonnes: float


class PermitVolume(Shape):
    """What a permit was granted for and what was hauled under it so far."""

    declared_t: float | None = Field(
        description="Its tonnes, or its volume at its density; null where it names none"
    )
    hauled_t: float = Field(description="Up to the last day, since its first trip")
    rated_t: float = Field(description="The same trips at the vehicles' greatest loads")
    trips: int
    share: float | None = Field(description="Hauled of declared; null without a declared volume")
    under_declared: bool = Field(
        description="More was hauled than declared, or the trips at full load would be a fifth more"
    )


class HauledRow(Hauled):
    """Trips of a vehicle, permit, site or field; `id` is empty for those under no permit, or unloaded unknown where."""

    id: str
    label: str
    company: str = ""
    volume: PermitVolume | None = None


class WorkTrips(WorkSpan):
    """Trips and tonnes of a span."""

    by: Literal["vehicle", "permit", "site", "field"]
    total: Hauled
    days: list[HauledDay]
    items: list[HauledRow]


class Cleaned(Shape):
    """What vehicles that clean did."""

    working_km: float = Field(description="At working speed, where the plan says")
    driven_km: float
    odometer_km: float | None = Field(description="By the vehicles' own counters, where they report them")
    working_h: float
    rounds: int = Field(description="Times out: work between two stands of ten minutes")
    worked_days: int = Field(description="Days of vehicles with at least one round")
    heard_days: int
    vehicles: int


class CleanedDay(Shape):
    """The cleaning of one local day."""

    day: str = Day
    working_km: float
    rounds: int
    planned_km: float | None


class PlannedWork(Shape):
    """What a plan asks for in the span, and how its year goes."""

    planned_km: float | None = Field(
        description="Its kilometres spread evenly, of the span's days up to today that it holds on"
    )
    planned_rounds: float | None
    km_per_year: float | None
    year_km: float = Field(description="Worked since its year began, up to the last day")
    year_planned_km: float | None = Field(description="Its share of the year by then")
    vehicles: int = Field(description="Vehicles that it concerns")


class CleanedRow(Cleaned):
    """The cleaning of a vehicle or a plan; `id` is empty for work that no plan asks for."""

    id: str
    label: str
    company: str = ""
    kind: str = ""
    plan_id: str | None = None
    plan: PlannedWork | None = None


class WorkCleaning(WorkSpan):
    """Cleaning of a span."""

    by: Literal["vehicle", "plan"]
    total: Cleaned
    planned_km: float | None = Field(
        description="Up to today, of all plans or the one asked about; null for one vehicle or some districts alone"
    )
    days: list[CleanedDay]
    items: list[CleanedRow]


class Collected(Shape):
    """What became of the stops that were due: due = served + late + missed + unknown."""

    due: int
    served: int = Field(description="In their window")
    late: int = Field(description="After it, on the same day")
    missed: int
    unknown: int = Field(description="Nobody knows: the vehicle was not heard")
    cleared: float | None = Field(description="Served or late, of those due; null where none was")


class CollectedDay(Collected):
    """The stops due on one local day."""

    day: str = Day


class CollectedRow(Collected):
    """The stops of a run, vehicle or district; `id` is empty outside every district."""

    id: str
    label: str
    company: str = ""


class WorkCollection(WorkSpan):
    """Collection of a span."""

    by: Literal["run", "vehicle", "district"]
    total: Collected
    days: list[CollectedDay]
    items: list[CollectedRow]


class VehicleDay(Shape):
    """One vehicle's local day; what no device says is null."""

    vehicle_id: str
    day: str = Day
    driven_km: float
    odometer_km: float | None
    moving_h: float
    engine_h: float | None
    working_km: float | None
    rounds: int | None
    trips: int
    tonnes: float | None
    stops: Collected
    reports: int
    is_whole: bool = Field(description="Not so while it runs: it is counted up to `counted_at`")
    is_late: bool = Field(description="Something of it came after it was to be counted")
    counted_at: str | None = Instant


class VehicleDays(WorkSpan):
    """The days of one vehicle in a span; `from` and `to` of its track are those of the local day."""

    vehicle_id: str
    label: str
    items: list[VehicleDay]
