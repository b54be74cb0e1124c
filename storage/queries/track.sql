-- One vehicle's way over a span: what its device said, and what was found of it.

-- name: positions_during
-- In the device's order; bounded, because a span may hold more than anybody can look at.
select
    device_id, ms_of(time) as time_ms, digest, ms_of(received_at) as received_ms, seq, lon, lat, fix, accuracy_m,
    speed_kmh, heading_deg, altitude_m, ignition, load, weight_t, lift, cover, odometer_km, alarms_json, extra_json
from positions
where device_id = $1 and time between at_ms($2) and at_ms($3)
order by time, seq is not null, coalesce(seq, 0), digest
limit $4;

-- name: facts_during
select
    device_id, kind, about, ms_of(started_at) as started_ms, ms_of(ended_at) as ended_ms,
    ms_of(known_at) as known_ms, vehicle_id, permit_id, lon, lat
from facts
where device_id = $1
    and started_at <= at_ms($3)
    and coalesce(ended_at, 'infinity'::timestamptz) >= at_ms($2)
    and not withdrawn
order by started_at, kind, about
limit $4;

-- name: alerts_during
select {alert_columns}
from alerts
where device_id = $1
    and started_at <= at_ms($3)
    and (ended_at is null or ended_at >= at_ms($2))
    and withdrawn is null
order by started_at, id
limit $4;
