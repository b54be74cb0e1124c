-- Drafts of the registry. Times as ms since 1970 UTC.

-- name: begin_draft
insert into drafts (base_version, author, note) values ($1, $2, $3) returning id;

-- name: open_drafts
-- With how many entries each changes, the one touched last first.
select d.id, d.base_version, d.author, d.note, d.revision, ms_of(d.created_at) as created_ms,
    ms_of(d.updated_at) as updated_ms,
    (select count(*) from draft_edits e where e.draft_id = d.id)::integer as edit_count
from drafts d
where d.ended_at is null
order by d.updated_at desc, d.id desc;

-- name: draft
select id, base_version, author, note, revision, ms_of(created_at) as created_ms,
    ms_of(updated_at) as updated_ms, ms_of(ended_at) as ended_ms, version
from drafts
where id = $1;

-- name: draft_edits
select kind, id, entry, author, ms_of(at) as at_ms from draft_edits where draft_id = $1 order by kind, id;

-- name: lock_draft
-- One writer at a time, so that the revision it saw is the one it changes.
select revision, ended_at is not null as has_ended from drafts where id = $1 for update;

-- name: touch_draft
update drafts set revision = revision + 1, updated_at = now() where id = $1;

-- name: put_edits
insert into draft_edits (draft_id, kind, id, entry, author)
select $1, kind, id, entry, $5 from unnest($2::text[], $3::text[], $4::text[]) as given (kind, id, entry)
on conflict (draft_id, kind, id)
    do update set entry = excluded.entry, author = excluded.author, at = now();

-- name: drop_edits
delete from draft_edits e
using unnest($2::text[], $3::text[]) as given (kind, id)
where e.draft_id = $1 and e.kind = given.kind and e.id = given.id
returning e.id;

-- name: take_over_draft
update drafts set author = $2 where id = $1;

-- name: rebase_draft
update drafts set base_version = $2 where id = $1;

-- name: end_draft
update drafts set ended_at = now(), version = $2 where id = $1;
