-- Names of which one connection at a time is the holder: locks that end with the connection, and their epochs.
-- The first key of the locks keeps them apart from other users of advisory locks.

-- name: hold
select pg_try_advisory_lock(hashtext('haulwatch'), hashtext($1));

-- name: release
select pg_advisory_unlock(hashtext('haulwatch'), hashtext($1));

-- name: release_all
select pg_advisory_unlock_all();

-- name: raise_epoch
-- Waits for what the holder before is committing, as `check_claim` keeps the row until then.
insert into claims as old (name) values ($1)
on conflict (name) do update set epoch = old.epoch + 1
returning epoch;

-- name: epoch
select epoch from claims where name = $1;

-- name: check_claim
-- Within the holder's transaction. A process that freezes in it is not waited for any longer than this.
select epoch, set_config('idle_in_transaction_session_timeout', '10s', true)
from claims
where name = $1
for share;

-- name: begin_joining
-- Workers join one after another: the first of them lays out and forgets what the others rely on.
select pg_advisory_lock(hashtext('haulwatch'), hashtext('joining'));

-- name: end_joining
select pg_advisory_unlock(hashtext('haulwatch'), hashtext('joining'));

-- name: join
-- A lock that any number may share, to be seen by.
select pg_advisory_lock_shared(hashtext('haulwatch'), hashtext('workers'));

-- name: workers
-- Who has joined, the longest standing first, and whether that is this connection.
select l.pid = pg_backend_pid() as is_self
from pg_locks l
join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'advisory'
    and l.database = (select oid from pg_database where datname = current_database())
    and l.classid = hashtext('haulwatch')::oid
    and l.objid = hashtext('workers')::oid
    and l.objsubid = 2
    and l.granted
order by a.backend_start, l.pid;

-- name: count_slots
select count(*) from ingest_slots;

-- name: lay_out_slots
insert into ingest_slots (slot) select generate_series(0, $1::int - 1);

-- name: remove_slots
delete from ingest_slots;

-- name: end_epochs
-- From now on nothing more is stored under these names' claims.
update claims set epoch = epoch + 1 where name = any($1::text[]);

-- name: newest_rejection
select coalesce(max(id), 0) from rejections;

-- name: marks_stored
select count(distinct topic) from rejections where id > $2 and payload = $1;

-- name: forget_sessions
update ingest_slots set has_session = false;

-- name: note_sessions
update ingest_slots set has_session = true where slot = any($1::int[]) and not has_session;

-- name: missing_sessions
select count(*) from ingest_slots where not has_session;
