"""Typed identifiers, so that a vehicle's id is never passed where a device's is meant.

Plates, their colours and the unified social credit code live here too; whether an id is *known*
is the registry's business.
"""

from enum import StrEnum
from typing import NewType

DeviceId = NewType("DeviceId", str)
VehicleId = NewType("VehicleId", str)
StationId = NewType("StationId", str)
SiteId = NewType("SiteId", str)
ZoneId = NewType("ZoneId", str)
RouteId = NewType("RouteId", str)
PermitId = NewType("PermitId", str)
CompanyId = NewType("CompanyId", str)
DistrictId = NewType("DistrictId", str)
AreaId = NewType("AreaId", str)
LimitId = NewType("LimitId", str)
RuleId = NewType("RuleId", str)


class PlateColor(StrEnum):
    """Plate colours, by name; protocols number them differently (JT/T 415 and toll codes disagree)."""

    BLUE = "blue"
    YELLOW = "yellow"
    BLACK = "black"
    WHITE = "white"
    GREEN = "green"
    YELLOW_GREEN = "yellow_green"
    OTHER = "other"
