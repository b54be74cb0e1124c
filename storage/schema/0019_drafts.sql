-- Drafts of the registry: edits by entry over a version, until they are put in force or thrown away.
-- Nothing here judges: a version comes of a draft in one step, and until then the one in force stays as it is.

create table drafts (
    id            bigint      generated always as identity primary key,
    base_version  integer     not null,
    author        text        not null,
    note          text        not null default '',
    revision      integer     not null default 1,
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now(),
    ended_at      timestamptz,
    version       integer,
    constraint what_came_of_it_has_ended check (version is null or ended_at is not null)
);

comment on column drafts.base_version is 'the version that the edits are made on; 0 before there is any';
comment on column drafts.revision is 'counts the changes, so that nobody overwrites what they have not seen';
comment on column drafts.version is 'the version that the draft was put in force as; null if it was thrown away';

create index drafts_open on drafts (updated_at desc, id desc) where ended_at is null;

-- One row an entry: the whole entry as it is to be, or null where it is to be gone.
create table draft_edits (
    draft_id  bigint      not null references drafts (id) on delete cascade,
    kind      text        not null,
    id        text        not null,
    entry     text,
    author    text        not null,
    at        timestamptz not null default now(),
    primary key (draft_id, kind, id)
);
