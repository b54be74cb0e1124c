"""Reports as they are once decoded, and the reasons for which something is refused.

A report is what the rules judge: a position, a dust reading or an hourly background value. Time is
integer milliseconds since 1970 UTC throughout the core (`time_ms` is the device's own time,
`received_ms` the time of arrival). A signal that is absent is None: unknown, never false.
"""

from enum import StrEnum

from msgspec import Struct, field

from domain.identifiers import AreaId, DeviceId
from domain.quantity import Flag, Quantity

DEFAULT_ACCURACY_M = 10.0


class Load(StrEnum):
    """What the load sensor says."""

    EMPTY = "empty"
    PARTIAL = "partial"
    FULL = "full"


class Cover(StrEnum):
    """What the cover sensor says."""

    CLOSED = "closed"
    OPEN = "open"


class PositionReport(Struct, frozen=True, kw_only=True, gc=False):
    """One position object of a vehicle's device, in WGS-84.

    `lon` and `lat` are None exactly when `fix` is False. `digest` is the SHA-256 of the content in
    canonical form; with device and time it is the report's key. `extra_json` keeps unknown and
    unusable fields as a JSON object; `bad_fields` names the unusable ones and is not content.
    """

    device_id: DeviceId
    time_ms: int
    received_ms: int
    digest: bytes
    lon: float | None = None
    lat: float | None = None
    fix: bool = True
    accuracy_m: float | None = None
    speed_kmh: float | None = None
    heading_deg: float | None = None
    altitude_m: float | None = None
    ignition: bool | None = None
    load: Load | None = None
    weight_t: float | None = None
    lift: bool | None = None
    cover: Cover | None = None
    odometer_km: float | None = None
    alarms: tuple[str, ...] | None = None
    seq: int | None = None
    extra_json: str | None = None
    bad_fields: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[int, bool, int, bytes]:
        """Where the report stands in its device's one order, whatever the order of arrival."""
        return (self.time_ms, self.seq is not None, self.seq or 0, self.digest)


class DustReport(Struct, frozen=True, kw_only=True, gc=False):
    """One dust object of a station's device; `time_ms` is the end of the sampling interval."""

    device_id: DeviceId
    time_ms: int
    received_ms: int
    digest: bytes
    interval_s: float = 60.0
    values: dict[Quantity, float] = field(default_factory=dict)
    flags: dict[Quantity, Flag] = field(default_factory=dict)
    extra_json: str | None = None
    bad_fields: tuple[str, ...] = ()

    def flag(self, quantity: Quantity) -> Flag:
        """Return the data flag of a quantity; an absent flag means normal."""
        return self.flags.get(quantity, Flag.NORMAL)

    @property
    def order(self) -> tuple[int, bool, int, bytes]:
        """Where the report stands in its device's one order."""
        return (self.time_ms, False, 0, self.digest)


class BackgroundReport(Struct, frozen=True, kw_only=True, gc=False):
    """Hourly ambient values of an area; `time_ms` is the end of the hour."""

    area_id: AreaId
    time_ms: int
    received_ms: int
    digest: bytes
    pm10_ugm3: float | None = None
    pm25_ugm3: float | None = None
    tsp_ugm3: float | None = None
    aqi: float | None = None
    primary_pollutant: str | None = None
    extra_json: str | None = None
    bad_fields: tuple[str, ...] = ()


class StatusReport(Struct, frozen=True, kw_only=True, gc=False):
    """A device's `status` topic: shown, judged by nothing, counted nowhere."""

    device_id: DeviceId
    online: bool
    received_ms: int


class RejectReason(StrEnum):
    """Why an element or a message is refused; the first that applies, in this order."""

    BAD_TOPIC = "bad_topic"
    TOO_LARGE = "too_large"
    UNKNOWN_DEVICE = "unknown_device"
    BAD_JSON = "bad_json"
    MISSING_FIELD = "missing_field"
    BAD_TYPE = "bad_type"
    OUT_OF_RANGE = "out_of_range"
    TOO_OLD = "too_old"
    TIME_IN_FUTURE = "time_in_future"


class Rejection(Struct, frozen=True, kw_only=True, gc=False):
    """One refused element (or message refused whole), kept as it came.

    `reason` is a RejectReason; where a gateway refused it, the code of its protocol.
    """

    reason: str
    detail: str
    topic: str
    payload: bytes
    received_ms: int
    device_id: str | None = None
