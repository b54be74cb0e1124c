-- What became of every element that arrived: refused ones as they came, and the account that must tie.

-- Anything may be in a topic, a NUL too, which text cannot hold. equal_to is a digest of topic, reason and
-- payload: a redelivered message finds its own rejection by it.
create table rejections (
    id           bigint      generated always as identity primary key,
    received_at  timestamptz not null,
    reason       text        not null,
    detail       text        not null,
    device_id    text        not null,
    topic        bytea       not null,
    payload      bytea       not null,
    equal_to     bytea       not null
);

create index rejections_equal_to on rejections (equal_to);

create index rejections_received_at on rejections using brin (received_at);

-- day is the local day of arrival. A rejection that names no device counts under the empty id.
create table loss_account (
    device_id    text    not null,
    day          date    not null,
    received     bigint  not null,
    stored       bigint  not null,
    duplicate    bigint  not null,
    rejected     bigint  not null,
    late         bigint  not null,
    redelivered  bigint  not null,
    primary key (device_id, day),
    constraint everything_received_is_accounted_for check (received = stored + duplicate + rejected)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.5);

create table bad_fields (
    device_id  text    not null,
    day        date    not null,
    field      text    not null,
    count      bigint  not null,
    primary key (device_id, day, field)
);
