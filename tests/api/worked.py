"""Counted days of work in the database, of a district with permits and a plan."""

from datetime import date, datetime

from tests.api import district


def registry() -> dict:
    known = district.registry(vehicles=4)
    kinds = ("muck_truck", "muck_truck", "sprinkler", "refuse_truck")
    for vehicle, kind in zip(known["vehicles"], kinds, strict=True):
        vehicle["kind"] = kind
    known["zones"].append(
        {"id": "SRC", "name": "一号工地", "kind": "source_site",
         "geometry": district.box(district.LON, district.LAT, 0.002)}
    )  # fmt: skip
    known["permits"] = [
        {"id": "P1", "source_zone_ids": ["SRC"], "declared_m3": 20, "density_t_m3": 2},
        {"id": "P2", "source_zone_ids": ["SRC"], "declared_t": 1000},
        {"id": "P3", "source_zone_ids": ["SRC"]},
    ]
    known["work_plans"] = [
        {
            "id": "W1",
            "name": "主干道洒水",
            "vehicle_kind": "sprinkler",
            "year": 2026,
            "rounds_per_day": 3,
            "km_per_year": 3650,
        }
    ]
    return known


async def keep(
    store,
    *,
    day: date,
    vehicle: int,
    late: bool = False,
    so_far: str | None = None,
    hauls=(),
    cleaned=None,
    runs=(),
) -> None:
    """A counted day of vehicle `vehicle`; one that runs, up to the instant `so_far`."""
    device, name = f"T{vehicle:04}", f"V{vehicle}"
    km, worked, rounds = (None, None, None) if cleaned is None else cleaned
    tonnes = sum(haul[3] for haul in hauls) if hauls else None
    async with store.connection() as connection:
        await connection.execute(
            """insert into work_days (device_id, day, counted_at, is_late, vehicle_id, district_id, plan_id, reports,
               driven_m, odometer_m, moving_s, working_m, working_s, rounds, trips, tonnes, is_whole)
               values ($1, $2, coalesce($11, now()), $3, $4, 'D1', $5, 100, $6, null, 3600, $7, 1800, $8, $9, $10,
                   $11::timestamptz is null)""",
            device, day, late, name, None if cleaned is None else "W1", (km or 20) * 1000.0,
            None if worked is None else worked * 1000.0, rounds, sum(haul[2] for haul in hauls), tonnes,
            None if so_far is None else datetime.fromisoformat(so_far),
        )  # fmt: skip
        for permit, field, trips, hauled_t, elsewhere in hauls:
            await connection.execute(
                "insert into work_hauls values ($1, $2, 'SRC', $3, $4, $5, $6, $6, 0, $7, $8, $9)",
                device, day, permit, field, name, trips, elsewhere, hauled_t, trips * 15.0,
            )  # fmt: skip
        for run, counts in runs:
            await connection.execute(
                "insert into work_runs values ($1, $2, $3, 'D1', $4, $5, $6, $7, $8)",
                device, day, run, name, *counts,
            )  # fmt: skip
