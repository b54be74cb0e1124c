"""The registry document of a simulated district, as a registry file wants it, and its roads for the map."""

from typing import Any

import numpy as np

from simulators.city import ROUTE_HALF_WIDTH_M, City, Lot
from simulators.fleet import ALL_MODELS, COMPANIES, MAX_TRIP_MIN, MUCK, REFUSE, STOP_WINDOW_MIN, Shift, Worker
from simulators.plane import at_distance
from simulators.sensor import AREA_ID, LIMITS, Monitor

DISTRICT = "D-DEMO"
STOP_RADIUS_M = 40
_CODE_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def credit_code(number: int) -> str:
    """A unified social credit code with a right check character (GB 32100-2015)."""
    body = f"91320200MA{number:07d}"
    total = sum(_CODE_LETTERS.index(c) * w for c, w in zip(body, _CODE_WEIGHTS, strict=True))
    return body + _CODE_LETTERS[(31 - total % 31) % 31]


WORK_PLANS = [
    {
        "id": f"W-{kind}",
        "name": name,
        "vehicle_kind": kind,
        "rounds_per_day": rounds,
        "km_per_year": km,
    }
    for kind, name, rounds, km in (
        ("sprinkler", "主干道洒水", 6, 40_000),
        ("sweeper", "道路洗扫", 6, 40_000),
    )
]


def registry_document(city: City, fleet: list[Worker], monitors: list[Monitor]) -> dict[str, Any]:
    """The whole document; `roads` is an extra field, a GeoJSON collection for the map."""
    return {
        "version": 1,
        "timezone": "Asia/Shanghai",
        "districts": [{"id": DISTRICT, "name": "江湾示范区", "geometry": city.plane.polygon(city.outline)}],
        "companies": [
            {"id": f"C{n:02d}", "name": f"{name}有限公司", "uscc": credit_code(1000 + n)}
            for n, name in enumerate(COMPANIES, 1)
        ],
        "vehicles": [_vehicle(worker) for worker in fleet],
        "stations": [_station(city, monitor) for monitor in monitors],
        "devices": [{"id": w.device_id, "protocol": "mqtt", "model_id": w.model.id} for w in fleet],
        "device_models": [{"id": model.id, "name": f"模拟终端 {model.id}"} for model in ALL_MODELS],
        "zones": _zones(city),
        "routes": _routes(city, fleet),
        "permits": [_permit(worker) for worker in fleet if worker.kind == MUCK],
        "collection_runs": [_run(city, worker) for worker in fleet if worker.kind == REFUSE],
        "work_plans": WORK_PLANS,
        "limits": LIMITS,
        "roads": roads(city),
    }


def _vehicle(worker: Worker) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": worker.vehicle_id,
        "plate": worker.plate,
        "plate_color": "yellow",
        "kind": worker.kind,
        "status": "formal",
        "company_id": f"C{worker.company + 1:02d}",
        "device_id": worker.device_id,
        "max_load_t": worker.max_load_t,
    }
    if worker.own_limit_kmh is not None:
        row["speed_limit_kmh"] = worker.own_limit_kmh
    return row


def _station(city: City, monitor: Monitor) -> dict[str, Any]:
    lon, lat = city.plane.to_degrees(np.array([monitor.place[0]]), np.array([monitor.place[1]]))
    return {
        "id": monitor.station_id,
        "name": f"{monitor.site.name}扬尘监测点",
        "site_id": monitor.site.id,
        "district_id": DISTRICT,
        "background_area_id": AREA_ID,
        "device_id": monitor.device_id,
        "lon": round(float(lon[0]), 7),
        "lat": round(float(lat[0]), 7),
        "limit_ids": list(monitor.limit_ids),
    }


