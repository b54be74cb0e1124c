-- Cases: what people do about alerts. A null scope ($1) covers everything.

-- name: lock_cases
select newest from case_counter for update;

-- name: set_newest_act
with counted as (update case_counter set newest = $1 returning newest)
select pg_notify('haulwatch_case_changes', newest::text) from counted;

-- name: newest_act
select newest from case_counter;

-- name: case_of_alert
select case_id from case_alerts where alert_id = $1;

-- name: case
select
    c.id, c.version, c.state, c.source, c.title, c.reference, c.district_id, c.lon, c.lat,
    ms_of(c.opened_at) as opened_ms, ms_of(c.verify_due_at) as verify_due_ms, ms_of(c.verified_at) as verified_ms,
    c.assignee, ms_of(c.assigned_at) as assigned_ms, ms_of(c.close_due_at) as close_due_ms, c.was_extended,
    c.finding, ms_of(c.closed_at) as closed_ms, c.disputed, c.review, ms_of(c.escalated_at) as escalated_ms,
    c.supervised,
    array(select a.alert_id from case_alerts a where a.case_id = c.id order by a.alert_id) as alert_ids
from cases c
where c.id = any($2::bigint[]) and ($1::text[] is null or c.district_id = any($1))
order by c.id;

-- name: cases
-- One page of a tab, by the nearer deadline ($7 and $8 continue after a row), done ones newest first.
with shown as (
    select
        c.*,
        case when c.verified_at is null then least(c.verify_due_at, c.close_due_at) else c.close_due_at end as due_at
    from cases c
    where ($1::text[] is null or c.district_id = any($1))
        and ($2::text[] is null or c.state = any($2))
        and ($3::text is null or c.assignee = $3)
        and (not $4::boolean or c.review is not null)
)
select
    c.id, c.version, c.state, c.source, c.title, c.reference, c.district_id, c.lon, c.lat,
    ms_of(c.opened_at) as opened_ms, ms_of(c.verify_due_at) as verify_due_ms, ms_of(c.verified_at) as verified_ms,
    c.assignee, ms_of(c.assigned_at) as assigned_ms, ms_of(c.close_due_at) as close_due_ms, c.was_extended,
    c.finding, ms_of(c.closed_at) as closed_ms, c.disputed, c.review, ms_of(c.escalated_at) as escalated_ms,
    c.supervised,
    array(select a.alert_id from case_alerts a where a.case_id = c.id order by a.alert_id) as alert_ids,
    ms_of(c.due_at) as due_ms
from shown c
where (not $5::boolean or (c.state not in ('closed', 'dismissed') and c.due_at < at_ms($6)))
    and ($7::bigint is null or (coalesce(ms_of(c.due_at), 9000000000000000), c.id) > ($7, $8::bigint))
order by coalesce(ms_of(c.due_at), 9000000000000000), c.id
limit $9;

-- name: count_cases
select
    count(*) filter (where state in ('new', 'acknowledged', 'reopened')) as to_assign,
    count(*) filter (where state = 'assigned') as awaiting_answer,
    count(*) filter (where state = 'answered') as to_close,
    count(*) filter (where review is not null) as review,
    count(*) filter (
        where state not in ('closed', 'dismissed')
            and (case when verified_at is null then least(verify_due_at, close_due_at) else close_due_at end) < at_ms($2)
    ) as overdue,
    count(*) filter (where state not in ('closed', 'dismissed')) as open,
    count(*) as all
from cases
where $1::text[] is null or district_id = any($1);

-- name: open_case
insert into cases (state, source, title, reference, district_id, lon, lat, opened_at, verify_due_at)
values ('new', $1, $2, $3, $4, $5, $6, at_ms($7), at_ms($8))
on conflict (reference) do nothing
returning id;

-- name: case_by_reference
select id from cases where reference = $1;

-- name: lock_case
select id from cases where id = $1 for update;

