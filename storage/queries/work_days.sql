-- Vehicles' local days of work: offered once they are over, counted, and counted again where more came. Before that,
-- while a day runs, its lines (not is_whole) are counted up to counted_at, again and again.

-- name: seed_days
-- The devices $1 that said something on the local days $2, which last from $3 to $4, or that left a stop of these days:
-- their lines, to be counted; as whole days or not ($5). A truck that is silent all day has stops, too.
insert into work_days (device_id, day, is_whole)
select device_id, day, $5
from (
    select device_id, day from account_days where stored > 0 and day = any($2::date[])
    union
    select unnest(device_ids), day from account_batches where stored > 0 and day = any($2::date[])
    union
    select a.device_id, d.day
    from unnest($2::date[], $3::bigint[], $4::bigint[]) d (day, from_ms, to_ms)
    join alerts a on a.started_at > at_ms(d.from_ms) and a.started_at <= at_ms(d.to_ms)
    where a.rule = 'missed_collection' and a.withdrawn is null
) worked
where device_id = any($1::text[])
on conflict do nothing;

-- name: end_days
-- Lines up to the day $1 that were counted while their day ran: to be counted as whole days. Locked in the order in
-- which late reports note their days.
with over as (
    select device_id, day from work_days where not is_whole and day <= $1 order by device_id, day for update
)
update work_days w
set is_whole = true, counted_at = null
from over
where w.device_id = over.device_id and w.day = over.day;

-- name: running_days
-- Devices whose line of the day $1, which runs, was counted at $2 or before, or never; the longest ago first.
select device_id
from work_days
where not is_whole and day = $1 and (counted_at is null or counted_at <= at_ms($2))
order by counted_at nulls first, device_id;

-- name: note_late_days
-- In the transaction that stores reports after their day was over. The row is locked even where nothing changes:
-- whoever counts it waits, and then sees them.
insert into work_days as old (device_id, day, is_late)
select device_id, day, is_late
from unnest($1::text[], $2::date[], $3::boolean[]) as r (device_id, day, is_late)
on conflict (device_id, day) do update set counted_at = null, is_late = old.is_late or excluded.is_late;

-- name: note_judged_again
-- Days of devices whose trips and visits were told anew since some day. Also those not counted yet: whoever counts
-- one just now holds its row, has read what was told before, and is waited for.
update work_days w
set counted_at = null
from unnest($1::text[], $2::date[]) as r (device_id, since)
where w.device_id = r.device_id and w.day >= r.since;

-- name: days_to_count
-- Devices with days up to $1 that are not counted, and these days; some at a time, after the device $2.
select device_id, array_agg(day order by day) as days
from work_days
where counted_at is null and is_whole and day <= $1 and device_id > $2
group by device_id
order by device_id
limit $3;

-- name: claim_day
-- A whole day that is not counted, or a day that runs.
select is_whole from work_days where device_id = $1 and day = $2 and (counted_at is null or not is_whole) for update;

-- name: work_positions
-- What counting reads of a device's reports in [from, to), in its order.
select
    device_id, ms_of(time) as time_ms, digest, ms_of(received_at) as received_ms, seq, lon, lat, fix, accuracy_m,
    speed_kmh, null::float8, null::float8, ignition, load, weight_t, null::boolean, null::text, odometer_km, null::text,
    null::text
from positions
where device_id = $1 and time >= at_ms($2) and time < at_ms($3)
order by time, seq is not null, coalesce(seq, 0), digest;

-- name: work_facts
-- The trips that ended in [$3, $4), and the visits that overlap [$2, $4) and a minute more.
select
    device_id, kind, about, ms_of(started_at) as started_ms, ms_of(ended_at) as ended_ms,
    ms_of(known_at) as known_ms, vehicle_id, permit_id, lon, lat
from facts
where device_id = $1 and not withdrawn
    and (
        (kind = 'trip' and ended_at >= at_ms($3) and ended_at < at_ms($4))
        or (
            kind = 'visit' and started_at < at_ms($4) + interval '1 minute'
            and coalesce(ended_at, 'infinity'::timestamptz) >= at_ms($2)
        )
    )
order by started_at, kind, about;

-- name: collection_alerts
-- The alerts about a device's stops whose windows ended in ($2, $3].
select {alert_columns}
from alerts
where device_id = $1 and rule = 'missed_collection' and started_at > at_ms($2) and started_at <= at_ms($3)
    and withdrawn is null;

-- name: keep_day
update work_days
set counted_at = at_ms($3), vehicle_id = $4, district_id = $5, plan_id = $6, reports = $7, driven_m = $8,
    odometer_m = $9, moving_s = $10, engine_s = $11, working_m = $12, working_s = $13, rounds = $14, trips = $15,
    tonnes = $16
where device_id = $1 and day = $2;

-- name: drop_hauls
delete from work_hauls where device_id = $1 and day = $2;

-- name: keep_hauls
insert into work_hauls (
    device_id, day, source_id, permit_id, unloaded_id, vehicle_id, trips, measured_trips,
    weightless_trips, elsewhere_trips, tonnes, rated_t
)
select $1, $2, r.*
from unnest(
    $3::text[], $4::text[], $5::text[], $6::text[], $7::int[], $8::int[], $9::int[], $10::int[], $11::float8[],
    $12::float8[]
) r;

-- name: drop_runs
delete from work_runs where device_id = $1 and day = $2;

-- name: keep_runs
insert into work_runs (device_id, day, run_id, district_id, vehicle_id, served, late, missed, unknown)
select $1, $2, r.*
from unnest($3::text[], $4::text[], $5::text[], $6::int[], $7::int[], $8::int[], $9::int[]) r;
