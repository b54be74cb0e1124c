-- Users, sessions, tokens and the audit log.

-- name: user
select id, name, role, district_ids, password_hash, disabled_at is not null as disabled,
    ms_of(created_at) as created_ms, failures, ms_of(locked_until) as locked_until_ms
from users where id = $1;

-- name: users
select id, name, role, district_ids, unit, disabled_at is not null as disabled, ms_of(created_at) as created_ms,
    locked_until is not null and locked_until > now() as locked
from users order by id;

-- name: set_unit
update users set unit = $2 where id = $1;

-- name: unit_of
select unit from users where id = $1;

-- name: count_administrators
select count(*) from users where role = 'administrator' and disabled_at is null;

-- name: add_user
insert into users (id, name, role, district_ids, password_hash) values ($1, $2, $3, $4, $5)
on conflict (id) do nothing returning id;

-- name: change_user
update users set name = $2, role = $3, district_ids = $4,
    disabled_at = case when $5::boolean then coalesce(disabled_at, now()) end
where id = $1 returning id;

-- name: set_password
update users set password_hash = $2, failures = 0, locked_until = null where id = $1 returning id;

-- name: note_failure
-- Five failures lock for a minute, and each one after them for twice as long as the one before, up to an hour.
update users set
    failures = failures + 1,
    locked_until = case when failures + 1 >= 5
        then now() + least(interval '1 minute' * power(2, least(failures + 1 - 5, 6)), interval '1 hour')
        else locked_until end
where id = $1;

-- name: note_success
update users set failures = 0, locked_until = null where id = $1 and (failures > 0 or locked_until is not null);

-- name: begin_session
insert into sessions (digest, user_id, expires_at, address) values ($1, $2, at_ms($3), $4);

-- name: session
-- Whose session it is, if it still counts; being seen is noted once a minute.
with found as (
    select s.digest, s.seen_at, u.id, u.name, u.role, u.district_ids
    from sessions s join users u on u.id = s.user_id
    where s.digest = $1 and s.expires_at > now() and u.disabled_at is null
), seen as (
    update sessions s set seen_at = now() from found
    where s.digest = found.digest and found.seen_at < now() - interval '1 minute'
)
select id, name, role, district_ids from found;

-- name: end_session
delete from sessions where digest = $1;

-- name: end_sessions_of
delete from sessions where user_id = $1;

-- name: add_token
insert into api_tokens (digest, name, user_id, role, district_ids, expires_at)
values ($1, $2, $3, $4, $5, at_ms($6)) returning id;

-- name: token
with found as (
    select t.id as token_id, t.name as token_name, u.id, u.name, t.role, t.district_ids, t.used_at,
        u.role as user_role, u.district_ids as user_district_ids
    from api_tokens t join users u on u.id = t.user_id
    where t.digest = $1 and t.expires_at > now() and t.revoked_at is null and u.disabled_at is null
), used as (
    update api_tokens t set used_at = now() from found
    where t.id = found.token_id and (found.used_at is null or found.used_at < now() - interval '1 minute')
)
select id, name, role, district_ids, user_role, user_district_ids from found;

-- name: tokens
select id, name, user_id, role, district_ids, ms_of(created_at) as created_ms, ms_of(expires_at) as expires_ms,
    ms_of(revoked_at) as revoked_ms, ms_of(used_at) as used_ms
from api_tokens order by id desc;

-- name: revoke_token
update api_tokens set revoked_at = coalesce(revoked_at, now()) where id = $1 returning id;

-- name: note_audit
insert into audit (user_id, act, subject, detail, address) values ($1, $2, $3, $4, $5);

-- name: audit
select id, ms_of(at) as at_ms, user_id, act, subject, detail, address
from audit
where $1::bigint is null or id < $1
order by id desc
limit $2;