def _zones(city: City) -> list[dict[str, Any]]:
    lots = (*city.sites, *city.disposals, *city.transfers, *city.depots)
    zones = [_lot_zone(city, lot) for lot in lots]
    for site in city.sites:
        lon, lat = city.plane.line(site.wash_bay[None])[0]
        zones.append(
            {
                "id": f"WASH-{site.id[-2:]}",
                "name": f"{site.name}冲洗平台",
                "kind": "wash_bay",
                "geometry": {"type": "Point", "coordinates": [lon, lat]},
                "radius_m": 12,
                "site_id": site.id,
                "district_id": DISTRICT,
            }
        )
    zones += [
        {
            "id": area.id,
            "name": area.name,
            "kind": "no_go",
            "geometry": city.plane.polygon(area.corners),
            "district_id": DISTRICT,
        }
        for area in city.closed
    ]
    zones += [
        {
            "id": school.id,
            "name": school.name,
            "kind": "speed_zone",
            "geometry": city.plane.polygon(school.corners),
            "speed_limit_kmh": 30,
            "district_id": DISTRICT,
        }
        for school in city.schools
    ]
    return zones


def _lot_zone(city: City, lot: Lot) -> dict[str, Any]:
    zone = {
        "id": lot.id,
        "name": lot.name,
        "kind": lot.kind,
        "geometry": city.plane.polygon(lot.corners),
        "district_id": DISTRICT,
    }
    if lot.kind == "source_site":
        zone["site_id"] = lot.id
    return zone


def route_id(worker: Worker) -> str:
    """The route of a truck's permit; trucks between the same places share it."""
    assert worker.home is not None
    return f"R-{worker.home.id[-2:]}-{worker.drop.id[-2:]}"


def _routes(city: City, fleet: list[Worker]) -> list[dict[str, Any]]:
    routes: dict[str, dict[str, Any]] = {}
    for worker in fleet:
        if worker.kind != MUCK or worker.home is None or route_id(worker) in routes:
            continue
        path = city.from_nodes(worker.home, list(worker.route_nodes), worker.drop)
        routes[route_id(worker)] = {
            "id": route_id(worker),
            "name": f"{worker.home.name}至{worker.drop.name}",
            "geometry": {"type": "LineString", "coordinates": city.plane.line(path.places)},
            "half_width_m": ROUTE_HALF_WIDTH_M,
        }
    return [routes[key] for key in sorted(routes)]


def _windows(shift: Shift) -> list[dict[str, str]]:
    if shift.is_always:
        return []
    return [{"from": _clock(shift.from_min), "to": _clock(shift.to_min)}]


def _clock(minute: int) -> str:
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"


def _permit(worker: Worker) -> dict[str, Any]:
    assert worker.home is not None
    return {
        "id": f"P-{worker.vehicle_id}",
        "vehicle_ids": [worker.vehicle_id],
        "source_zone_ids": [worker.home.id],
        "disposal_zone_ids": [worker.drop.id],
        "route_ids": [route_id(worker)],
        "windows": _windows(worker.shift),
        "max_trip_min": MAX_TRIP_MIN,
        # What a month of such a truck comes to, and now and then far less than that.
        "declared_m3": 400 if worker.number % 7 == 3 else 6000,
    }


def _run(city: City, worker: Worker) -> dict[str, Any]:
    assert worker.run is not None
    stops = []
    for n, s in enumerate(worker.run_stops_m, 1):
        lon, lat = city.plane.line(at_distance(worker.run.places, s)[0][None])[0]
        stops.append(
            {
                "id": f"{n:02d}",
                "name": f"{n}号收集点",
                "lon": lon,
                "lat": lat,
                "radius_m": STOP_RADIUS_M,
                "from": _clock(STOP_WINDOW_MIN[0]),
                "to": _clock(STOP_WINDOW_MIN[1]),
            }
        )
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    return {"id": f"RUN-{worker.vehicle_id}", "vehicle_id": worker.vehicle_id, "days": days, "stops": stops}


def roads(city: City) -> dict[str, Any]:
    """The road network as GeoJSON lines, closed roads left out."""
    features = [
        {
            "type": "Feature",
            "properties": {
                "class": "arterial" if road.limit_kmh >= 60 else "minor",
                "limit_kmh": 30 if road.school else road.limit_kmh,
            },
            "geometry": {
                "type": "LineString",
                "coordinates": city.plane.line(
                    np.array([city.graph.places[road.a], city.graph.places[road.b]])
                ),
            },
        }
        for _, road in sorted(city.graph.roads.items())
        if not road.closed
    ]
    return {"type": "FeatureCollection", "features": features}
