-- What judging resumes from: devices' encoded states, and the versions of the registry.

-- One checkpoint a device and hour of judged time, the last one given; the newest is the one to resume
-- from, older ones are where late data is judged from. judged_hour is -1 before a device's first report.
create table checkpoints (
    device_id        text        not null,
    judged_hour      integer     not null,
    judged_at        timestamptz,
    judged_seq       bigint,
    judged_digest    bytea,
    ruleset_version  integer     not null,
    saved_at         timestamptz not null default now(),
    state            bytea       not null,
    primary key (device_id, judged_hour)
) with (fillfactor = 60);

create table registry_versions (
    version         integer     primary key,
    effective_from  timestamptz not null,
    saved_at        timestamptz not null default now(),
    author          text        not null,
    document        bytea       not null
);
