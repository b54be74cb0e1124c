"""The registry: one document with all that is known about the world, and its checks.

`check` reads a document and either gives a Registry or every problem found, each with its JSON path;
nothing of a document with a problem is used.
"""

from zoneinfo import ZoneInfo

from msgspec import Struct

from domain.permit import CollectionRun, Permit
from domain.rule import Rule
from domain.station import Limit, Station
from domain.vehicle import Company, Device, DeviceModel, Vehicle
from domain.zone import District, Route, Zone


class Problem(Struct, frozen=True, kw_only=True):
    """What is wrong with a document, where (a JSON path such as `$.zones[3].radius_m`), and how to mend it."""

    path: str
    message: str


class Registry(Struct, frozen=True, kw_only=True):
    """A whole, checked registry document (the wire format's section on the registry file)."""

    timezone: str = "Asia/Shanghai"
    districts: tuple[District, ...] = ()
    companies: tuple[Company, ...] = ()
    vehicles: tuple[Vehicle, ...] = ()
    stations: tuple[Station, ...] = ()
    devices: tuple[Device, ...] = ()
    device_models: tuple[DeviceModel, ...] = ()
    zones: tuple[Zone, ...] = ()
    routes: tuple[Route, ...] = ()
    permits: tuple[Permit, ...] = ()
    collection_runs: tuple[CollectionRun, ...] = ()
    limits: tuple[Limit, ...] = ()
    rules: tuple[Rule, ...] | None = None

    @property
    def zone_info(self) -> ZoneInfo:
        """The registry's own time zone, in which days, hours and windows are meant."""
        return ZoneInfo(self.timezone)


def check(document: bytes) -> Registry | list[Problem]:
    """Read a registry document; return it, or every problem in it with its JSON path."""
    raise NotImplementedError
