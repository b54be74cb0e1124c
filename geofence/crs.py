"""GCJ-02 and BD-09 to WGS-84 and back: the shifted systems of Chinese maps.

GCJ-02 moves a place by 44 to 666 m, BD-09 moves the result by about 1 km more. Both are undone by a few
rounds, each with the shift taken at the last estimate, which leaves less than 1 mm. Outside the box
around China nothing is shifted. CGCS2000 is taken for WGS-84 (they differ by centimetres).
"""

from collections.abc import Callable
from math import atan2, cos, pi, radians, sin, sqrt

from domain.zone import Crs

WEST, EAST = 72.004, 137.8347
SOUTH, NORTH = 0.8293, 55.8271

_AXIS_M = 6378245.0
_ECCENTRICITY2 = 0.00669342162296594323
_BD_WAVE = pi * 3000.0 / 180.0
_GCJ02_ROUNDS = 3
_BD09_ROUNDS = 5

_Shift = Callable[[float, float], tuple[float, float]]


def is_shifted(lon: float, lat: float) -> bool:
    """Tell whether a place lies in the box within which GCJ-02 and BD-09 are shifted."""
    return WEST <= lon <= EAST and SOUTH <= lat <= NORTH


def to_wgs84(crs: Crs, lon: float, lat: float) -> tuple[float, float]:
    """Degrees in `crs` to WGS-84 (lon, lat), right to 1 mm."""
    if crs is Crs.WGS84 or not is_shifted(lon, lat):
        return lon, lat
    if crs is Crs.GCJ02:
        return _undo(_gcj02_shift, lon, lat, rounds=_GCJ02_ROUNDS)
    lon, lat = _undo(_bd09_shift, lon, lat, rounds=_BD09_ROUNDS)
    return _undo(_gcj02_shift, lon, lat, rounds=_GCJ02_ROUNDS)


def from_wgs84(crs: Crs, lon: float, lat: float) -> tuple[float, float]:
    """WGS-84 degrees to (lon, lat) in `crs`."""
    if crs is Crs.WGS84 or not is_shifted(lon, lat):
        return lon, lat
    east, north = _gcj02_shift(lon, lat)
    lon, lat = lon + east, lat + north
    if crs is Crs.GCJ02:
        return lon, lat
    east, north = _bd09_shift(lon, lat)
    return lon + east, lat + north


def _undo(shift: _Shift, lon: float, lat: float, *, rounds: int) -> tuple[float, float]:
    at_lon, at_lat = lon, lat
    for _ in range(rounds):
        east, north = shift(at_lon, at_lat)
        at_lon, at_lat = lon - east, lat - north
    return at_lon, at_lat


def _gcj02_shift(lon: float, lat: float) -> tuple[float, float]:
    """The shift in degrees at a place in WGS-84."""
    x, y = lon - 105.0, lat - 35.0
    px, py = x * pi, y * pi
    root = sqrt(abs(x))
    both = 20.0 * (sin(6.0 * px) + sin(2.0 * px))
    east = (
        300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * root
        + (both + 20.0 * sin(px) + 40.0 * sin(px / 3.0) + 150.0 * sin(px / 12.0) + 300.0 * sin(px / 30.0))
        * 2.0
        / 3.0
    )
    north = (
        -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * root
        + (both + 20.0 * sin(py) + 40.0 * sin(py / 3.0) + 160.0 * sin(py / 12.0) + 320.0 * sin(py / 30.0))
        * 2.0
        / 3.0
    )
    phi = radians(lat)
    m = 1.0 - _ECCENTRICITY2 * sin(phi) ** 2
    root_m = sqrt(m)
    return (
        180.0 * east / (_AXIS_M / root_m * cos(phi) * pi),
        180.0 * north / (_AXIS_M * (1.0 - _ECCENTRICITY2) / (m * root_m) * pi),
    )


def _bd09_shift(lon: float, lat: float) -> tuple[float, float]:
    """The further shift in degrees at a place in GCJ-02."""
    r = sqrt(lon * lon + lat * lat) + 0.00002 * sin(lat * _BD_WAVE)
    theta = atan2(lat, lon) + 0.000003 * cos(lon * _BD_WAVE)
    return r * cos(theta) + 0.0065 - lon, r * sin(theta) + 0.006 - lat
