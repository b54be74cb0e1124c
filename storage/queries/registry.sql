-- Versions of the registry. A cancelled one is as if it had never been, but keeps its number.
-- Times as ms since 1970 UTC; the server's clock decides what is now.

-- name: lock_registry
-- One writer at a time: numbers have no gaps and the newest is compared with.
lock table registry_versions in share row exclusive mode;

-- name: registry_now
select ms_of(clock_timestamp()) as now_ms;

-- name: registry_timeline
select version, ms_of(effective_from) as effective_from_ms
from registry_versions
where cancelled_at is null
order by version;

-- name: registry_stamp
-- Asked for all the time, to see whether there is anything new.
select coalesce(max(version), 0)::integer as last, count(cancelled_at)::integer as cancelled from registry_versions;

-- name: last_number
select coalesce(max(version), 0) as version from registry_versions;

-- name: has_document
-- Whether a version says exactly this.
select document = $2::bytea as same from registry_versions where version = $1;

-- name: kept_since_start
-- The newest version that says exactly this, unless a later one was loaded at a start (by an author like one of
-- $2): what else came after it was changed by people.
select said.version
from registry_versions said
where said.document = $1 and said.cancelled_at is null and not exists (
    select from registry_versions later
    where later.version > said.version and later.cancelled_at is null and later.author like any ($2::text[])
)
order by said.version desc
limit 1;

-- name: insert_registry
insert into registry_versions (version, effective_from, author, note, document, counts)
values ($1, at_ms($2), $3, $4, $5, registry_counts($5));

-- name: cancel_registry
update registry_versions set cancelled_at = now(), cancelled_by = $2 where version = $1;

-- name: registry_version
select
    version, ms_of(effective_from) as effective_from_ms, ms_of(saved_at) as saved_ms, author, note,
    counts, ms_of(cancelled_at) as cancelled_ms, cancelled_by, document
from registry_versions
where version = $1;

-- name: registry_heads
-- One page, newest first, continued below the version $1.
select
    version, ms_of(effective_from) as effective_from_ms, ms_of(saved_at) as saved_ms, author, note,
    counts, ms_of(cancelled_at) as cancelled_ms, cancelled_by
from registry_versions
where $1::integer is null or version < $1
order by version desc
limit $2;
