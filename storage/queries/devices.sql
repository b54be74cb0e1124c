-- How the devices are: when they were last heard, what arrived of theirs, and what was wrong with it.
-- Of a scope's devices where these are named, of all where they are null.

-- name: heard
-- The newest arrival of each device that was ever accepted, and what it said of itself then.
with newest as (
    select device_id, time, received_at, ignition, speed_kmh from latest_positions
    union all
    select device_id, time, received_at, null, null from latest_dust
), one as (
    select distinct on (device_id) * from newest order by device_id, received_at desc
)
select
    coalesce(one.device_id, s.device_id) as device_id, ms_of(one.time) as time_ms,
    ms_of(greatest(one.received_at, s.received_at)) as heard_ms, one.ignition, one.speed_kmh, s.online
from one full join device_status s using (device_id);

-- name: loss_days
-- The account of each day over all devices.
select
    day, count(*) as devices, sum(received)::bigint as received, sum(stored)::bigint as stored,
    sum(duplicate)::bigint as duplicate, sum(rejected)::bigint as rejected, sum(late)::bigint as late,
    sum(redelivered)::bigint as redelivered
from loss_account
where day between $1 and $2 and ($3::text[] is null or device_id = any($3))
group by day
order by day desc;

-- name: bad_fields
-- The most frequent ones first, with how many lines and values there are over everything.
select
    device_id, day, field, count, count(*) over () as lines, (sum(count) over ())::bigint as total
from bad_fields
where day between $1 and $2 and ($3::text[] is null or device_id = any($3))
order by count desc, day desc, device_id, field
limit $4;

-- name: unknown_devices
-- Who knocks and is not in the registry ($2 are those who are by now), the newest first.
select
    device_id, count(*) as count, ms_of(min(received_at)) as first_ms, ms_of(max(received_at)) as last_ms,
    count(*) over () as devices, (sum(count(*)) over ())::bigint as messages
from rejections
where reason = 'unknown_device' and device_id <> ''
    and ($1::text[] is null or device_id = any($1)) and device_id <> all($2::text[])
group by device_id
order by last_ms desc, device_id
limit $3;

-- name: noisiest
-- Who caused most of the alerts detected since $1, those withdrawn since too: somebody was shown them.
with caused as (
    select
        case when vehicle_id is not null then 'vehicle' when station_id is not null then 'station'
            when area is not null then 'area' else 'device' end as kind,
        coalesce(vehicle_id, station_id, area, device_id, '') as subject_id, rule, withdrawn
    from alerts
    where detected_at >= at_ms($1) and detected_at <= at_ms($2)
        and ($3::text[] is null or district_id = any($3))
)
select
    kind, subject_id, count(*) as alerts, count(withdrawn) as withdrawn,
    mode() within group (order by rule) as rule,
    count(*) over () as subjects, (sum(count(*)) over ())::bigint as total
from caused
group by kind, subject_id
order by alerts desc, kind, subject_id
limit $4;
