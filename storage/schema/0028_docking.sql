-- Docking with other platforms: one order of alert changes and case acts, and the targets that are told of both.

create function newest_change() returns bigint
    language sql
    as 'select newest from change_counter';

-- Acts done before this are told before all changes.
alter table case_log add column after_change bigint not null default 0;

alter table case_log alter column after_change set default newest_change();

comment on column case_log.after_change is 'the newest alert change that the act can have known: an act is told right after it';

-- Who is told. `change` and `act` are the numbers up to which everything was accepted, set aside or not for them;
-- null filters let everything through. `edit` rises whenever a person changes the row.
create table webhook_targets (
    id               bigint      generated always as identity primary key,
    name             text        not null,
    url              text        not null,
    secret           bytea       not null,
    former_secret    bytea,
    former_until     timestamptz,
    events           text[],
    district_ids     text[],
    severities       text[],
    rules            text[],
    state            text        not null default 'active' check (state in ('active', 'paused', 'off')),
    edit             integer     not null default 1,
    created_by       text        not null,
    created_at       timestamptz not null default now(),
    change           bigint      not null,
    act              bigint      not null,
    failures         integer     not null default 0,
    set_aside        integer     not null default 0,
    next_try_at      timestamptz,
    succeeded_at     timestamptz,
    failed_at        timestamptz,
    error            text,
    status           integer,
    answer           text,
    aside_wanted     boolean     not null default false,
    skipped_changes  bigint      not null default 0
);

comment on column webhook_targets.failures is 'attempts in a row that failed';
comment on column webhook_targets.set_aside is 'events set aside in a row, with none accepted between';
comment on column webhook_targets.error is 'why the last attempt that failed did, as a code; the status and the answer where there were any';
comment on column webhook_targets.aside_wanted is 'a person wants the event that is not accepted to become a dead letter';
comment on column webhook_targets.skipped_changes is 'changes that were deleted before the target took them';

-- Dead letters: what a target refused for good, and what waits behind it because it is about the same alert or case.
create table webhook_letters (
    id         bigint      generated always as identity primary key,
    target_id  bigint      not null references webhook_targets (id) on delete cascade,
    event_id   text        not null,
    at         timestamptz not null default now(),
    subjects   text[]      not null,
    body       text        not null,
    state      text        not null check (state in ('refused', 'behind', 'resend')),
    tries      integer     not null default 0,
    tried_at   timestamptz,
    status     integer,
    answer     text,
    unique (target_id, event_id)
);

create index webhook_letters_by_subject on webhook_letters using gin (subjects);

-- A person asks for one event that says nothing, to see what the target answers.
create table webhook_pings (
    target_id    bigint      primary key references webhook_targets (id) on delete cascade,
    asked_at     timestamptz not null,
    answered_at  timestamptz,
    error        text,
    status       integer,
    answer       text,
    took_ms      integer
);
