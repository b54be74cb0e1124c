"""Evidence of what stations show: windows over a limit, readings that cannot be believed or look trimmed."""

from msgspec import Struct

from domain.identifiers import LimitId, VehicleId
from domain.quantity import Quantity
from domain.station import AqiCorrection


class DustWindow(Struct, frozen=True, kw_only=True):
    """One averaging window; `value` is what was compared with the limit, `mean` what was measured.

    `lower_bound` says that over-range readings make the value a lower bound. `verdict` is "over",
    "between" (not over, but not below `clear_below`), "under", "none" (no verdict) or
    "provisional" (the background it needs has not come).
    """

    start_ms: int
    mean: float | None
    value: float | None
    coverage: float
    lower_bound: bool = False
    background: float | None = None
    aqi: float | None = None
    verdict: str


class OnSite(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A vehicle's visit of the station's site; without `left_ms` it was there to the end of the windows over."""

    vehicle_id: VehicleId
    plate: str | None = None
    entered_ms: int
    left_ms: int | None = None


class DustEvidence(
    Struct, frozen=True, kw_only=True, omit_defaults=True, tag="dust_exceedance", tag_field="type"
):
    """The windows of one run over a limit, and the limit's terms as they apply.

    `recorded`: the windows over it earlier that local day, as many as are allowed.
    The engine of one station knows no vehicles: `vehicles_on_site` is added beside the fold.
    """

    limit_id: LimitId
    quantity: Quantity
    limit: float
    window_s: int
    peak: float
    windows_over: int
    allowed_per_day: int
    windows: tuple[DustWindow, ...]
    recorded: tuple[DustWindow, ...] = ()
    limit_name: str = ""
    clear_below: float | None = None
    min_coverage: float | None = None
    minus_background: bool = False
    background_cap: float | None = None
    aqi_correction: AqiCorrection | None = None
    vehicles_on_site: tuple[OnSite, ...] = ()


class SensorRun(Struct, frozen=True, kw_only=True):
    """One run of unbelievable readings: "stuck", "pm25_above_pm10", "flag" or "out_of_range".

    `value` is that of its first reading; `beside` the PM10 of that reading, where PM2.5 is above it.
    """

    kind: str
    quantity: Quantity | None
    from_ms: int
    readings: int
    value: float | None = None
    flag: str | None = None
    beside: float | None = None


class SensorEvidence(Struct, frozen=True, kw_only=True, tag="sensor_fault", tag_field="type"):
    """The runs that touch and so make one alert."""

    runs: tuple[SensorRun, ...]


class CappedParticulate(Struct, frozen=True, kw_only=True):
    """How one particulate's readings (µg/m³) crowd in the top tenth between median and maximum, and in the one below."""

    quantity: Quantity
    readings: int
    median: float
    maximum: float
    top: int
    below: int


class CappedEvidence(Struct, frozen=True, kw_only=True, tag="capped_readings", tag_field="type"):
    """The particulates whose readings of seven days look trimmed or made up."""

    particulates: tuple[CappedParticulate, ...]
