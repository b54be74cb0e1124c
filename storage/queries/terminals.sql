-- Terminals of the gateways: what gateways keep of them, and what administrators decide.

-- name: terminals_of
-- All terminals of a protocol, or those named, each with the oldest command that it has not answered.
select
    t.terminal_id, t.state, t.device_id, t.model, t.settings, t.code_digest, t.said,
    c.id as command_id, c.kind as command_kind, c.interval_s as command_interval_s
from terminals t
left join lateral (
    select id, kind, interval_s from terminal_commands c
    where c.protocol = t.protocol and c.terminal_id = t.terminal_id and c.answered_at is null
    order by id limit 1
) c on true
where t.protocol = $1 and ($2::text[] is null or t.terminal_id = any($2));

-- name: knock
-- One that nobody knows is put down as waiting, unless too many wait; what it says now replaces what it said.
-- Where too many wait, those that have gone quiet make room for the next: made-up names must not shut the door.
with crowd as (
    select count(*) >= $5 as is_full from terminals
    where protocol = $1 and state = 'waiting'
        and not exists (select from terminals where protocol = $1 and terminal_id = $2)
), quiet as (
    delete from terminals
    where (select is_full from crowd) and protocol = $1 and state = 'waiting'
        and last_seen_at < now() - interval '1 hour'
)
insert into terminals (protocol, terminal_id, said, address)
select $1, $2, $3, $4
where not (select is_full from crowd)
on conflict (protocol, terminal_id) do update set
    said = case when terminals.code_digest is null then excluded.said else terminals.said end,
    address = excluded.address, last_seen_at = now()
returning state;

-- name: issue_code
-- The code it signs on with from now on; only for one that is approved.
with issued as (
    update terminals set code_digest = $3, said = $4, last_seen_at = now()
    where protocol = $1 and terminal_id = $2 and state = 'approved'
    returning terminal_id
)
select terminal_id, pg_notify('haulwatch_terminals', $1 || '/' || $2) from issued;

-- name: note_seen
-- What has happened since the last time: when and where from each was heard, how many frames, whether it is connected.
update terminals t set
    last_seen_at = greatest(t.last_seen_at, at_ms(s.seen_ms)), address = s.address,
    connected_at = at_ms(s.connected_ms), frames = t.frames + s.frames
from unnest($2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[])
    as s (terminal_id, seen_ms, address, connected_ms, frames)
where t.protocol = $1 and t.terminal_id = s.terminal_id;

-- name: note_refused
update terminals t set
    refused = t.refused + s.count, refused_at = greatest(t.refused_at, at_ms(s.at)), refused_reason = s.reason
from unnest($2::text[], $3::bigint[], $4::bigint[], $5::text[]) as s (terminal_id, count, at, reason)
where t.protocol = $1 and t.terminal_id = s.terminal_id;

-- name: note_conflict
update terminals set conflict_at = at_ms($3), conflict_address = $4
where protocol = $1 and terminal_id = $2;

-- name: nobody_connected
-- A gateway that starts has no connections, whatever the one before left written.
update terminals set connected_at = null where protocol = $1 and connected_at is not null;

-- name: command_sent
update terminal_commands set sent_at = coalesce(sent_at, now()) where id = $1;

-- name: command_answered
with answered as (
    update terminal_commands set sent_at = coalesce(sent_at, now()), answered_at = now(), result = $2
    where id = $1 and answered_at is null
    returning protocol, terminal_id
)
select pg_notify('haulwatch_terminals', protocol || '/' || terminal_id) from answered;

-- name: terminals
-- By when they were last heard, newest first; `before` continues after the last of a page.
select
    protocol, terminal_id, state, device_id, model, settings, said, code_digest is not null as has_code,
    ms_of(first_seen_at) as first_seen_ms, ms_of(last_seen_at) as last_seen_ms, address,
    ms_of(connected_at) as connected_ms, frames, refused, ms_of(refused_at) as refused_ms, refused_reason,
    ms_of(conflict_at) as conflict_ms, conflict_address, decided_by, ms_of(decided_at) as decided_ms
