-- Stations' local days: noted as readings are stored, counted and judged when they are over.

-- name: note_dust_days
-- In the transaction that stores the readings. The row is locked even where nothing changes: whoever counts it
-- waits, and then sees them.
insert into dust_days as old (device_id, day, is_late)
select device_id, day, is_late
from unnest($1::text[], $2::date[], $3::boolean[]) as r (device_id, day, is_late)
on conflict (device_id, day) do update set tally_json = null, is_late = true
where old.tally_json is not null;

-- name: devices_to_judge
-- Devices with days up to $1 that are not counted, and the first of these; some at a time, after the device $2.
select device_id, min(day) as first_day
from dust_days
where tally_json is null and day <= $1 and device_id > $2
group by device_id
order by device_id
limit $3;

-- name: claim_dust_days
-- The days of one device up to $2 on which its uncounted ones bear, and those that they are judged with.
with uncounted as (
    select min(day) as first_day, max(day) as last_day
    from dust_days
    where device_id = $1 and tally_json is null and day <= $2
)
select d.day, d.tally_json, d.is_late
from dust_days d, uncounted u
where d.device_id = $1 and d.day between u.first_day - $3::int and least(u.last_day + $3::int, $2)
order by d.day
for update of d;

-- name: count_readings
-- How often each value of a particulate was read in a local day, by flag.
select r.quantity, r.value, d.flags_json, count(*) as readings
from dust d
cross join lateral (
    values ('pm25_ugm3', d.pm25_ugm3), ('pm10_ugm3', d.pm10_ugm3), ('tsp_ugm3', d.tsp_ugm3)
) r (quantity, value)
where d.device_id = $1 and d.time > at_ms($2) and d.time <= at_ms($3) and r.value is not null
group by r.quantity, r.value, d.flags_json
order by r.quantity, r.value;

-- name: keep_tallies
update dust_days d set tally_json = r.tally_json
from unnest($2::date[], $3::text[]) as r (day, tally_json)
where d.device_id = $1 and d.day = r.day;

-- name: alerts_of_days
-- One device's alerts of the rules that look at whole days, of days that began in a span.
select {alert_columns}
from alerts
where device_id = $1 and rule = any($2::text[]) and started_at >= at_ms($3) and started_at < at_ms($4);
