-- What is issued and mailed by itself once a period is over, and what came of it.

create table schedules (
    id            bigint      generated always as identity primary key,
    name          text        not null,
    kind          text        not null check (kind in ('week', 'month')),
    after_days    integer     not null default 0 check (after_days between 0 and 27),
    at_minute     integer     not null check (at_minute between 0 and 1439),
    formats       text[]      not null,
    language      text        not null check (language in ('zh', 'en')),
    district_ids  text[],
    recipients    text[]      not null,
    is_active     boolean     not null default true,
    created_by    text        not null,
    created_at    timestamptz not null default now()
);

comment on column schedules.after_days is 'whole days after the period''s end before it is due, at at_minute of the local day';
comment on column schedules.district_ids is 'the districts its files are of; null for all';

-- One row a schedule and period: what is due is done once, however often one looks.
create table schedule_runs (
    schedule_id  bigint      not null references schedules (id) on delete cascade,
    period       text        not null,
    due_at       timestamptz not null,
    state        text        not null default 'due' check (state in ('due', 'done', 'failed')),
    attempts     integer     not null default 0,
    next_try_at  timestamptz not null,
    number       integer,
    done_at      timestamptz,
    sent_to      text[]      not null default '{}',
    error        text,
    detail       text        not null default '',
    primary key (schedule_id, period)
);

comment on column schedule_runs.number is 'of the statement that went out';
comment on column schedule_runs.sent_to is 'whom the mail server took it for';

create index schedule_runs_due on schedule_runs (next_try_at) where state = 'due';
