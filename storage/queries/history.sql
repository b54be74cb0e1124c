-- What a backtest reads of the past: reports by device and in its order, alerts as they were judged, versions.
-- For psycopg, in binary: plain timestamps come as microseconds since 2000, which costs neither side anything.

-- name: positions
-- One device's positions of a span, in its order: time, seq (absent first), digest.
select
    device_id, time, digest, received_at, seq, lon, lat, fix, accuracy_m, speed_kmh, heading_deg, altitude_m,
    ignition, load, weight_t, lift, cover, odometer_km, alarms_json, extra_json
from positions
where device_id = %(id)s and time >= at_ms(%(from_ms)s) and time < at_ms(%(to_ms)s)
order by time, seq is not null, coalesce(seq, 0), digest;

-- name: last_position_before
select
    device_id, time, digest, received_at, seq, lon, lat, fix, accuracy_m, speed_kmh, heading_deg, altitude_m,
    ignition, load, weight_t, lift, cover, odometer_km, alarms_json, extra_json
from positions
where device_id = %(id)s and time < at_ms(%(before_ms)s)
order by time desc, seq is not null desc, coalesce(seq, 0) desc, digest desc
limit 1;

-- name: dust
-- As positions; readings have no seq.
select
    device_id, ms_of(time) as time_ms, digest, ms_of(received_at) as received_ms, interval_s, pm25_ugm3,
    pm10_ugm3, tsp_ugm3, noise_db, wind_speed_ms, wind_dir_deg, temperature_c, humidity_pct, pressure_kpa,
    flags_json, extra_json
from dust
where device_id = %(id)s and time >= at_ms(%(from_ms)s) and time < at_ms(%(to_ms)s)
order by time, digest;

-- name: last_dust_before
select
    device_id, ms_of(time) as time_ms, digest, ms_of(received_at) as received_ms, interval_s, pm25_ugm3,
    pm10_ugm3, tsp_ugm3, noise_db, wind_speed_ms, wind_dir_deg, temperature_c, humidity_pct, pressure_kpa,
    flags_json, extra_json
from dust
where device_id = %(id)s and time < at_ms(%(before_ms)s)
order by time desc, digest desc
limit 1;

-- name: background
-- One area's values of the hours that end in a span.
select
    area_id, ms_of(time) as time_ms, digest, ms_of(received_at) as received_ms, pm10_ugm3, pm25_ugm3, tsp_ugm3,
    aqi, primary_pollutant, extra_json
from background
where area_id = %(id)s and time >= at_ms(%(from_ms)s) and time < at_ms(%(to_ms)s)
order by time, digest;

-- name: heard
-- Every device that ever reported.
select device_id from latest_positions
union
select device_id from latest_dust;

-- name: oldest
-- The oldest stored report of these devices: one probe of the key each.
select ms_of(min(first.time))
from unnest(%(ids)s::text[]) as d (device_id)
cross join lateral (
    (select time from positions where device_id = d.device_id order by time limit 1)
    union all
    (select time from dust where device_id = d.device_id order by time limit 1)
) first;

-- name: alerts
-- As they stand: what was detected from an instant on and began before another, and was not taken back.
select {alert_columns}
from alerts
where detected_at >= at_ms(%(from_ms)s) and started_at < at_ms(%(to_ms)s) and withdrawn is null
order by started_at, id;

-- name: versions
select version from registry_versions order by version;

-- name: document
select document from registry_versions where version = %(version)s;
