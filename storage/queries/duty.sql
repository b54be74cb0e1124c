-- What a seat on duty counts: over everything of a scope, never over a page.

-- name: counts
-- By severity: what nobody has taken, what goes on, and all.
select
    severity, count(*) as all,
    count(*) filter (where ended_at is null and withdrawn is null) as ongoing,
    count(*) filter (
        where withdrawn is null and not exists (
            select 1 from case_alerts k join cases c on c.id = k.case_id
            where k.alert_id = alerts.id and c.state not in ('new', 'reopened')
        )
    ) as unacknowledged
from alerts
where $1::text[] is null or district_id = any($1)
group by severity;

-- name: shown_since
-- When each alert was shown, by severity, those withdrawn since too; what was found late was never called out.
select ms_of(detected_at) as detected_ms, severity
from alerts
where detected_at > at_ms($1) and detected_at <= at_ms($2) and not found_late
    and ($3::text[] is null or district_id = any($3))
order by detected_at;

-- name: trips_of
-- The departure of the trip that each alert ($1) of a device ($2), begun at $3, belongs to.
select a.alert_id, ms_of(max(f.started_at)) as trip_started_ms
from unnest($1::uuid[], $2::text[], $3::bigint[]) as a (alert_id, device_id, started_ms)
join facts f on f.device_id = a.device_id and f.kind = 'trip' and not f.withdrawn
    and f.started_at <= at_ms(a.started_ms) and (f.ended_at is null or f.ended_at >= at_ms(a.started_ms))
group by a.alert_id;
