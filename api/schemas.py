"""The shapes of what the API answers. Pydantic ends here: the rest of the service knows its own types.

Times are RFC 3339 in UTC, places WGS-84 degrees, units are in the names. What is unknown is null or absent.
"""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Severity = Literal["info", "minor", "major", "critical"]
Instant = Field(examples=["2026-11-16T14:03:21.120Z"])


class Shape(BaseModel):
    """Frozen, and strict about its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ErrorInfo(Shape):
    """What went wrong: `code` for programs, `message` for people, `details` by parameter."""

    code: str = Field(examples=["not_found"])
    message: str
    details: list[dict[str, str]] | None = None


class ErrorBody(Shape):
    """The one shape of every failure."""

    error: ErrorInfo


class Health(Shape):
    """Whether the service can be relied on just now."""

    status: Literal["ok"] = "ok"
    version: str
    edition: str | None = Field(None, description="Which of the database servers this is, where known")
    server_time: str = Instant
    newest_data_time: str | None = Field(None, description="Device time of the newest position")
    newest_received_time: str | None = Field(None, description="When the newest position arrived")
    ingest_lag_s: float | None = Field(
        None, description="Seconds from the arrival of the newest position to now; null before the first"
    )
    oldest_change: int = Field(
        description="The oldest alert change a client can still resume after, plus one"
    )
    newest_change: int = Field(description="The newest alert change")
    stream_clients: int
    dead_letters: int = Field(
        description="Events that webhooks' targets refused, until somebody sees to them"
    )
    topic_prefix: str = Field(description="What every MQTT topic begins with")


class Vehicle(Shape):
    """A vehicle of the registry."""

    id: str
    plate: str
    plate_color: str
    kind: str
    status: str
    company_id: str | None
    company_name: str | None
    device_id: str | None


class Station(Shape):
    """A dust station of the registry."""

    id: str
    name: str
    site_id: str | None
    district_id: str | None
    device_id: str | None
    lon: float | None
    lat: float | None
    limit_ids: list[str]


class FeatureCollection(Shape):
    """GeoJSON (RFC 7946) in WGS-84."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[dict[str, Any]]


class RegistryView(Shape):
    """The registry in force, ready to be drawn."""

    version: int
    effective_from: str = Instant
    author: str
    note: str = Field(description="What its author said of it; empty for those who see some districts only")
    timezone: str
    vehicles: list[Vehicle]
    stations: list[Station]
    districts: FeatureCollection
    roads: FeatureCollection
    zones: FeatureCollection
    routes: FeatureCollection


class ReadyMadeLimit(Shape):
    """A limit after a standard; one whose numbers nobody has verified judges nothing."""

    id: str
    name: str
    quantity: str
    region: str
    source: str
    verified: bool


RulesetState = Literal["in_force", "planned", "past", "cancelled"]


class Ruleset(Shape):
    """One numbered version of the registry, without its document."""

    version: int
    state: RulesetState = Field(description="What it is at this moment")
    effective_from: str = Instant
    saved_at: str = Instant
    author: str
    note: str
    counts: dict[str, int] = Field(description="Entries by section", examples=[{"vehicles": 300}])
    cancelled_at: str | None
    cancelled_by: str | None


class RulesetPage(Shape):
    """One page of versions, newest first."""

    items: list[Ruleset]
    next: int | None = Field(description="Pass as `before` for the next page; null on the last one")


class RulesetDocument(Shape):
    """One version, and its document as it was given."""

    ruleset: Ruleset
    document: dict[str, object]


class FieldChange(Shape):
    """A field by its path, such as `params.hold_s`; null where it is not there."""

    path: str
    old: bool | float | str | list[str] | None
    new: bool | float | str | list[str] | None


class ShapeSize(Shape):
    """A shape in numbers: an area has `area_m2`, a line `length_m`; `lon`, `lat` are its middle as drawn."""

    kind: Literal["polygon", "circle", "line"]
    corners: int
    area_m2: float | None
    length_m: float | None
    lon: float
    lat: float


class ShapeChange(Shape):
    """A shape drawn anew, and how far its middle moved, where both have one coordinate system."""

    old: ShapeSize
    new: ShapeSize
    moved_m: float | None


class EntryDifference(Shape):
    """An entry that is only in one version, or differs; `label` is its name or plate."""

    id: str
    label: str
    act: Literal["added", "removed", "changed"]
    fields: list[FieldChange]
    shape: ShapeChange | None


class SectionDifference(Shape):
    """A section of the document, by the name it has there."""

    section: str
    entries: list[EntryDifference]


class RulesetDifference(Shape):
    """What changed from one version to another, by meaning; `fields` are those of the document itself."""

    from_: int = Field(alias="from")
    to: int
    fields: list[FieldChange]
    sections: list[SectionDifference]


class Position(Shape):
    """The newest known position of a device and its signals; what is unknown is absent."""

    device_id: str
    time: str = Instant
    received_at: str = Instant
    lon: float | None = None
    lat: float | None = None
    speed_kmh: float | None = None
    heading_deg: float | None = None
    ignition: bool | None = None
    load: Literal["empty", "partial", "full"] | None = None
    lift: bool | None = None
    cover: Literal["closed", "open"] | None = None
    online: bool | None = None


class Positions(Shape):
    """The newest position of each device."""

    at: str = Instant
    items: list[Position]


class CaseBrief(Shape):
    """The case that an alert is in: where people are with it."""

    id: int
    state: str
    assignee: str | None
    version: int


class Alert(BaseModel):
    """One alert object of the wire format, in its present state."""

    # What the wire format says may grow; the page must not break on it.
    model_config = ConfigDict(frozen=True, extra="allow")

    id: UUID
    revision: int
    rule: str
    rule_id: str
    ruleset_version: int
    severity: Severity
    device_id: str | None = None
    vehicle_id: str | None = None
    station_id: str | None = None
    area: str | None = None
    district_id: str | None = None
    started_at: str = Instant
    detected_at: str = Instant
    ended_at: str | None = Field(description="null while the condition holds")
    found_late: bool
    withdrawn: bool
    withdrawn_because: str | None = None
    lon: float | None = None
    lat: float | None = None
    zone_ids: list[str]
    evidence: dict[str, Any] = Field(
        description="Typed by rule: the values, limits and observations that make the case"
    )
    case: CaseBrief | None = Field(None, description="null as long as nobody has acted on it")
    trip_started_at: str | None = Field(
        None, description="When the trip began that it belongs to: alerts of one trip have one"
    )


class AlertPage(Shape):
    """One page of alerts, newest `detected_at` first."""

    items: list[Alert]
    next: str | None = Field(description="Pass as `cursor` for the next page; null on the last one")


class LossAccount(Shape):
    """One device and local day: received = stored + duplicate + rejected."""

    device_id: str
    day: str = Field(examples=["2026-11-16"])
    received: int
    stored: int
    duplicate: int
    rejected: int
    late: int
    redelivered: int


class Loss(Shape):
    """The loss account over some days."""

    first: str
    last: str
    items: list[LossAccount]


class RejectionItem(Shape):
    """One refused element or message, kept as it came (text, or Base64 where it is no UTF-8)."""

    id: int
    reason: str
    detail: str
    topic: str
    device_id: str | None = None
    received_at: str = Instant
    payload: str | None = None
    payload_b64: str | None = None


class RejectionPage(Shape):
    """One page of rejections, newest first."""

    items: list[RejectionItem]
    next: int | None = Field(description="Pass as `before` for the next page; null on the last one")
