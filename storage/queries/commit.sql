-- What one transaction stores. Rows come as one array a column and in the order of their keys, so that two
-- transactions that touch the same rows wait for each other instead of deadlocking.

-- name: insert_positions
-- Gives the keys of the rows that are new; a row that is there already changes nothing.
insert into positions (
    device_id, time, digest, received_at, seq, lon, lat, fix, accuracy_m, speed_kmh, heading_deg,
    altitude_m, ignition, load, weight_t, lift, cover, odometer_km, alarms_json, extra_json
)
select
    device_id, at_ms(time_ms), digest, at_ms(received_ms), seq, lon, lat, fix, accuracy_m, speed_kmh,
    heading_deg, altitude_m, ignition, load, weight_t, lift, cover, odometer_km, alarms_json, extra_json
from unnest(
    $1::text[], $2::bigint[], $3::bytea[], $4::bigint[], $5::bigint[], $6::float8[], $7::float8[],
    $8::boolean[], $9::float8[], $10::float8[], $11::float8[], $12::float8[], $13::boolean[],
    $14::text[], $15::float8[], $16::boolean[], $17::text[], $18::float8[], $19::text[], $20::text[]
) as r (
    device_id, time_ms, digest, received_ms, seq, lon, lat, fix, accuracy_m, speed_kmh, heading_deg,
    altitude_m, ignition, load, weight_t, lift, cover, odometer_km, alarms_json, extra_json
)
on conflict do nothing
returning device_id, ms_of(time), digest;

-- name: insert_dust
-- As insert_positions.
insert into dust (
    device_id, time, digest, received_at, interval_s, pm25_ugm3, pm10_ugm3, tsp_ugm3, noise_db,
    wind_speed_ms, wind_dir_deg, temperature_c, humidity_pct, pressure_kpa, flags_json, extra_json
)
select
    device_id, at_ms(time_ms), digest, at_ms(received_ms), interval_s, pm25_ugm3, pm10_ugm3, tsp_ugm3,
    noise_db, wind_speed_ms, wind_dir_deg, temperature_c, humidity_pct, pressure_kpa, flags_json,
    extra_json
from unnest(
    $1::text[], $2::bigint[], $3::bytea[], $4::bigint[], $5::float8[], $6::float8[], $7::float8[],
    $8::float8[], $9::float8[], $10::float8[], $11::float8[], $12::float8[], $13::float8[],
    $14::float8[], $15::text[], $16::text[]
) as r (
    device_id, time_ms, digest, received_ms, interval_s, pm25_ugm3, pm10_ugm3, tsp_ugm3, noise_db,
    wind_speed_ms, wind_dir_deg, temperature_c, humidity_pct, pressure_kpa, flags_json, extra_json
)
on conflict do nothing
returning device_id, ms_of(time), digest;

-- name: insert_background
-- As insert_positions, by area.
insert into background (
    area_id, time, digest, received_at, pm10_ugm3, pm25_ugm3, tsp_ugm3, aqi, primary_pollutant,
    extra_json
)
select
    area_id, at_ms(time_ms), digest, at_ms(received_ms), pm10_ugm3, pm25_ugm3, tsp_ugm3, aqi,
    primary_pollutant, extra_json
from unnest(
    $1::text[], $2::bigint[], $3::bytea[], $4::bigint[], $5::float8[], $6::float8[], $7::float8[],
    $8::float8[], $9::text[], $10::text[]
) as r (
    area_id, time_ms, digest, received_ms, pm10_ugm3, pm25_ugm3, tsp_ugm3, aqi, primary_pollutant,
    extra_json
)
on conflict do nothing
returning area_id, ms_of(time), digest;

-- name: note_uncounted
-- Values stored by a slot that does not count them.
insert into background_uncounted (area_id, time, digest)
select area_id, at_ms(time_ms), digest
from unnest($1::text[], $2::bigint[], $3::bytea[]) as r (area_id, time_ms, digest)
on conflict do nothing;

-- name: count_uncounted
-- Those of these values that were stored and not yet counted; from now on they are.
delete from background_uncounted u
using unnest($1::text[], $2::bigint[], $3::bytea[]) as r (area_id, time_ms, digest)
where u.area_id = r.area_id and u.time = at_ms(r.time_ms) and u.digest = r.digest
returning u.area_id, ms_of(u.time), u.digest;

-- name: keep_latest_positions
-- The newest report of each device in the batch; an older one changes nothing. A report without a fix leaves
-- the last known place standing.
insert into latest_positions as old (
    device_id, time, seq, digest, received_at, lon, lat, speed_kmh, heading_deg, ignition, load, lift,
    cover
)
select
    device_id, at_ms(time_ms), seq, digest, at_ms(received_ms), lon, lat, speed_kmh, heading_deg,
    ignition, load, lift, cover
