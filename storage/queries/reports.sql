-- What a span of days comes to: its alerts and cases as lines, and who was heard. A null scope ($1) covers everything.

-- name: alert_lines
-- Alerts detected in [$2, $3), withdrawn ones too, with the case each is in; at most $4.
select
    a.id, a.revision, a.rule, a.rule_id, a.ruleset_version, a.severity, a.device_id, a.vehicle_id, a.station_id, a.area,
    a.district_id, a.lon, a.lat, a.zone_ids, a.found_late, a.withdrawn, ms_of(a.started_at) as started_ms,
    ms_of(a.detected_at) as detected_ms, ms_of(a.ended_at) as ended_ms,
    a.evidence::jsonb ->> 'site_zone_id' as site_zone_id, x.case_id, c.state as case_state, c.assignee
from alerts a
left join case_alerts x on x.alert_id = a.id
left join cases c on c.id = x.case_id
where a.detected_at >= at_ms($2) and a.detected_at < at_ms($3) and ($1::text[] is null or a.district_id = any($1))
order by a.detected_at, a.id
limit $4;

-- name: case_lines
-- Cases opened in [$2, $3), with the rule and subject of their first alert; at most $4.
select
    c.id, c.state, c.source, c.title, c.reference, c.district_id, c.assignee, c.finding, c.disputed, c.review,
    ms_of(c.opened_at) as opened_ms, ms_of(c.verify_due_at) as verify_due_ms, ms_of(c.verified_at) as verified_ms,
    ms_of(c.close_due_at) as close_due_ms, ms_of(c.closed_at) as closed_ms,
    first.rule, first.severity, first.vehicle_id, first.station_id, coalesce(first.alerts, 0) as alerts
from cases c
left join lateral (
    select a.rule, a.severity, a.vehicle_id, a.station_id, count(*) over () as alerts
    from case_alerts x join alerts a on a.id = x.alert_id
    where x.case_id = c.id
    order by a.detected_at, a.id
    limit 1
) first on true
where c.opened_at >= at_ms($2) and c.opened_at < at_ms($3) and ($1::text[] is null or c.district_id = any($1))
order by c.opened_at, c.id
limit $4;

-- name: heard_days
-- On how many of these local days something of each device was stored.
select device_id, count(*) as days
from loss_account
where day between $1 and $2 and stored > 0 and ($3::text[] is null or device_id = any($3))
group by device_id;

-- name: hand_over
insert into handovers (at, user_id, user_name, handed_to, note, district_ids, state)
values (at_ms($1), $2, $3, $4, $5, $6, $7)
returning id;

-- name: handovers
-- The newest first, before $2; of a scope those that speak of nothing else.
select id, ms_of(at) as at_ms, user_id, user_name, handed_to, note, district_ids, state
from handovers
where ($1::text[] is null or (district_ids is not null and district_ids <@ $1)) and ($2::bigint is null or id < $2)
order by id desc
limit $3;

-- name: handover
select id, ms_of(at) as at_ms, user_id, user_name, handed_to, note, district_ids, state
from handovers
where id = $2 and ($1::text[] is null or (district_ids is not null and district_ids <@ $1));
