"""A small registry document that uses every section and every field, and a way to change one place of it."""

import json
import re

REMOVED = object()

SQUARE = [[119.0, 31.0], [119.1, 31.0], [119.1, 31.1], [119.0, 31.1], [119.0, 31.0]]
HOLE = [[119.02, 31.02], [119.04, 31.02], [119.04, 31.04], [119.02, 31.04], [119.02, 31.02]]
FAR_SQUARE = [[119.2, 31.0], [119.3, 31.0], [119.3, 31.1], [119.2, 31.1], [119.2, 31.0]]

FULL = {
    "version": 1,
    "timezone": "Asia/Shanghai",
    "districts": [
        {
            "id": "320583",
            "name": "Kunshan",
            "geometry": {"type": "MultiPolygon", "coordinates": [[SQUARE, HOLE], [FAR_SQUARE]]},
        }
    ],
    "companies": [{"id": "C1", "name": "清运公司", "uscc": "91350100M000100Y43"}],
    "vehicles": [
        {
            "id": "V1",
            "plate": "苏E12345",
            "plate_color": "yellow",
            "kind": "muck_truck",
            "status": "irregular",
            "company_id": "C1",
            "device_id": "T0001",
            "speed_limit_kmh": 60,
            "max_load_t": 15.5,
        },
        {"id": "V2", "kind": "refuse_truck", "device_id": "T0002"},
    ],
    "stations": [
        {
            "id": "S1",
            "name": "north gate",
            "site_id": "SITE-1",
            "district_id": "320583",
            "background_area_id": "kunshan",
            "device_id": "D0001",
            "lon": 119.05,
            "lat": 31.05,
            "limit_ids": ["L1"],
        },
        {"id": "S2", "device_id": "D0002"},
    ],
    "devices": [{"id": "T0001", "protocol": "jt808", "model_id": "M1", "settings": {"lift": "inverted"}}],
    "device_models": [{"id": "M1", "name": "box", "signals": {"lift": 3}, "settings": {"unit": "kg"}}],
    "zones": [
        {
            "id": "Z1",
            "name": "pit",
            "kind": "source_site",
            "geometry": {"type": "Polygon", "coordinates": [SQUARE, HOLE]},
            "crs": "GCJ02",
            "site_id": "SITE-1",
            "district_id": "320583",
            "windows": [{"days": ["mon", "sat"], "from": "22:00", "to": "06:00"}],
            "valid_from": "2026-01-01",
            "valid_to": "2026-12-31",
        },
        {
            "id": "Z2",
            "kind": "disposal_site",
            "geometry": {"type": "Point", "coordinates": [119.2, 31.2, 8.0]},
            "radius_m": 150,
        },
        {
            "id": "Z3",
            "kind": "speed_zone",
            "geometry": {"type": "MultiPolygon", "coordinates": [[SQUARE]]},
            "speed_limit_kmh": 30,
        },
        {
            "id": "Z4",
            "kind": "transfer_station",
            "geometry": {"type": "Point", "coordinates": [119.3, 31.2]},
            "radius_m": 60.5,
        },
    ],
    "routes": [
        {
            "id": "R1",
            "name": "ring road",
            "geometry": {"type": "LineString", "coordinates": [[119.0, 31.0], [119.2, 31.2]]},
            "crs": "BD09",
            "half_width_m": 40,
        }
    ],
    "permits": [
        {
            "id": "P1",
            "vehicle_ids": ["V1"],
            "source_zone_ids": ["Z1"],
            "disposal_zone_ids": ["Z2", "Z4"],
            "route_ids": ["R1"],
            "windows": [{"from": "20:00", "to": "24:00"}, {"from": "00:00", "to": "00:00"}],
            "valid_from": "2026-11-01T00:00:00+08:00",
            "valid_to": "2026-11-30T16:00:00Z",
            "max_trip_min": 90,
            "declared_m3": 12000,
            "density_t_m3": 1.6,
        }
    ],
    "collection_runs": [
        {
            "id": "RUN1",
            "vehicle_id": "V2",
            "days": ["tue"],
            "stops": [
                {
                    "id": "1",
                    "name": "market",
                    "lon": 119.05,
                    "lat": 31.06,
                    "radius_m": 40,
                    "from": "05:00",
                    "to": "06:30",
                    "min_stay_s": 20,
                },
                {"id": "2", "lon": 119.06, "lat": 31.06, "radius_m": 40, "from": "06:00", "to": "07:00"},
            ],
        }
    ],
    "work_plans": [
        {
            "id": "W1",
            "name": "ring road, washing",
            "vehicle_kind": "sprinkler",
            "vehicle_ids": ["V1"],
            "route_ids": ["R1"],
            "zone_ids": ["Z3"],
            "year": 2026,
            "valid_from": "2026-03-01",
            "rounds_per_day": 3,
            "km_per_year": 9000,
            "working_speed_kmh": {"from": 5, "to": 20},
        }
    ],
    "limits": [
        {
            "id": "L1",
            "name": "DB13 PM10",
            "enabled": False,
            "quantity": "pm10_ugm3",
            "window_s": 3600,
            "limit": 80,
            "clear_below": 70,
            "severity": "major",
            "minus_background": True,
            "background_cap": 150,
            "aqi_correction": {"from": 200, "to": 300, "subtract": 100},
            "stage": "earthworks",
            "exceedances_allowed_per_day": 2,
            "min_coverage": 0.8,
            "windows": [{"from": "06:00", "to": "22:00"}],
            "valid_from": "2019-05-01",
            "valid_to": "2029-05-01T00:00:00+08:00",
        },
        {"id": "L2", "quantity": "noise_db", "window_s": 300, "limit": 70},
    ],
    "rules": [
        {
            "id": "dumping",
            "kind": "illegal_dumping",
            "enabled": False,
            "severity": "critical",
            "params": {"dwell_s": 240},
            "applies_to": {
                "vehicle_kinds": ["muck_truck"],
                "vehicle_ids": ["V1"],
                "company_ids": ["C1"],
                "district_ids": ["320583"],
                "station_ids": ["S1"],
            },
        },
        {"id": "speed", "kind": "speeding"},
    ],
}


def full_document():
    """A copy of the full document, to be changed."""
    return json.loads(json.dumps(FULL))


def steps(path):
    """The keys and indexes of a JSON path."""
    return [int(step) if step.isdigit() else step for step in re.findall(r"[A-Za-z_]\w*|\d+", path)]


def changed(*changes):
    """The full document as bytes, with (JSON path, new value or REMOVED) applied."""
    document = full_document()
    for path, value in changes:
        *way, last = steps(path)
        node = document
        for step in way:
            node = node[step]
        if value is REMOVED:
            del node[last]
        elif last == "append":
            node.append(value)
        else:
            node[last] = value
    return encoded(document)


def encoded(document):
    return json.dumps(document, ensure_ascii=False).encode()
