-- Facts of vehicles: kept with the batch that told them, read by the area step.

-- name: keep_facts
-- A fact told again changes nothing, nor does an older word on it, unless late data says it.
insert into facts as old (
    device_id, kind, about, started_at, ended_at, known_at, vehicle_id, permit_id, lon, lat, found_late
)
select
    device_id, kind, about, at_ms(started_ms), at_ms(ended_ms), at_ms(known_ms), vehicle_id, permit_id, lon, lat,
    $11::boolean
from unnest(
    $1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::text[],
    $9::float8[], $10::float8[]
) as r (device_id, kind, about, started_ms, ended_ms, known_ms, vehicle_id, permit_id, lon, lat)
on conflict (device_id, kind, about, started_at) do update set
    ended_at = excluded.ended_at,
    known_at = excluded.known_at,
    vehicle_id = excluded.vehicle_id,
    permit_id = excluded.permit_id,
    lon = excluded.lon,
    lat = excluded.lat,
    withdrawn = false,
    found_late = excluded.found_late,
    is_new = true
where (excluded.known_at >= old.known_at or excluded.found_late)
    and (old.ended_at, old.vehicle_id, old.permit_id, old.lon, old.lat, old.withdrawn)
    is distinct from
    (excluded.ended_at, excluded.vehicle_id, excluded.permit_id, excluded.lon, excluded.lat, false);

-- name: withdraw_facts
-- What reports after an instant had told of a device and judging them again did not.
update facts f
set withdrawn = true, found_late = true, is_new = true
where f.device_id = $1
    and f.known_at > coalesce(at_ms($2::bigint), '-infinity')
    and not f.withdrawn
    and not exists (
        select from unnest($3::text[], $4::text[], $5::bigint[]) as again (kind, about, started_ms)
        where again.kind = f.kind and again.about = f.about and at_ms(again.started_ms) = f.started_at
    );

-- name: new_facts
select
    device_id, kind, about, ms_of(started_at) as started_ms, ms_of(ended_at) as ended_ms,
    ms_of(known_at) as known_ms, vehicle_id, permit_id, lon, lat, withdrawn, found_late
from facts
where is_new
limit $1;

-- name: take_facts
-- Not what changed after it was read, nor what another transaction is changing.
update facts f
set is_new = false
where f.ctid = any(array(
    select one.ctid
    from facts one
    join unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::boolean[])
        as seen (device_id, kind, about, started_ms, known_ms, withdrawn)
        on seen.device_id = one.device_id
        and seen.kind = one.kind
        and seen.about = one.about
        and at_ms(seen.started_ms) = one.started_at
    where one.is_new and at_ms(seen.known_ms) = one.known_at and seen.withdrawn = one.withdrawn
    for update of one skip locked
));

-- name: stays_between
select
    device_id, kind, about, ms_of(started_at) as started_ms, ms_of(ended_at) as ended_ms,
    ms_of(known_at) as known_ms, vehicle_id, permit_id, lon, lat
from facts
where kind = 'stay' and started_at between at_ms($1) and at_ms($2) and not withdrawn;

-- name: visits_during
-- Of these zones, those that overlap [from, to).
select
    device_id, kind, about, ms_of(started_at) as started_ms, ms_of(ended_at) as ended_ms,
    ms_of(known_at) as known_ms, vehicle_id, permit_id, lon, lat
from facts
where kind = 'visit'
    and about = any($1::text[])
    and coalesce(ended_at, 'infinity'::timestamptz) > at_ms($2)
    and started_at < at_ms($3)
    and not withdrawn;

-- name: alerts_of_rule
-- Alerts of a kind that were not over before an instant and began before another, withdrawn ones too.
select {alert_columns}
from alerts
where rule = $1
    and started_at <= at_ms($3)
    and (started_at >= at_ms($2) or ended_at is null or ended_at >= at_ms($2));

-- name: earliest_starts
-- The earliest start that each of these alerts ever had.
select id, ms_of(min(started_at)) as started_ms
from (
    select id, started_at from alert_changes where id = any($1::uuid[])
    union all
    select id, started_at from alerts where id = any($1::uuid[])
) known
group by id;
