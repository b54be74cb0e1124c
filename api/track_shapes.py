"""The shapes of a vehicle's track. What a report did not say is null: unknown, never off."""

from typing import Literal

from pydantic import Field

from api.schemas import Alert, Instant, Shape


class TrackPoint(Shape):
    """One report of the vehicle; `lon` and `lat` are null where it had no fix."""

    time: str = Instant
    lon: float | None
    lat: float | None
    accuracy_m: float | None
    speed_kmh: float | None
    heading_deg: float | None
    ignition: bool | None
    load: Literal["empty", "partial", "full"] | None
    weight_t: float | None
    lift: bool | None
    cover: Literal["closed", "open"] | None


class TrackSpan(Shape):
    """From one report to another."""

    started_at: str = Instant
    ended_at: str = Instant


class TrackStop(TrackSpan):
    """A stop of 2 min or more, and where it was."""

    lon: float | None
    lat: float | None


class TrackGap(TrackSpan):
    """Between these two reports nothing is known, or nothing may be seen."""

    why: Literal["no_reports", "other_district"] = Field(
        description="`no_reports`: none came for more than 300 s; `other_district`: the way between is not to be seen"
    )


class TrackFact(Shape):
    """A trip (`about` is its source site), a visit (`about` is the zone), or a loaded stay far from every zone."""

    kind: Literal["trip", "visit", "stay"]
    about: str
    started_at: str = Instant
    ended_at: str | None = Field(description="Null while it lasts")
    permit_id: str | None
    lon: float | None
    lat: float | None


class TrackTotals(Shape):
    """Sums over the reports that may be seen. Over a gap nothing counts, so moving and standing need not fill the span."""

    distance_km: float
    moving_s: float
    standing_s: float
    stops: int
    trips: int


class Track(Shape):
    """A vehicle's way over a span."""

    vehicle_id: str
    device_id: str
    first: str = Instant
    last: str = Instant
    total: int = Field(
        description="Reports in the span; `points` are some of them where these are more than asked for"
    )
    points: list[TrackPoint]
    gaps: list[TrackGap]
    stops: list[TrackStop]
    facts: list[TrackFact]
    alerts: list[Alert]
    totals: TrackTotals
