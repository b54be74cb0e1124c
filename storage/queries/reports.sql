-- What a span of days comes to: its alerts and cases as lines, and who was heard. A null scope ($1) covers everything.

-- name: alert_lines
-- Alerts detected in [$2, $3), withdrawn ones too, with the case each is in; at most $4.
select {alert_line_columns}
from alerts a
left join case_alerts x on x.alert_id = a.id
left join cases c on c.id = x.case_id
where a.detected_at >= at_ms($2) and a.detected_at < at_ms($3) and ($1::text[] is null or a.district_id = any($1))
order by a.detected_at, a.id
limit $4;

-- name: case_lines
-- Cases opened in [$2, $3), with the rule and subject of their first alert; at most $4.
select {case_line_columns}
from cases c
left join lateral (
    {first_alert_of_case}
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
