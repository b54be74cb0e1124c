"""The made-up world of the benches: zones and routes on a grid, trucks that drive straight lines over it.

Everything follows from the sizes, so that two machines measure the same work. It is no district: for
believable motion there are the simulators.
"""

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from domain.registry import Registry
from haulwatch.registries import parse_registry

WEST_DEG, SOUTH_DEG = 121.0, 31.0
SPAN_DEG = 0.6
SPEED_KMH = 45.0
FAST_KMH = 90.0
DEG_PER_S = SPEED_KMH / 3.6 / 111_195  # along a meridian, where a degree is the same everywhere
ZONE_KINDS = (
    "source_site",
    "disposal_site",
    "transfer_station",
    "parking",
    "wash_bay",
    "no_go",
    "other",
    "speed_zone",
)


class BenchWorld(Struct, frozen=True, kw_only=True):
    """The sizes of a world."""

    devices: int
    zones: int
    routes: int

    def document(self) -> bytes:
        """Its registry document."""
        names = [device_id(i) for i in range(self.devices)]
        per_route = max(1, self.devices // max(1, self.routes))
        return msgspec.json.encode(
            {
                "version": 1,
                "vehicles": [
                    {"id": f"V{name}", "plate": f"沪A{i:05d}", "kind": "muck_truck", "device_id": name}
                    for i, name in enumerate(names)
                ],
                "zones": [self._zone(i) for i in range(self.zones)],
                "routes": [self._route(i) for i in range(self.routes)],
                "permits": [
                    {
                        "id": f"P{i}",
                        "vehicle_ids": [f"V{name}" for name in names[i * per_route : (i + 1) * per_route]],
                        "route_ids": [f"R{i}"],
                    }
                    for i in range(self.routes)
                    if i * per_route < self.devices
                ],
            }
        )

    def registry(self) -> Registry:
        """Its registry, checked as any other."""
        return parse_registry(self.document(), name="the bench world")

    def payloads(self, count: int, *, first_ms: int, step_ms: int) -> Iterator[tuple[int, bytes]]:
        """`count` reports as (device number, payload): every device in turn, `step_ms` later each round."""
        for n in range(count):
            round_, i = divmod(n, self.devices)
            yield i, self.payload(i, first_ms + round_ * step_ms, after_s=round_ * step_ms / 1000)

    def payload(self, i: int, time_ms: int, *, after_s: float, is_fast: bool = False) -> bytes:
        """The report of a device that has driven for `after_s`."""
        lon = WEST_DEG + (i * 0.618034 % 1.0) * SPAN_DEG
        # North for 600 s and back again.
        along_s = after_s % 1200
        lat = SOUTH_DEG + (i * 0.754878 % 1.0) * SPAN_DEG + DEG_PER_S * min(along_s, 1200 - along_s)
        speed_kmh = FAST_KMH if is_fast else SPEED_KMH
        return (
            b'{"time":%d,"lon":%.6f,"lat":%.6f,"accuracy_m":6.0,"speed_kmh":%.1f,"heading_deg":%d,'
            b'"ignition":true,"load":"%b","cover":"closed"}'
            % (time_ms, lon, lat, speed_kmh, 0 if along_s < 600 else 180, b"full" if i % 2 else b"empty")
        )

    def _place(self, i: int, of: int) -> tuple[float, float]:
        side = max(1, round(of**0.5))
        return WEST_DEG + (i % side + 0.5) * SPAN_DEG / side, SOUTH_DEG + (i // side + 0.5) * SPAN_DEG / side

    def _zone(self, i: int) -> dict[str, object]:
        lon, lat = self._place(i, self.zones)
        kind = ZONE_KINDS[i % len(ZONE_KINDS)]
        half = 0.002
        corners = [
            [lon - half, lat - half],
            [lon + half, lat - half],
            [lon + half, lat + half],
            [lon - half, lat + half],
        ]
        zone: dict[str, object] = {
            "id": f"Z{i}",
            "kind": kind,
            "geometry": {"type": "Polygon", "coordinates": [[*corners, corners[0]]]},
        }
        return zone | ({"speed_limit_kmh": 60} if kind == "speed_zone" else {})

    def _route(self, i: int) -> dict[str, object]:
        lon = WEST_DEG + (i + 0.5) * SPAN_DEG / self.routes
        line = [[lon + 0.001 * (k % 2), SOUTH_DEG + k * SPAN_DEG / 30] for k in range(31)]
        return {"id": f"R{i}", "geometry": {"type": "LineString", "coordinates": line}}


def device_id(i: int) -> str:
    """The id of a device by its number."""
    return f"B{i:05d}"
