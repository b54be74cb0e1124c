-- What is kept off the list of alerts for a while, by whom, why and until when.

-- name: shelve
-- One shelf for one subject, rule and district: a new one stands in for the one before.
with before as (
    update shelves set taken_back_at = at_ms($9), taken_back_by = $7
    where subject = $1 and rule_id = $2 and district_id is not distinct from $3
        and taken_back_at is null and until > at_ms($9)
)
insert into shelves (subject, rule_id, district_id, until, until_ended, reason, user_id, user_name, at, alert_id, severity)
values ($1, $2, $3, at_ms($4), $5, $6, $7, $8, at_ms($9), $10, $11)
returning id;

-- name: shelves
-- Those made since $2, whether they still stand or not; `over_because` is null while one stands.
select
    s.id, s.subject, s.rule_id, s.severity, s.district_id, s.alert_id, ms_of(s.at) as at_ms, ms_of(s.until) as until_ms,
    s.until_ended, s.reason, s.user_id, s.user_name, ms_of(s.taken_back_at) as taken_back_ms, s.taken_back_by,
    case
        when s.taken_back_at is not null then 'taken_back'
        when s.until <= at_ms($3) then 'time'
        when s.until_ended and (a.ended_at is not null or a.withdrawn is not null) then 'ended'
    end as over_because
from shelves s left join alerts a on a.id = s.alert_id
where s.at > at_ms($2) and ($1::text[] is null or s.district_id = any($1))
order by s.at desc, s.id desc;

-- name: unshelve
update shelves set taken_back_at = at_ms($4), taken_back_by = $3
where id = $2 and taken_back_at is null and until > at_ms($4) and ($1::text[] is null or district_id = any($1))
returning id;
