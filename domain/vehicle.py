"""Companies, vehicles and devices as the registry lists them."""

from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from domain.identifiers import CompanyId, DeviceId, PlateColor, VehicleId


class VehicleKind(StrEnum):
    """What work a vehicle does; the rules differ by it."""

    MUCK_TRUCK = "muck_truck"
    REFUSE_TRUCK = "refuse_truck"
    SWEEPER = "sweeper"
    SPRINKLER = "sprinkler"
    FOG_CANNON = "fog_cannon"
    OTHER = "other"


class VehicleStatus(StrEnum):
    """Formal vehicles are licensed; irregular ones are known but not; suspended ones may not work."""

    FORMAL = "formal"
    IRREGULAR = "irregular"
    SUSPENDED = "suspended"


class Company(Struct, frozen=True, kw_only=True):
    """A haulage company; `uscc` is its unified social credit code (GB 32100-2015)."""

    id: CompanyId
    name: str = ""
    uscc: str | None = None


class Vehicle(Struct, frozen=True, kw_only=True):
    """A vehicle and the device it carries; limits in km/h and tonnes of payload."""

    id: VehicleId
    kind: VehicleKind
    plate: str = ""
    plate_color: PlateColor = PlateColor.OTHER
    status: VehicleStatus = VehicleStatus.FORMAL
    company_id: CompanyId | None = None
    device_id: DeviceId | None = None
    speed_limit_kmh: float | None = None
    max_load_t: float | None = None


class Device(Struct, frozen=True, kw_only=True):
    """A device that is more than a plain MQTT publisher: its protocol, model and settings."""

    id: DeviceId
    protocol: str = "mqtt"
    model_id: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)


class DeviceModel(Struct, frozen=True, kw_only=True):
    """What a maker's signals mean; data, not code."""

    id: str
    name: str = ""
    signals: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
