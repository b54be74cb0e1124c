-- What fleets did over local days, from the lines that are counted. Null lists ($3) cover everything.

-- name: hauls_by
-- Trips that ended on the days from $1 to $2, added up by what $4 names; of source sites $3, of one vehicle,
-- permit or site where $5, $6, $7 name one ('' of permits: none). By vehicle first, so that these are counted without
-- sorting every line.
select
    key, sum(trips)::int as trips, sum(measured_trips)::int as measured_trips,
    sum(weightless_trips)::int as weightless_trips, sum(elsewhere_trips)::int as elsewhere_trips,
    sum(nowhere_trips)::int as nowhere_trips, sum(tonnes) as tonnes, sum(rated_t) as rated_t, count(*)::int as vehicles
from (
    select
        case $4::text when 'vehicle' then vehicle_id when 'permit' then permit_id when 'site' then source_id
            when 'field' then unloaded_id else day::text end as key,
        sum(trips) as trips, sum(measured_trips) as measured_trips, sum(weightless_trips) as weightless_trips,
        sum(elsewhere_trips) as elsewhere_trips,
        coalesce(sum(trips) filter (where unloaded_id = ''), 0) as nowhere_trips,
        sum(tonnes) as tonnes, sum(rated_t) as rated_t
    from work_hauls
    where day between $1::date and $2::date
        and ($3::text[] is null or source_id = any($3))
        and ($5::text is null or vehicle_id = $5)
        and ($6::text is null or permit_id = $6)
        and ($7::text is null or source_id = $7)
    group by key, vehicle_id
) by_vehicle
group by key
order by key;

-- name: hauled_so_far
-- What was hauled under each of these permits ($1), ever, up to the day $2: years of a city are read for them alone.
select permit_id, sum(trips)::int as trips, sum(weightless_trips)::int as weightless_trips, sum(tonnes) as tonnes,
    sum(rated_t) as rated_t
from work_hauls
where permit_id <> '' and permit_id = any($1::text[]) and day <= $2::date
    and ($3::text[] is null or source_id = any($3))
group by permit_id;

-- name: cleaned_by
-- What vehicles that clean did on the days from $1 to $2, added up by what $4 names; of one vehicle or plan where
-- $5, $6 name one ('' of plans: none).
select
    case $4::text when 'vehicle' then vehicle_id when 'plan' then coalesce(plan_id, '') else day::text end as key,
    sum(driven_m) as driven_m, sum(odometer_m) as odometer_m, sum(working_m) as working_m, sum(working_s) as working_s,
    sum(moving_s) as moving_s, sum(engine_s) as engine_s, sum(rounds)::int as rounds,
    (count(*) filter (where rounds > 0))::int as worked_days, count(*)::int as heard_days,
    count(distinct vehicle_id)::int as vehicles
from work_days
where day between $1::date and $2::date
    and working_m is not null
    and reports > 0
    and ($3::text[] is null or district_id = any($3))
    and ($5::text is null or vehicle_id = $5)
    and ($6::text is null or coalesce(plan_id, '') = $6)
group by 1
order by 1;

-- name: collected_by
-- The stops whose windows ended on the days from $1 to $2, added up by what $4 names; of one vehicle, run or
-- district where $5, $6, $7 name one ('' of districts: none).
select
    case $4::text when 'vehicle' then vehicle_id when 'run' then run_id when 'district' then district_id
        else day::text end as key,
    sum(served)::int as served, sum(late)::int as late, sum(missed)::int as missed, sum(unknown)::int as unknown,
    count(distinct vehicle_id)::int as vehicles
from work_runs
where day between $1::date and $2::date
    and ($3::text[] is null or district_id = any($3))
    and ($5::text is null or vehicle_id = $5)
    and ($6::text is null or run_id = $6)
    and ($7::text is null or district_id = $7)
group by 1
order by 1;

-- name: day_lines
-- The counted days of vehicles, of one where $4 names it; at most $5.
select
    w.vehicle_id, w.device_id, w.day, w.district_id, w.plan_id, w.is_whole, w.is_late, w.reports, w.driven_m,
    w.odometer_m, w.moving_s, w.engine_s, w.working_m, w.working_s, w.rounds, w.trips, w.tonnes, ms_of(w.counted_at) as counted_ms,
    coalesce(r.served, 0)::int as served, coalesce(r.late, 0)::int as late, coalesce(r.missed, 0)::int as missed,
    coalesce(r.unknown, 0)::int as unknown
from work_days w
left join (
    select device_id, day, sum(served) as served, sum(late) as late, sum(missed) as missed, sum(unknown) as unknown
    from work_runs
    where day between $1::date and $2::date
    group by device_id, day
) r on r.device_id = w.device_id and r.day = w.day
where w.day between $1::date and $2::date
    and w.vehicle_id is not null
    and (w.reports > 0 or r.device_id is not null or w.trips > 0)
    and ($3::text[] is null or w.district_id = any($3))
    and ($4::text is null or w.vehicle_id = $4)
order by w.day, w.vehicle_id
limit $5;

-- name: how_counted
-- Up to which day anything is counted, how many days of devices within $1 and $2 wait to be counted, and from which of
-- them on days run, up to when counted.
select
    (select max(day) from work_days where counted_at is not null and is_whole) as counted_to,
    (select count(*)::int from work_days where counted_at is null and is_whole and day between $1::date and $2::date)
        as waiting,
    (select count(*)::int from work_days where is_late and day between $1::date and $2::date) as late,
    running_from, ms_of(counted_at) as so_far_ms
from (
    select min(day) as running_from, min(counted_at) as counted_at
    from work_days
    where not is_whole and counted_at is not null and day between $1::date and $2::date
) running;
