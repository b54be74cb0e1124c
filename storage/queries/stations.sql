-- What a station's page shows: readings, background values, alerts, and when each station was heard last.

-- name: dust_between
-- One device's readings with from < time <= to, in its order: the windows of that span are made of these.
select
    device_id, ms_of(time) as time_ms, digest, ms_of(received_at) as received_ms, interval_s, pm25_ugm3,
    pm10_ugm3, tsp_ugm3, noise_db, wind_speed_ms, wind_dir_deg, temperature_c, humidity_pct, pressure_kpa,
    flags_json, extra_json
from dust
where device_id = $1 and time > at_ms($2) and time <= at_ms($3)
order by time, digest;

-- name: dust_of_devices
-- As dust_between, of several devices, each from an instant of its own on: a probe of the key each.
select
    r.device_id, ms_of(r.time) as time_ms, r.digest, ms_of(r.received_at) as received_ms, r.interval_s,
    r.pm25_ugm3, r.pm10_ugm3, r.tsp_ugm3, r.noise_db, r.wind_speed_ms, r.wind_dir_deg, r.temperature_c,
    r.humidity_pct, r.pressure_kpa, r.flags_json, r.extra_json
from unnest($1::text[], $2::bigint[]) as d (device_id, from_ms)
cross join lateral (
    select * from dust where dust.device_id = d.device_id and dust.time > at_ms(d.from_ms)
) r
order by r.device_id, r.time, r.digest;

-- name: background_between
-- The values of some areas that end in a span, in the order in which later ones of an hour replace earlier ones.
select
    area_id, ms_of(time) as time_ms, digest, ms_of(received_at) as received_ms, pm10_ugm3, pm25_ugm3, tsp_ugm3,
    aqi, primary_pollutant, extra_json
from background
where area_id = any($1::text[]) and time > at_ms($2) and time <= at_ms($3)
order by time, digest;

-- name: alerts_of_station
-- Alerts of one station that a span touches, withdrawn ones too; found by its devices, which have an index.
select {alert_columns}
from alerts
where device_id = any($1::text[])
    and station_id = $2
    and started_at < at_ms($4)
    and (ended_at is null or ended_at > at_ms($3))
order by started_at desc, id desc
limit $5;

-- name: newest_dust
select
    device_id, ms_of(time) as time_ms, ms_of(received_at) as received_ms, pm25_ugm3, pm10_ugm3, tsp_ugm3, noise_db
from latest_dust;
