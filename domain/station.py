"""Dust stations and the limits they are held to. A limit is data: quantity, window, terms, dates in force."""

from enum import StrEnum

from msgspec import Struct

from domain.identifiers import AreaId, DeviceId, DistrictId, LimitId, SiteId, StationId
from domain.quantity import Quantity
from domain.timewindow import ALWAYS, Validity, Window


class Severity(StrEnum):
    """How grave an alert is."""

    INFO = "info"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Order of gravity, least first."""
        return tuple(Severity).index(self)


class Station(Struct, frozen=True, kw_only=True):
    """A dust monitor at a place; its background area is `background_area_id`, else its district."""

    id: StationId
    name: str = ""
    site_id: SiteId | None = None
    district_id: DistrictId | None = None
    background_area_id: AreaId | None = None
    device_id: DeviceId | None = None
    lon: float | None = None
    lat: float | None = None
    limit_ids: tuple[LimitId, ...] = ()

    @property
    def area_id(self) -> AreaId | None:
        """The area whose hourly background this station's limits subtract."""
        if self.background_area_id is not None:
            return self.background_area_id
        return None if self.district_id is None else AreaId(self.district_id)


class AqiCorrection(Struct, frozen=True, kw_only=True):
    """Subtract a fixed amount while the hour's AQI lies in [from_aqi, to_aqi]."""

    from_aqi: float
    to_aqi: float
    subtract: float


class Limit(Struct, frozen=True, kw_only=True):
    """A legal or local limit on the mean of a quantity (its own unit) over `window_s` seconds."""

    id: LimitId
    quantity: Quantity
    window_s: int
    limit: float
    name: str = ""
    enabled: bool = True
    clear_below: float | None = None
    severity: Severity = Severity.MINOR
    minus_background: bool = False
    background_cap: float | None = None
    aqi_correction: AqiCorrection | None = None
    stage: str | None = None
    exceedances_allowed_per_day: int = 0
    min_coverage: float = 0.75
    windows: tuple[Window, ...] = ()
    validity: Validity = ALWAYS
