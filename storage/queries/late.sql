-- What judging a device's reports again reads and writes, because some of them came late.

-- name: note_late_work
-- In the transaction that stores the late reports, so that a crash forgets none.
insert into late_work as old (device_id, since)
select device_id, at_ms(since_ms)
from unnest($1::text[], $2::bigint[]) as r (device_id, since_ms)
on conflict (device_id) do update set
    since = least(old.since, excluded.since),
    revision = old.revision + 1
returning device_id, ms_of(since) as since_ms, revision;

-- name: late_work
select device_id, ms_of(since) as since_ms, revision from late_work order by noted_at, device_id;

-- name: clear_late_work
-- Not what was noted after it was read.
delete from late_work w
using unnest($1::text[], $2::int[]) as done (device_id, revision)
where w.device_id = done.device_id and w.revision = done.revision;

-- name: drop_checkpoints_since
-- They know nothing of the late reports; those to replace them come in the same transaction.
delete from checkpoints c
using unnest($1::text[], $2::bigint[]) as done (device_id, since_ms)
where c.device_id = done.device_id and c.judged_at >= at_ms(done.since_ms);

-- name: checkpoint_before
select device_id, ms_of(judged_at) as judged_ms, judged_seq, judged_digest, ruleset_version, state
from checkpoints
where device_id = $1 and judged_at < at_ms($2)
order by judged_hour desc
limit 1;

-- name: positions_after
-- One device's positions after an order key, in its order; all of them where the time is null.
select
    r.device_id, ms_of(r.time) as time_ms, r.digest, ms_of(r.received_at) as received_ms, r.seq, r.lon,
    r.lat, r.fix, r.accuracy_m, r.speed_kmh, r.heading_deg, r.altitude_m, r.ignition, r.load,
    r.weight_t, r.lift, r.cover, r.odometer_km, r.alarms_json, r.extra_json
from positions r
where r.device_id = $1
    and r.time >= coalesce(at_ms($2::bigint), '-infinity')
    and (
        $2::bigint is null
        or (r.time, r.seq is not null, coalesce(r.seq, 0), r.digest) > (at_ms($2), $3::boolean, $4::bigint, $5::bytea)
    )
order by r.time, r.seq is not null, coalesce(r.seq, 0), r.digest
limit $6;

-- name: dust_after
-- As positions_after; readings have no seq.
select
    r.device_id, ms_of(r.time) as time_ms, r.digest, ms_of(r.received_at) as received_ms, r.interval_s,
    r.pm25_ugm3, r.pm10_ugm3, r.tsp_ugm3, r.noise_db, r.wind_speed_ms, r.wind_dir_deg, r.temperature_c,
    r.humidity_pct, r.pressure_kpa, r.flags_json, r.extra_json
from dust r
where r.device_id = $1
    and r.time >= coalesce(at_ms($2::bigint), '-infinity')
    and ($2::bigint is null or (r.time, r.digest) > (at_ms($2), $3::bytea))
order by r.time, r.digest
limit $4;

-- name: background_after
-- One area's values of hours that end after an instant; all of them where it is null.
select
    area_id, ms_of(time) as time_ms, digest, ms_of(received_at) as received_ms, pm10_ugm3,
    pm25_ugm3, tsp_ugm3, aqi, primary_pollutant, extra_json
from background
where area_id = $1 and time > coalesce(at_ms($2::bigint), '-infinity')
order by time, digest;

-- name: alerts_since
-- One device's alerts that were not over, or not yet found, at an instant; and those named.
select {alert_columns}
from alerts
where device_id = $1
    and (ended_at is null or ended_at > at_ms($2) or detected_at > at_ms($2) or id = any($3::uuid[]))
order by started_at, id;
