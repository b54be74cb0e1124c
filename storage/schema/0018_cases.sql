-- What people do about alerts: cases, the alerts in them, the append-only log, files, and what is shelved.
-- A case begins with somebody's first act on an alert, or with a warning that came from outside.

create table cases (
    id               bigint      generated always as identity primary key,
    version          integer     not null default 1,
    state            text        not null,
    source           text        not null check (source in ('alert', 'external')),
    title            text        not null default '',
    reference        text        unique,
    district_id      text,
    lon              double precision,
    lat              double precision,
    opened_at        timestamptz not null,
    verify_due_at    timestamptz not null,
    verified_at      timestamptz,
    assignee         text,
    assigned_at      timestamptz,
    close_due_at     timestamptz,
    was_extended     boolean     not null default false,
    finding          text,
    closed_at        timestamptz,
    disputed         boolean     not null default false,
    review           text,
    escalated_at     timestamptz,
    supervised       boolean     not null default false
);

comment on column cases.reference is 'the number that an outside sender gave it; the same warning again is the same case';
comment on column cases.review is 'what the engine changed after people had acted, for somebody to look at; null for nothing';

create index cases_open on cases (verify_due_at, id) where state not in ('closed', 'dismissed');

-- An alert is in one case at most.
create table case_alerts (
    alert_id  uuid    primary key references alerts (id),
    case_id   bigint  not null references cases (id)
);

create index case_alerts_by_case on case_alerts (case_id);

-- One number for the acts of all cases, handed out in commit order like those of the alert changes.
create table case_log (
    number      bigint      primary key,
    at          timestamptz not null,
    case_id     bigint      not null references cases (id),
    user_id     text        not null,
    user_name   text        not null,
    act         text        not null,
    from_state  text,
    to_state    text        not null,
    reason      text        not null default '',
    detail      text        not null default '{}'
);

create index case_log_by_case on case_log (case_id, number);

create trigger case_log_is_append_only before update or delete on case_log
    for each row execute function refuse_rewriting();

create table case_counter (
    only_row  boolean  primary key default true check (only_row),
    newest    bigint   not null
);

insert into case_counter (newest) values (0);

create table attachments (
    id          uuid        primary key,
    case_id     bigint      not null references cases (id),
    at          timestamptz not null default now(),
    user_id     text        not null,
    name        text        not null,
    media_type  text        not null,
    size        integer     not null,
    sha256      bytea       not null,
    content     bytea       not null
);

create index attachments_by_case on attachments (case_id, at);

-- Shelving hides one subject's alerts of one rule from the list for a while. It stops nothing else.
create table shelves (
    id          bigint      generated always as identity primary key,
    subject     text        not null,
    rule_id     text        not null,
    district_id text,
    at          timestamptz not null default now(),
    until       timestamptz not null,
    reason      text        not null,
    user_id     text        not null,
    taken_back_at  timestamptz,
    taken_back_by  text,
    constraint at_most_twelve_hours check (until <= at + interval '12 hours 1 minute')
);

create index shelves_by_until on shelves (until);
