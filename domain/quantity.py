"""What a dust station measures: quantities (their names carry the unit) and HJ 212 data flags."""

from collections.abc import Mapping
from enum import StrEnum


class Quantity(StrEnum):
    """Measured quantities; the value is the field name of the dust object."""

    PM25 = "pm25_ugm3"
    PM10 = "pm10_ugm3"
    TSP = "tsp_ugm3"
    NOISE = "noise_db"
    WIND_SPEED = "wind_speed_ms"
    WIND_DIR = "wind_dir_deg"
    TEMPERATURE = "temperature_c"
    HUMIDITY = "humidity_pct"
    PRESSURE = "pressure_kpa"


UNITS: Mapping[str, str] = {
    Quantity.PM25: "µg/m³",
    Quantity.PM10: "µg/m³",
    Quantity.TSP: "µg/m³",
    Quantity.NOISE: "dB",
    Quantity.WIND_SPEED: "m/s",
    Quantity.WIND_DIR: "°",
    Quantity.TEMPERATURE: "°C",
    Quantity.HUMIDITY: "%",
    Quantity.PRESSURE: "kPa",
}
"""What each is measured in."""
PARTICULATES = (Quantity.PM25, Quantity.PM10, Quantity.TSP)


class Flag(StrEnum):
    """HJ 212 data flags. Only NORMAL counts towards a limit; OVER_RANGE is at least "very high"."""

    NORMAL = "N"
    STOPPED = "F"
    MAINTENANCE = "M"
    MANUAL = "S"
    FAULT = "D"
    CALIBRATION = "C"
    OVER_RANGE = "T"
    LINK_LOST = "B"
