"""The shapes of what is told of stations: how they stand, their windows, their readings."""

from typing import Any, Literal

from pydantic import Field

from api.schemas import Alert, Instant, Shape, Station

Verdict = Literal["over", "between", "under", "none", "provisional"]


class WindowView(Shape):
    """One averaging window of a limit."""

    start: str = Instant
    end: str = Instant
    mean: float | None = Field(description="What was measured; null without a reading that counts")
    value: float | None = Field(
        description="What was compared with the limit: less background and correction"
    )
    background: float | None = Field(description="The area's value of the hour, where the limit subtracts it")
    aqi: float | None
    coverage: float = Field(description="The part of the window that readings cover, 0 to 1")
    lower_bound: bool = Field(description="Over-range readings make the value a lower bound")
    verdict: Verdict
    closed: bool = Field(description="False while readings may still come to it in time")
    in_force: bool = Field(description="False outside the limit's own hours or dates")


class DayView(Shape):
    """The windows over a limit in one local day, and how many a day may have."""

    day: str = Field(examples=["2026-11-16"])
    over: int
    allowed: int


class LimitWindows(Shape):
    """A limit with its windows; a limit whose terms changed comes once for each of its terms."""

    limit: dict[str, Any] = Field(description="The terms, as in `limits` of the registry file")
    windows: list[WindowView]
    days: list[DayView] = Field(description="Whole local days, also where the span cuts them")


class VisitView(Shape):
    """A vehicle on the station's site."""

    vehicle_id: str
    plate: str | None
    plate_color: str | None
    zone_id: str
    entered_at: str = Instant
    left_at: str | None = Field(description="null while it is there")


class StationWindows(Shape):
    """A station over a span: the windows of its limits, its alerts, the vehicles on its site."""

    station: Station
    timezone: str
    from_: str = Field(alias="from")
    to: str
    at: str = Field(description="When this was found; nothing after it is known")
    limits: list[LimitWindows]
    alerts: list[Alert] = Field(description="Newest first, at most 1,000; withdrawn ones are left out")
    vehicles: list[VisitView]


class ReadingView(Shape):
    """One reading; `time` is the end of the sampling interval."""

    time: str = Instant
    interval_s: float
    values: dict[str, float]
    flags: dict[str, str] = Field(description="By quantity, those other than N")


class FlagSpan(Shape):
    """Readings running with the same flag other than N."""

    quantity: str
    flag: str
    from_: str = Field(alias="from")
    to: str


class GapSpan(Shape):
    """A time for which there is no reading."""

    from_: str = Field(alias="from")
    to: str


class StationReadings(Shape):
    """A station's readings over a span, thinned out to the lowest and the highest of each piece of it."""

    from_: str = Field(alias="from")
    to: str
    total: int = Field(description="How many readings there are")
    items: list[ReadingView]
    flags: list[FlagSpan] = Field(description="Of all readings")
    gaps: list[GapSpan] = Field(description="Of all readings; nothing is to be drawn across one")


class LastWindow(Shape):
    """The newest closed window of a limit."""

    limit_id: str
    quantity: str
    limit: float
    window: WindowView


class StationNow(Shape):
    """How a station stands."""

    station: Station
    look: Literal["over", "near", "no_verdict", "silent", "fine"] = Field(
        description="By its newest closed windows; `silent` without a reading for 30 min, `near` from 80 % of a limit"
    )
    heard_at: str | None = Field(description="The time of its newest reading")
    values: dict[str, float] = Field(description="Its newest reading")
    windows: list[LastWindow]


class StationsNow(Shape):
    """How all stations stand; found at most every 20 s."""

    at: str = Instant
    items: list[StationNow]
