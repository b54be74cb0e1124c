-- What explains one alert: its changes, and its device's reports around it, thinned where there are many.

-- name: changes_of_alert
select number, ms_of(at) as at_ms, {alert_columns}
from alert_changes
where id = $1
order by number;

-- name: positions_around
-- One device's positions of a span. Where there are more than $5: that many evenly, besides the first, the last and
-- those at the instants $4. `total` counts all.
select *
from (
    select
        r.device_id, ms_of(r.time) as time_ms, r.digest, ms_of(r.received_at) as received_ms, r.seq, r.lon,
        r.lat, r.fix, r.accuracy_m, r.speed_kmh, r.heading_deg, r.altitude_m, r.ignition, r.load,
        r.weight_t, r.lift, r.cover, r.odometer_km, r.alarms_json, r.extra_json,
        count(*) over () as total,
        row_number() over (order by r.time, r.seq is not null, coalesce(r.seq, 0), r.digest) - 1 as at
    from positions r
    where r.device_id = $1 and r.time between at_ms($2) and at_ms($3)
) numbered
where at * $5::bigint / total <> (at - 1) * $5::bigint / total
    or at = 0
    or at = total - 1
    or total <= $5::bigint
    or time_ms = any($4::bigint[])
order by at;

-- name: dust_around
-- As positions_around.
select *
from (
    select
        r.device_id, ms_of(r.time) as time_ms, r.digest, ms_of(r.received_at) as received_ms, r.interval_s,
        r.pm25_ugm3, r.pm10_ugm3, r.tsp_ugm3, r.noise_db, r.wind_speed_ms, r.wind_dir_deg, r.temperature_c,
        r.humidity_pct, r.pressure_kpa, r.flags_json, r.extra_json,
        count(*) over () as total,
        row_number() over (order by r.time, r.digest) - 1 as at
    from dust r
    where r.device_id = $1 and r.time between at_ms($2) and at_ms($3)
) numbered
where at * $5::bigint / total <> (at - 1) * $5::bigint / total
    or at = 0
    or at = total - 1
    or total <= $5::bigint
    or time_ms = any($4::bigint[])
order by at;

-- name: account_of_device
select device_id, day, received, stored, duplicate, rejected, late, redelivered
from loss_account
where device_id = $1 and day between $2 and $3
order by day;
