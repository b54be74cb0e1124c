-- Schedules, and their runs.

-- name: schedules
select
    s.id, s.name, s.kind, s.after_days, s.at_minute, s.formats, s.language, s.district_ids, s.recipients, s.is_active,
    s.amends, s.created_by, ms_of(s.created_at) as created_ms, ms_of(s.since) as since_ms
from schedules s
where ($1::bigint is null or s.id = $1)
order by s.name, s.id;

-- name: add_schedule
insert into schedules (
    name, kind, after_days, at_minute, formats, language, district_ids, recipients, is_active, amends, created_by,
    created_at, since
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, at_ms($12), at_ms($12))
returning id;

-- name: change_schedule
-- What came due during a pause, or while it was one of other periods, is not its.
update schedules
set name = $2, kind = $3, after_days = $4, at_minute = $5, formats = $6, language = $7, district_ids = $8,
    recipients = $9, is_active = $10, amends = $11,
    since = case when kind <> $3 or ($10 and not is_active) then at_ms($12) else since end
where id = $1
returning id;

-- name: delete_schedule
delete from schedules where id = $1 returning id;

-- name: make_due
-- A run that is there already stays as it is.
insert into schedule_runs (schedule_id, period, due_at, next_try_at)
select $1, $2, at_ms($3), at_ms($3)
where exists (select from schedules where id = $1)
on conflict (schedule_id, period) do nothing
returning period;

-- name: run_again
-- It goes out now, whatever came of it before; where somebody wants it ($4), during a pause, too.
insert into schedule_runs as r (schedule_id, period, due_at, next_try_at, is_asked)
select $1, $2, at_ms($3), at_ms($3), $4
where exists (select from schedules where id = $1)
on conflict (schedule_id, period) do update
set state = 'due', is_asked = excluded.is_asked, attempts = 0, due_at = excluded.due_at,
    next_try_at = excluded.next_try_at, sent_to = '{}', answers = '{}', error = null, detail = '', differs_since = null
returning period;

-- name: runs_due
select
    r.schedule_id, r.period, ms_of(r.due_at) as due_ms, r.state, r.attempts, ms_of(r.next_try_at) as next_try_ms, r.number,
    ms_of(r.done_at) as done_ms, r.sent_to, r.answers, r.error, r.detail,
    ms_of(r.differs_since) as differs_since_ms
from schedule_runs r join schedules s on s.id = r.schedule_id
where r.state = 'due' and (s.is_active or r.is_asked) and r.next_try_at <= at_ms($1)
order by r.next_try_at, r.schedule_id, r.period
limit $2;

-- name: runs
-- Of a schedule, the newest first.
select
    r.schedule_id, r.period, ms_of(r.due_at) as due_ms, r.state, r.attempts, ms_of(r.next_try_at) as next_try_ms, r.number,
    ms_of(r.done_at) as done_ms, r.sent_to, r.answers, r.error, r.detail,
    ms_of(r.differs_since) as differs_since_ms
from schedule_runs r
where r.schedule_id = $1
order by r.due_at desc, r.period desc
limit $2;

-- name: note_run
-- What came of an attempt, unless somebody has asked for another one meanwhile.
update schedule_runs
set state = $4, attempts = attempts + 1, next_try_at = at_ms($5), number = coalesce($6, number), done_at = at_ms($7),
    sent_to = array(select distinct one from unnest(sent_to || $8::text[]) as one order by one),
    answers = $9, error = $10, detail = $11
where schedule_id = $1 and period = $2 and attempts = $3 and state = 'due'
returning period;

-- name: note_differs
-- Of a period that went out: since when it counts otherwise, and the statement that it is as.
update schedule_runs set differs_since = at_ms($3), number = coalesce($4, number)
where schedule_id = $1 and period = $2 and state = 'done';