from unnest(
    $1::text[], $2::bigint[], $3::bigint[], $4::bytea[], $5::bigint[], $6::float8[], $7::float8[],
    $8::float8[], $9::float8[], $10::boolean[], $11::text[], $12::boolean[], $13::text[]
) as r (
    device_id, time_ms, seq, digest, received_ms, lon, lat, speed_kmh, heading_deg, ignition, load,
    lift, cover
)
on conflict (device_id) do update set
    time = excluded.time,
    seq = excluded.seq,
    digest = excluded.digest,
    received_at = excluded.received_at,
    lon = coalesce(excluded.lon, old.lon),
    lat = coalesce(excluded.lat, old.lat),
    speed_kmh = excluded.speed_kmh,
    heading_deg = excluded.heading_deg,
    ignition = excluded.ignition,
    load = excluded.load,
    lift = excluded.lift,
    cover = excluded.cover
where (excluded.time, excluded.seq is not null, coalesce(excluded.seq, 0), excluded.digest)
    > (old.time, old.seq is not null, coalesce(old.seq, 0), old.digest);

-- name: keep_latest_dust
-- As keep_latest_positions; a report without any of these values (means kept beside readings) leaves the old ones.
insert into latest_dust as old (
    device_id, time, digest, received_at, pm25_ugm3, pm10_ugm3, tsp_ugm3, noise_db
)
select
    device_id, at_ms(time_ms), digest, at_ms(received_ms), pm25_ugm3, pm10_ugm3, tsp_ugm3, noise_db
from unnest(
    $1::text[], $2::bigint[], $3::bytea[], $4::bigint[], $5::float8[], $6::float8[], $7::float8[],
    $8::float8[]
) as r (
    device_id, time_ms, digest, received_ms, pm25_ugm3, pm10_ugm3, tsp_ugm3, noise_db
)
on conflict (device_id) do update set
    time = excluded.time,
    digest = excluded.digest,
    received_at = excluded.received_at,
    (pm25_ugm3, pm10_ugm3, tsp_ugm3, noise_db) = (
        select
            case when missing = 4 then old.pm25_ugm3 else excluded.pm25_ugm3 end,
            case when missing = 4 then old.pm10_ugm3 else excluded.pm10_ugm3 end,
            case when missing = 4 then old.tsp_ugm3 else excluded.tsp_ugm3 end,
            case when missing = 4 then old.noise_db else excluded.noise_db end
        from num_nulls(
            excluded.pm25_ugm3, excluded.pm10_ugm3, excluded.tsp_ugm3, excluded.noise_db
        ) as missing
    )
where (excluded.time, excluded.digest) > (old.time, old.digest);

-- name: keep_status
-- `since` is when the device came to be as it is now.
insert into device_status as old (device_id, online, since, received_at)
select device_id, online, at_ms(received_ms), at_ms(received_ms)
from unnest($1::text[], $2::boolean[], $3::bigint[]) as r (device_id, online, received_ms)
on conflict (device_id) do update set
    online = excluded.online,
    since = case when old.online = excluded.online then old.since else excluded.since end,
    received_at = excluded.received_at
where excluded.received_at >= old.received_at;

-- name: stored_rejections
-- Which of these rejections are stored already, by their digest.
select distinct equal_to from rejections where equal_to = any($1::bytea[]);

-- name: insert_rejections
insert into rejections (
    received_at, reason, detail, device_id, topic, payload, equal_to
)
select
    at_ms(received_ms), reason, detail, device_id, topic, payload, equal_to
