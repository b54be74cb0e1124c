-- What the maintenance job does, by psycopg. Deletions go in slices, so that none holds its locks for long.

-- name: drop_old_chunks
-- TimescaleDB: whole days at once, without touching a row.
select count(*) from drop_chunks(%(table)s::regclass, older_than => at_ms(%(before_ms)s));

-- name: delete_old_positions
delete from positions
where ctid = any(array(select ctid from positions where time < at_ms(%(before_ms)s) limit %(slice)s));

-- name: delete_old_dust
delete from dust
where ctid = any(array(select ctid from dust where time < at_ms(%(before_ms)s) limit %(slice)s));

-- name: delete_old_background
delete from background
where ctid = any(array(select ctid from background where time < at_ms(%(before_ms)s) limit %(slice)s));

-- name: delete_old_rejections
delete from rejections
where ctid = any(array(select ctid from rejections where received_at < at_ms(%(before_ms)s) limit %(slice)s));

-- name: delete_old_changes
-- Only what every forwarder has delivered; for a webhook's target that is away it is kept some time longer, and
-- then no more: the target is told that it was skipped.
delete from alert_changes
where ctid = any(array(
    select ctid from alert_changes
    where at < at_ms(%(before_ms)s)
        and number <= coalesce((select min(number) from forwarders), 9223372036854775807)
        and (
            at < at_ms(%(held_before_ms)s)
            or number <= coalesce(
                (select min(change) from webhook_targets where state <> 'off'), 9223372036854775807
            )
        )
    limit %(slice)s
));

-- name: delete_old_checkpoints
-- Of older days the last one is kept, as long as late reports are taken, and the last one before that, so that
-- every late report finds one from before it. The newest of each device stays, however old.
delete from checkpoints
where ctid = any(array(
    select c.ctid from checkpoints c
    where c.judged_hour < %(before_ms)s / 3600000
        and exists (
            select 1 from checkpoints newer
            where newer.device_id = c.device_id
                and newer.judged_hour > c.judged_hour
                and (
                    newer.judged_hour / 24 = c.judged_hour / 24
                    or newer.judged_hour < %(late_before_ms)s / 3600000
                )
        )
    limit %(slice)s
));

-- name: delete_old_account
delete from account_days
where ctid = any(array(
    select ctid from account_days where day < (at_ms(%(before_ms)s) at time zone 'UTC')::date limit %(slice)s
));

-- name: delete_old_bad_fields
delete from bad_fields
where ctid = any(array(
    select ctid from bad_fields where day < (at_ms(%(before_ms)s) at time zone 'UTC')::date limit %(slice)s
));

-- name: delete_old_dust_days
-- Nothing late can come for them, and no day that is still judged looks back so far.
delete from dust_days
where ctid = any(array(
    select ctid from dust_days where day < (at_ms(%(before_ms)s) at time zone 'UTC')::date limit %(slice)s
));

-- name: delete_old_facts
-- Not of a vehicle that has stood in a zone ever since.
delete from facts
where ctid = any(array(
    select ctid from facts
    where started_at < at_ms(%(before_ms)s) and ended_at < at_ms(%(before_ms)s)
    limit %(slice)s
));

-- name: delete_old_sessions
delete from sessions
where ctid = any(array(select ctid from sessions where expires_at < at_ms(%(before_ms)s) limit %(slice)s));

-- name: targets_of_old_letters
select distinct target_id from webhook_letters where at < at_ms(%(before_ms)s) order by target_id;

-- name: lock_target
select from webhook_targets where id = %(target_id)s for update;

-- name: expire_letters
-- The oldest of a target's dead letters that are too old: counted with the target, and named in the audit log.
with gone as (
    delete from webhook_letters
    where id = any(array(
        select id from webhook_letters
        where target_id = %(target_id)s and at < at_ms(%(before_ms)s)
        order by id
        limit %(slice)s
    ))
    returning event_id
), counted as (
    update webhook_targets set expired_letters = expired_letters + (select count(*) from gone)
    where id = %(target_id)s
), named as (
    insert into audit (act, subject, detail)
    select 'expire_letters', 'webhook:' || %(target_id)s::text, json_build_object('events', json_agg(event_id))::text
    from gone
    having count(*) > 0
)
select event_id from gone;

-- name: free_letters_of
select free_letters(%(target_id)s);

-- name: refresh_dust_5min
call refresh_continuous_aggregate('dust_5min', at_ms(%(from_ms)s), at_ms(%(to_ms)s));

-- name: refresh_positions_hourly
call refresh_continuous_aggregate('positions_hourly', at_ms(%(from_ms)s), at_ms(%(to_ms)s));

-- name: chunks_to_compress
select format('%%I.%%I', chunk_schema, chunk_name)
from timescaledb_information.chunks
where hypertable_name = %(table)s and not is_compressed and range_end < at_ms(%(before_ms)s)
order by range_start;

-- name: compress_chunk
select compress_chunk(%(chunk)s::regclass);

-- name: docking_stands
-- For the doctor: targets of webhooks, how many of them are off or fail, and dead letters.
select count(*), count(*) filter (where state = 'off'), count(*) filter (where state = 'active' and failures > 0),
    (select count(*) from webhook_letters)
from webhook_targets;
