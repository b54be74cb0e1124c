"""The shape of an explanation: a whole case, in the terms of the registry version that judged it."""

from typing import Any

from pydantic import Field

from api.schemas import Alert, FeatureCollection, Instant, LossAccount, Shape, Station, Vehicle


class RuleInWords(Shape):
    """What holds for an alert of the rule, and when that is over."""

    holds: str
    ends: str


class ExplainedRule(Shape):
    """The rule with all its numbers, its own or by default."""

    id: str
    kind: str
    severity: str | None = Field(description="The rule's own in place of the kind's lowest, where it has one")
    params: dict[str, float]
    words: dict[str, RuleInWords] = Field(description="By language: `en`, `zh`")


class ExplainedRegistry(Shape):
    """The registry version that judged the alert."""

    version: int
    effective_from: str = Instant
    author: str
    note: str
    timezone: str


class ReportedPosition(Shape):
    """One position report; what it did not say is null."""

    time: str = Instant
    received_at: str = Instant
    decisive: bool = Field(False, description="The case names this instant")
    fix: bool
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None
    speed_kmh: float | None = None
    heading_deg: float | None = None
    ignition: bool | None = None
    load: str | None = None
    weight_t: float | None = None
    lift: bool | None = None
    cover: str | None = None
    alarms: list[str] | None = None


class ReportedReading(Shape):
    """One reading of a station."""

    time: str = Instant
    received_at: str = Instant
    decisive: bool = Field(False, description="The case names this instant")
    interval_s: float
    values: dict[str, float]
    flags: dict[str, str]


class ReportedPositions(Shape):
    """The vehicle's reports around the alert; `items` are some of `total`, thinned evenly."""

    first: str = Instant
    last: str = Instant
    total: int
    items: list[ReportedPosition]


class ReportedReadings(Shape):
    """The station's readings around the alert; `items` are some of `total`, thinned evenly."""

    first: str = Instant
    last: str = Instant
    total: int
    items: list[ReportedReading]


class StoredChange(Shape):
    """One stored change of the alert: its running number, when it was stored, and the alert from then on."""

    number: int
    at: str = Instant
    alert: Alert


class Explanation(Shape):
    """Why an alert was raised: all that the case rests on, and how complete the data were."""

    alert: Alert
    registry: ExplainedRegistry | None
    rule: ExplainedRule | None = Field(description="null where that registry version has no such rule")
    vehicle: Vehicle | None
    station: Station | None
    permits: list[dict[str, Any]] = Field(description="As the registry file writes them")
    limit: dict[str, Any] | None = Field(description="As the registry file writes it")
    limit_source: str | None = Field(description="What lays a ready-made limit down, where it is one")
    zones: FeatureCollection
    routes: FeatureCollection
    positions: ReportedPositions | None
    readings: ReportedReadings | None
    changes: list[StoredChange]
    account: list[LossAccount] = Field(
        description="The device's loss account over the days of the case: received = stored + duplicate + rejected"
    )