from unnest(
    $1::bigint[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::bytea[], $7::bytea[]
) as r (
    received_ms, reason, detail, device_id, topic, payload, equal_to
);

-- name: append_to_account
-- The counts of one batch; devices of one day with the same counts share a row.
insert into account_batches (
    day, received, stored, duplicate, rejected, late, redelivered, device_ids
)
values ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: add_up_account
-- What was appended goes into the sums by device and day; what another transaction is adding up is left to it.
with batches as (
    delete from account_batches
    where id = any(array(select id from account_batches order by id for update skip locked))
    returning *
)
insert into account_days as old (
    device_id, day, received, stored, duplicate, rejected, late, redelivered
)
select
    device_id, day, sum(received), sum(stored), sum(duplicate), sum(rejected), sum(late), sum(redelivered)
from batches, unnest(device_ids) as device_id
group by device_id, day
order by device_id, day
on conflict (device_id, day) do update set
    received = old.received + excluded.received,
    stored = old.stored + excluded.stored,
    duplicate = old.duplicate + excluded.duplicate,
    rejected = old.rejected + excluded.rejected,
    late = old.late + excluded.late,
    redelivered = old.redelivered + excluded.redelivered;

-- name: add_bad_fields
insert into bad_fields as old (
    device_id, day, field, count
)
select
    device_id, day, field, count
from unnest(
    $1::text[], $2::date[], $3::text[], $4::bigint[]
) as r (
    device_id, day, field, count
)
on conflict (device_id, day, field) do update set count = old.count + excluded.count;

-- name: keep_checkpoints
-- The last one given in an hour of judged time stands for that hour.
insert into checkpoints (
    device_id, judged_hour, judged_at, judged_seq, judged_digest, ruleset_version, state
)
select
    device_id, judged_hour, at_ms(judged_ms), judged_seq, judged_digest, ruleset_version, state
from unnest(
    $1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::bytea[], $6::int[], $7::bytea[]
) as r (
    device_id, judged_hour, judged_ms, judged_seq, judged_digest, ruleset_version, state
)
on conflict (device_id, judged_hour) do update set
    judged_at = excluded.judged_at,
    judged_seq = excluded.judged_seq,
    judged_digest = excluded.judged_digest,
    ruleset_version = excluded.ruleset_version,
    state = excluded.state,
    saved_at = excluded.saved_at;

-- name: lock_changes
-- Takes the counter until this transaction has committed, so that changes are numbered in commit order.
select newest from change_counter for update;

-- name: save_alerts
-- Alerts as they stand now, new or changed.
insert into alerts (
    id, revision, rule, rule_id, ruleset_version, severity, subject, first_started_at, started_at,
    detected_at, ended_at, device_id, vehicle_id, station_id, area, district_id, lon, lat, zone_ids,
    found_late, withdrawn, evidence, on_site
)
select
    id, revision, rule, rule_id, ruleset_version, severity, subject, at_ms(first_started_ms),
    at_ms(started_ms), at_ms(detected_ms), at_ms(ended_ms), device_id, vehicle_id, station_id, area,
    district_id, lon, lat, string_to_array(zone_ids, E'\x1f'), found_late, withdrawn, evidence, on_site
from unnest(
    $1::uuid[], $2::int[], $3::text[], $4::text[], $5::int[], $6::text[], $7::text[], $8::bigint[],
    $9::bigint[], $10::bigint[], $11::bigint[], $12::text[], $13::text[], $14::text[], $15::text[],
    $16::text[], $17::float8[], $18::float8[], $19::text[], $20::boolean[], $21::text[], $22::text[],
    $23::text[]
) as r (
    id, revision, rule, rule_id, ruleset_version, severity, subject, first_started_ms, started_ms,
    detected_ms, ended_ms, device_id, vehicle_id, station_id, area, district_id, lon, lat, zone_ids,
    found_late, withdrawn, evidence, on_site
)
on conflict (id) do update set
    revision = excluded.revision,
    rule = excluded.rule,
    rule_id = excluded.rule_id,
    ruleset_version = excluded.ruleset_version,
    severity = excluded.severity,
    subject = excluded.subject,
    first_started_at = excluded.first_started_at,
    started_at = excluded.started_at,
    detected_at = excluded.detected_at,
    ended_at = excluded.ended_at,
    device_id = excluded.device_id,
    vehicle_id = excluded.vehicle_id,
    station_id = excluded.station_id,
    area = excluded.area,
    district_id = excluded.district_id,
    lon = excluded.lon,
    lat = excluded.lat,
    zone_ids = excluded.zone_ids,
    found_late = excluded.found_late,
    withdrawn = excluded.withdrawn,
    evidence = excluded.evidence,
    on_site = excluded.on_site;

-- name: append_changes
-- As of an instant, or of now.
insert into alert_changes (
    number, at, id, revision, rule, rule_id, ruleset_version, severity, subject, first_started_at,
    started_at, detected_at, ended_at, device_id, vehicle_id, station_id, area, district_id, lon, lat,
    zone_ids, found_late, withdrawn, evidence, on_site
)
select
    number, coalesce(at_ms($1), clock_timestamp()), id, revision, rule, rule_id, ruleset_version, severity, subject,
    at_ms(first_started_ms), at_ms(started_ms), at_ms(detected_ms), at_ms(ended_ms), device_id, vehicle_id, station_id,
    area, district_id, lon, lat, string_to_array(zone_ids, E'\x1f'), found_late, withdrawn, evidence, on_site
from unnest(
    $2::bigint[], $3::uuid[], $4::int[], $5::text[], $6::text[], $7::int[], $8::text[], $9::text[],
    $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::text[], $15::text[], $16::text[],
    $17::text[], $18::text[], $19::float8[], $20::float8[], $21::text[], $22::boolean[], $23::text[],
    $24::text[], $25::text[]
) as r (
    number, id, revision, rule, rule_id, ruleset_version, severity, subject, first_started_ms,
    started_ms, detected_ms, ended_ms, device_id, vehicle_id, station_id, area, district_id, lon, lat,
    zone_ids, found_late, withdrawn, evidence, on_site
);

-- name: set_newest_change
-- Listeners are told when this commits.
with counted as (update change_counter set newest = $1 returning newest)
select pg_notify('haulwatch_alert_changes', newest::text) from counted;