-- name: put_alert
insert into case_alerts (alert_id, case_id) values ($1, $2)
on conflict (alert_id) do update set case_id = excluded.case_id;

-- name: save_case
update cases set
    version = version + 1, state = $2, assignee = $3, assigned_at = at_ms($4), close_due_at = at_ms($5),
    was_extended = $6, finding = $7, verified_at = at_ms($8), closed_at = at_ms($9), disputed = $10,
    supervised = $11, review = $12
where id = $1;

-- name: append_act
insert into case_log (number, at, case_id, user_id, user_name, act, from_state, to_state, reason, detail)
values ($1, at_ms($2), $3, $4, $5, $6, $7, $8, $9, $10);

-- name: case_log
select number, ms_of(at) as at_ms, case_id, user_id, user_name, act, from_state, to_state, reason, detail
from case_log
where case_id = $1
order by number;

-- name: case_acts
-- Acts with a number above $2, in order, of cases within the scope.
select l.number, ms_of(l.at) as at_ms, l.case_id, l.user_id, l.user_name, l.act, l.from_state, l.to_state,
    l.reason, l.detail
from case_log l join cases c on c.id = l.case_id
where l.number > $2 and ($1::text[] is null or c.district_id = any($1))
order by l.number
limit $3;

-- name: add_attachment
insert into attachments (id, case_id, user_id, name, media_type, size, sha256, content)
values ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: attachments
select id, case_id, ms_of(at) as at_ms, user_id, name, media_type, size, encode(sha256, 'hex') as sha256
from attachments where case_id = $1 order by at, id;

-- name: attachment
select a.id, a.case_id, ms_of(a.at) as at_ms, a.user_id, a.name, a.media_type, a.size,
    encode(a.sha256, 'hex') as sha256, a.content
from attachments a join cases c on c.id = a.case_id
where a.id = $2 and ($1::text[] is null or c.district_id = any($1));

-- name: units
-- Who was assigned what, the last choice first: suggestions for the next assignment in a district.
select assignee, max(assigned_at) as last
from cases
where assignee is not null and ($1::text[] is null or district_id = any($1))
group by assignee
order by (max(assigned_at) filter (where district_id = $2)) desc nulls last, max(assigned_at) desc
limit 20;

-- name: cases_of_alerts
select a.alert_id, a.case_id, c.state, c.assignee, c.version
from case_alerts a join cases c on c.id = a.case_id
where a.alert_id = any($1::uuid[]);

-- name: mark_for_review
-- The engine changed alerts on which people have acted already.
update cases c set review = $2, version = version + 1
where c.state <> 'new'
    and c.id in (select a.case_id from case_alerts a where a.alert_id = any($1::uuid[]))
returning c.id, c.state, ms_of(clock_timestamp()) as now_ms;

-- name: overdue_cases
-- Open, past the deadline, nobody told yet: told once for each deadline.
select c.id, c.state, c.district_id, c.title
from cases c
where c.state not in ('closed', 'dismissed') and c.escalated_at is null
    and (case when c.verified_at is null then least(c.verify_due_at, c.close_due_at) else c.close_due_at end) < at_ms($1)
order by c.id
for update skip locked
limit 200;

-- name: escalate
update cases set escalated_at = at_ms($2), version = version + 1 where id = $1;

-- name: shelve
insert into shelves (subject, rule_id, district_id, until, reason, user_id)
values ($1, $2, $3, at_ms($4), $5, $6) returning id;

-- name: shelves
select id, subject, rule_id, district_id, ms_of(at) as at_ms, ms_of(until) as until_ms, reason, user_id
from shelves
where until > now() and taken_back_at is null and ($1::text[] is null or district_id = any($1))
order by until, id;

-- name: unshelve
update shelves set taken_back_at = now(), taken_back_by = $3
where id = $2 and taken_back_at is null and ($1::text[] is null or district_id = any($1))
returning id;
