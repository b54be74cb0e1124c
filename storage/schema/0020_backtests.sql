-- Backtests that people ask for: a queue that one process at a time works off, and what came of each.

create table backtests (
    id               bigint      generated always as identity primary key,
    state            text        not null default 'queued'
        check (state in ('queued', 'running', 'done', 'failed', 'cancelled')),
    asked_at         timestamptz not null default clock_timestamp(),
    asked_by         text        not null,
    draft_id         bigint,
    version          integer     references registry_versions (version),
    against_version  integer     references registry_versions (version),
    document         bytea,
    from_at          timestamptz not null,
    to_at            timestamptz not null,
    attempt          integer     not null default 0,
    lost             integer     not null default 0,
    started_at       timestamptz,
    ended_at         timestamptz,
    done_share       double precision not null default 0,
    reports          bigint      not null default 0,
    reports_per_s    double precision,
    left_s           double precision,
    reason           text        not null default '',
    detail           text        not null default '',
    result           text,
    constraint tries_a_draft_or_a_version check ((draft_id is null) <> (version is null)),
    constraint spans_time check (from_at < to_at),
    constraint a_result_when_done check ((state = 'done') = (result is not null))
);

comment on column backtests.document is 'what the draft said when it was asked; kept until the end';
comment on column backtests.against_version is 'null for the alerts as they were judged';
comment on column backtests.attempt is 'whoever runs it writes under the number it took; a later one makes it void';
comment on column backtests.lost is 'how often whoever ran it was gone before the end';

create index backtests_unfinished on backtests (id) where state in ('queued', 'running');

-- What appears, vanishes and changes, in the order of the difference; each as the JSON object of its file.
create table backtest_changes (
    backtest_id  bigint   not null references backtests (id) on delete cascade,
    number       integer  not null,
    change       text     not null,
    rule         text     not null,
    severity     text     not null,
    line         text     not null,
    primary key (backtest_id, number)
);
