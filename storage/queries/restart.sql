-- What a restarted ingest reads: the newest checkpoints, and the reports that came after them; of all devices, or
-- of those of one slot ($1).

-- name: devices
-- Every device of which there is a report or a checkpoint.
with recursive device (device_id) as (
    (select device_id from checkpoints order by device_id limit 1)
    union all
    select (select c.device_id from checkpoints c where c.device_id > device.device_id order by c.device_id limit 1)
    from device
    where device.device_id is not null
)
select device_id from device where device_id is not null
union
select device_id from latest_positions
union
select device_id from latest_dust;

-- name: newest_checkpoints
-- Steps from device to device along the key, so that the older checkpoints are never read.
with recursive device (device_id) as (
    (select device_id from checkpoints order by device_id limit 1)
    union all
    select (select c.device_id from checkpoints c where c.device_id > device.device_id order by c.device_id limit 1)
    from device
    where device.device_id is not null
)
select newest.*
from device
cross join lateral (
    select device_id, ms_of(judged_at) as judged_ms, judged_seq, judged_digest, ruleset_version, state
    from checkpoints c
    where c.device_id = device.device_id
    order by judged_hour desc
    limit 1
) newest
where $1::text[] is null or device.device_id = any($1);

-- name: positions_after_checkpoints
-- By device and in its order: time, seq (absent first), digest. One probe of the key a device.
select
    p.device_id, ms_of(p.time) as time_ms, p.digest, ms_of(p.received_at) as received_ms, p.seq, p.lon,
    p.lat, p.fix, p.accuracy_m, p.speed_kmh, p.heading_deg, p.altitude_m, p.ignition, p.load,
    p.weight_t, p.lift, p.cover, p.odometer_km, p.alarms_json, p.extra_json
from (
    select device_id from latest_positions where $1::text[] is null or device_id = any($1) order by device_id
) heard
left join lateral (
    select c.judged_at, c.judged_seq, c.judged_digest
    from checkpoints c
    where c.device_id = heard.device_id
    order by c.judged_hour desc
    limit 1
) judged on true
cross join lateral (
    select *
    from positions r
    where r.device_id = heard.device_id
        and r.time >= coalesce(judged.judged_at, '-infinity')
        and (
            judged.judged_at is null
            or (r.time, r.seq is not null, coalesce(r.seq, 0), r.digest)
            > (judged.judged_at, judged.judged_seq is not null, coalesce(judged.judged_seq, 0), coalesce(judged.judged_digest, ''::bytea))
        )
    order by r.time, r.seq is not null, coalesce(r.seq, 0), r.digest
) p;

-- name: dust_after_checkpoints
-- As positions_after_checkpoints; readings have no seq.
select
    p.device_id, ms_of(p.time) as time_ms, p.digest, ms_of(p.received_at) as received_ms, p.interval_s,
    p.pm25_ugm3, p.pm10_ugm3, p.tsp_ugm3, p.noise_db, p.wind_speed_ms, p.wind_dir_deg, p.temperature_c,
    p.humidity_pct, p.pressure_kpa, p.flags_json, p.extra_json
from (
    select device_id from latest_dust where $1::text[] is null or device_id = any($1) order by device_id
) heard
left join lateral (
    select c.judged_at, c.judged_seq, c.judged_digest
    from checkpoints c
    where c.device_id = heard.device_id
    order by c.judged_hour desc
    limit 1
) judged on true
cross join lateral (
    select *
    from dust r
    where r.device_id = heard.device_id
        and r.time >= coalesce(judged.judged_at, '-infinity')
        and (
            judged.judged_at is null
            or (r.time, r.digest) > (judged.judged_at, coalesce(judged.judged_digest, ''::bytea))
        )
    order by r.time, r.digest
) p;

-- name: background_after_checkpoints
-- By area and in its order: all values stored since the oldest of the stations' newest checkpoints, an hour
-- earlier for clocks put back. A value that was judged before is no news to a station.
select
    b.area_id, ms_of(b.time) as time_ms, b.digest, ms_of(b.received_at) as received_ms, b.pm10_ugm3,
    b.pm25_ugm3, b.tsp_ugm3, b.aqi, b.primary_pollutant, b.extra_json
from background b
where b.stored_at >= (
    select coalesce(min(coalesce(judged.saved_at, '-infinity')), '-infinity') - interval '1 hour'
    from latest_dust heard
    left join lateral (
        select c.saved_at
        from checkpoints c
        where c.device_id = heard.device_id
        order by c.judged_hour desc
        limit 1
    ) judged on true
    where $1::text[] is null or heard.device_id = any($1)
)
order by b.area_id, b.time, b.digest;
