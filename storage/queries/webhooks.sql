-- Targets of webhooks, their dead letters, and what the one process that delivers notes about them.

-- name: targets
-- As people see them. What is before a target is counted in changes and acts, whether they are for it or not.
select
    t.id, t.name, t.url, t.events, t.district_ids, t.severities, t.rules, t.state, t.created_by,
    ms_of(t.created_at) as created_ms, t.failures, t.set_aside, ms_of(t.next_try_at) as next_try_ms,
    ms_of(t.succeeded_at) as succeeded_ms, ms_of(t.failed_at) as failed_ms, t.error, t.status, t.answer,
    t.skipped_changes, t.expired_letters, ms_of(case when t.former_until > now() then t.former_until end) as former_until_ms,
    greatest(c.newest - t.change, 0) + greatest(a.newest - t.act, 0) as behind,
    (select count(*) from webhook_letters l where l.target_id = t.id) as letters,
    (select ms_of(min(k.at)) from alert_changes k where k.number = t.change + 1) as behind_since_ms
from webhook_targets t, change_counter c, case_counter a
where $1::bigint is null or t.id = $1
order by t.id;

-- name: add_target
insert into webhook_targets (name, url, secret, events, district_ids, severities, rules, state, created_by, change, act)
select $1, $2, $3, $4, $5, $6, $7, $8, $9, c.newest, a.newest
from change_counter c, case_counter a
returning id;

-- name: change_target
-- Whatever it waited for, it is tried anew.
update webhook_targets set
    name = $2, url = $3, events = $4, district_ids = $5, severities = $6, rules = $7, state = $8,
    edit = edit + 1, failures = 0, set_aside = 0, next_try_at = null, aside_wanted = false
where id = $1
returning id;

-- name: want_aside
-- Only while something fails: the next attempt that does makes a dead letter of its event.
update webhook_targets set aside_wanted = true, edit = edit + 1, next_try_at = null
where id = $1 and state = 'active' and failures > 0
returning id;

-- name: rotate_secret
update webhook_targets set
    former_secret = secret, former_until = at_ms($3), secret = $2, edit = edit + 1, next_try_at = null
where id = $1
returning id;

-- name: remove_target
delete from webhook_targets where id = $1 returning id;

-- name: letters
-- One page of a target's dead letters, in the order of events, after the letter $2.
select id, event_id, ms_of(at) as at_ms, body, state, tries, ms_of(tried_at) as tried_ms, status, answer
from webhook_letters
where target_id = $1 and id > $2
order by id
limit $3;

-- name: count_letters
select count(*) from webhook_letters where ($1::bigint is null or target_id = $1) and ($2::bigint is null or id <= $2);

-- name: resend_letters
-- All of a target, or some; what waits behind others goes by itself.
update webhook_letters set state = 'resend', tries = 0
where target_id = $1 and state = 'refused' and ($2::bigint[] is null or id = any($2))
returning event_id;

-- name: wake_target
update webhook_targets set next_try_at = null, failures = 0, set_aside = 0 where id = $1;

-- name: drop_letters
delete from webhook_letters where target_id = $1 and ($2::bigint[] is null or id = any($2)) returning event_id;

-- name: ask_ping
insert into webhook_pings (target_id, asked_at) values ($1, at_ms($2))
on conflict (target_id) do update set
    asked_at = excluded.asked_at, answered_at = null, error = null, status = null, answer = null, took_ms = null;

-- name: ping
select ms_of(answered_at) as answered_ms, error, status, answer, took_ms
from webhook_pings
where target_id = $1 and asked_at = at_ms($2);

-- name: is_delivered
-- Whether some process holds the task.
select exists (
    select from pg_locks
    where locktype = 'advisory'
        and database = (select oid from pg_database where datname = current_database())
        and classid = hashtext('haulwatch')::oid
        and objid = hashtext($1)::oid
        and objsubid = 2
        and granted
) as is_held;

-- name: work
-- One look: the targets that something may be done for now, and those that a ping is wanted of. Nothing is waited for
-- longer than an hour: where it seems so, the clock was set back.
select t.id,
    t.state = 'active'
        and (
            t.next_try_at is null
            or t.next_try_at <= at_ms($1)
            or t.next_try_at > at_ms($1) + interval '2 hours'
        )
        and (
            t.change < c.newest
            or t.act < a.newest
            or exists (select from webhook_letters l where l.target_id = t.id and l.state = 'resend')
        ) as has_events,
    coalesce(p.answered_at is null and p.asked_at > at_ms($1) - interval '1 minute', false) as wants_ping
from webhook_targets t
cross join change_counter c
cross join case_counter a
left join webhook_pings p on p.target_id = t.id
order by t.id;

-- name: target
select id, url, secret, case when former_until > at_ms($2) then former_secret end as former_secret, events,
    district_ids, severities, rules, edit, change, act, failures, set_aside, aside_wanted
from webhook_targets
where id = $1 and state = 'active';

-- name: door
-- Where a ping goes, whatever the target's state.
select id, url, secret, case when former_until > at_ms($2) then former_secret end as former_secret
from webhook_targets
where id = $1;

-- name: note_passed
-- Accepted, or not for the target.
update webhook_targets set change = $3, act = $4 where id = $1 and state = 'active' and edit = $2 returning id;

-- name: note_accepted
update webhook_targets set
    change = $3, act = $4, failures = 0, set_aside = 0, next_try_at = null, succeeded_at = at_ms($5),
    aside_wanted = false
where id = $1 and state = 'active' and edit = $2
returning id;

-- name: note_failed
update webhook_targets set
    failures = failures + 1, next_try_at = at_ms($3), failed_at = at_ms($4), error = $5, status = $6, answer = $7
where id = $1 and state = 'active' and edit = $2
returning id;

-- name: note_refused
-- The event was set aside: the next one may go at once.
update webhook_targets set
    change = $3, act = $4, failures = 0, set_aside = set_aside + 1, next_try_at = null, failed_at = at_ms($5),
    error = $6, status = $7, answer = $8, aside_wanted = false
where id = $1 and state = 'active' and edit = $2
returning id;

-- name: note_off
update webhook_targets set
    state = 'off', edit = edit + 1, failed_at = at_ms($3), error = $4, status = $5, answer = $6
where id = $1 and edit = $2
returning id;

-- name: note_skipped
update webhook_targets set change = $3, act = $4, skipped_changes = skipped_changes + $3 - change
where id = $1 and edit = $2
returning id;

-- name: are_blocked
-- Which of some events are about what a dead letter is about.
select one.place
from unnest($2::text[]) with ordinality as one (subjects, place)
where exists (
    select from webhook_letters l
    where l.target_id = $1 and l.subjects && string_to_array(one.subjects, ' ')
);

-- name: add_letter
insert into webhook_letters (target_id, event_id, subjects, body, state, tries, tried_at, status, answer)
values ($1, $2, $3, $4, $5, $6, at_ms($7), $8, $9)
on conflict (target_id, event_id) do nothing;

-- name: next_letter
select id, event_id, body, tries from webhook_letters where target_id = $1 and state = 'resend' order by id limit 1;

-- name: remove_letter
delete from webhook_letters where id = $1;

-- name: free_letters
-- What waited behind others goes as soon as nothing before it is about the same.
select free_letters($1);

-- name: try_letter
update webhook_letters set tries = $2, tried_at = at_ms($3), status = $4, answer = $5, state = $6 where id = $1;

-- name: answer_ping
update webhook_pings set answered_at = at_ms($2), error = $3, status = $4, answer = $5, took_ms = $6
where target_id = $1 and answered_at is null;
