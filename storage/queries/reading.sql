-- What is read back: alerts and their changes, latest positions, the account, rejections, registry versions.

-- name: alerts
-- One page, newest detection first, continued after the row ($5, $6); a null filters nothing.
select {alert_columns}
from alerts
where ($1::text is null or rule = $1)
    and ($2::text[] is null or severity = any($2))
    and ($3::text is null or device_id = $3)
    and (not $4::boolean or (ended_at is null and withdrawn is null))
    and ($5::bigint is null or (detected_at, id) < (at_ms($5), $6::uuid))
    and ($8::text[] is null or district_id = any($8))
    and (not $9::boolean or (withdrawn is null and not exists (
        select 1 from case_alerts k join cases c on c.id = k.case_id
        where k.alert_id = alerts.id and c.state not in ('new', 'reopened')
    )))
order by detected_at desc, id desc
limit $7;

-- name: alerts_by_id
select {alert_columns}
from alerts
where id = any($1::uuid[]);

-- name: alert_changes
select number, ms_of(at) as at_ms, {alert_columns}
from alert_changes
where number > $1
order by number
limit $2;

-- name: change_bounds
-- The oldest number kept and the newest given out.
select coalesce((select min(number) from alert_changes), newest + 1) as oldest, newest from change_counter;

-- name: forwarded
select number from forwarders where name = $1;

-- name: set_forwarded
insert into forwarders (name, number) values ($1, $2)
on conflict (name) do update set number = excluded.number;

-- name: latest_positions
-- Read whole and filtered: an index on received_at would make each of its updates dearer than this is.
select
    p.device_id, ms_of(p.time) as time_ms, ms_of(p.received_at) as received_ms, p.lon, p.lat,
    p.speed_kmh, p.heading_deg, p.ignition, p.load, p.lift, p.cover, s.online
from latest_positions p
left join device_status s using (device_id)
where $1::bigint is null or p.received_at > at_ms($1)
order by p.device_id;

-- name: loss_account
select device_id, day, received, stored, duplicate, rejected, late, redelivered
from loss_account
where day between $1 and $2
order by day, device_id;

-- name: bad_fields
select device_id, day, field, count
from bad_fields
where day between $1 and $2
order by day, device_id, field;

-- name: rejections
-- One page, newest first, continued below the number $1.
select id, ms_of(received_at) as received_ms, reason, detail, device_id, topic, payload
from rejections
where ($1::bigint is null or id < $1) and ($3::text[] is null or device_id = any($3))
order by id desc
limit $2;

-- name: alert_for_case
select district_id, lon, lat, ms_of(detected_at) as detected_ms from alerts where id = $1;
