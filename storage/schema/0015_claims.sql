-- Names of which one process at a time is the holder. Who has lost a name may not know it yet, so every claim
-- raises the epoch, and what a holder commits is refused unless its epoch is still the newest.

create table claims (
    name  text   primary key,
    epoch bigint not null default 1
);

-- The slots that the devices are divided into, fixed from the first start of ingest on, and whether the
-- broker is known to keep a session for each.
create table ingest_slots (
    slot        integer primary key check (slot >= 0),
    has_session boolean not null default false
);

-- Background values that a slot stored for its own stations before the slot that counts them did.
create table background_uncounted (
    area_id text        not null,
    time    timestamptz not null,
    digest  bytea       not null,
    primary key (area_id, time, digest)
);