from terminals
where ($1::text is null or protocol = $1) and ($2::text is null or state = $2)
    and ($3::text is null or terminal_id = $3) and ($4::text is null or device_id = $4)
    and ($5::bigint is null
        or (ms_of(last_seen_at), protocol, terminal_id) < ($5::bigint, $6::text, $7::text))
order by ms_of(last_seen_at) desc, protocol desc, terminal_id desc
limit $8;

-- name: count_terminals
select state, count(*) as count from terminals where $1::text is null or protocol = $1 group by state;

-- name: decide
-- Who may speak, as which device. A code that was given is good no more once the device is another or it is blocked.
with decided as (
    update terminals set
        code_digest = case when $3 = 'approved' and state = 'approved' and device_id = $4 then code_digest end,
        state = $3, device_id = case when $3 = 'waiting' then null else coalesce($4, device_id) end,
        model = coalesce($5, model), settings = coalesce($6, settings), decided_by = $7, decided_at = now(),
        conflict_at = null, conflict_address = null
    where protocol = $1 and terminal_id = $2
    returning protocol, terminal_id
)
select terminal_id, pg_notify('haulwatch_terminals', protocol || '/' || terminal_id) from decided;

-- name: devices_taken
-- Those of a list's devices as which another terminal, not of the list, is approved to speak.
select t.device_id from terminals t
join unnest($1::text[], $2::text[], $3::text[]) as g (protocol, terminal_id, device_id) using (device_id)
where t.state = 'approved' and (t.protocol, t.terminal_id) <> (g.protocol, g.terminal_id)
order by 1 limit 10;

-- name: enrol
-- A list of terminals that may speak. One that may already, as the same device, goes on with its code.
with enrolled as (
    insert into terminals (protocol, terminal_id, state, device_id, model, settings, decided_by, decided_at)
    select protocol, terminal_id, 'approved', device_id, model, settings, $6, now()
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
        as g (protocol, terminal_id, device_id, model, settings)
    on conflict (protocol, terminal_id) do update set
        code_digest = case
            when terminals.state = 'approved' and terminals.device_id = excluded.device_id
            then terminals.code_digest end,
        state = 'approved', device_id = excluded.device_id, model = excluded.model,
        settings = excluded.settings, decided_by = $6, decided_at = now(),
        conflict_at = null, conflict_address = null
    returning protocol, terminal_id
)
select terminal_id, pg_notify('haulwatch_terminals', protocol || '/' || terminal_id) from enrolled;

-- name: reset_code
with reset as (
    update terminals set code_digest = null, conflict_at = null, conflict_address = null
    where protocol = $1 and terminal_id = $2
    returning protocol, terminal_id
)
select terminal_id, pg_notify('haulwatch_terminals', protocol || '/' || terminal_id) from reset;

-- name: forget
with forgotten as (
    delete from terminals where protocol = $1 and terminal_id = $2 and state <> 'approved'
    returning protocol, terminal_id
)
select terminal_id, pg_notify('haulwatch_terminals', protocol || '/' || terminal_id) from forgotten;

-- name: ask
-- A newer command of a kind takes the place of the one that was not answered.
with superseded as (
    update terminal_commands set answered_at = now(), result = 'superseded'
    where protocol = $1 and terminal_id = $2 and kind = $3 and answered_at is null
), asked as (
    insert into terminal_commands (protocol, terminal_id, kind, interval_s, asked_by)
    values ($1, $2, $3, $4, $5)
    returning id
)
select id, pg_notify('haulwatch_terminals', $1 || '/' || $2) from asked;

-- name: commands
-- What a terminal was asked, newest first.
select
    id, kind, interval_s, asked_by, ms_of(asked_at) as asked_ms, ms_of(sent_at) as sent_ms,
    ms_of(answered_at) as answered_ms, result
from terminal_commands
where protocol = $1 and terminal_id = $2
order by id desc
limit 50;

-- name: refused
-- The frames of a terminal that were refused and are still kept, newest first.
select id, reason, detail, payload, ms_of(received_at) as received_ms
from rejections
where topic = $1
order by id desc
limit $2;
