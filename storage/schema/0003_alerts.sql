-- Alerts as they stand, and every change of them, numbered in the order of commit.

create table alerts (
    id                uuid        primary key,
    revision          integer     not null,
    rule              text        not null,
    rule_id           text        not null,
    ruleset_version   integer     not null,
    severity          text        not null,
    subject           text        not null,
    first_started_at  timestamptz not null,
    started_at        timestamptz not null,
    detected_at       timestamptz not null,
    ended_at          timestamptz,
    device_id         text,
    vehicle_id        text,
    station_id        text,
    area              text,
    district_id       text,
    lon               double precision,
    lat               double precision,
    zone_ids          text[]      not null,
    found_late        boolean     not null,
    withdrawn         text,
    evidence          text        not null
);

create index alerts_by_detection on alerts (detected_at desc, id desc);

create index alerts_by_device on alerts (device_id, detected_at desc, id desc);

create index alerts_open on alerts (detected_at desc, id desc) where ended_at is null and withdrawn is null;

-- The counter's one row is locked from the moment a transaction takes numbers until it has committed:
-- whoever has seen number n has seen all below it. Rolled back, the numbers are given out again.
create table change_counter (
    only_row  boolean  primary key default true check (only_row),
    newest    bigint   not null
);

insert into change_counter (newest) values (0);

create table alert_changes (
    number            bigint      primary key,
    at                timestamptz not null,
    id                uuid        not null,
    revision          integer     not null,
    rule              text        not null,
    rule_id           text        not null,
    ruleset_version   integer     not null,
    severity          text        not null,
    subject           text        not null,
    first_started_at  timestamptz not null,
    started_at        timestamptz not null,
    detected_at       timestamptz not null,
    ended_at          timestamptz,
    device_id         text,
    vehicle_id        text,
    station_id        text,
    area              text,
    district_id       text,
    lon               double precision,
    lat               double precision,
    zone_ids          text[]      not null,
    found_late        boolean     not null,
    withdrawn         text,
    evidence          text        not null
);

create index alert_changes_by_alert on alert_changes (id, number);

-- How far each way out (MQTT, a webhook) has delivered the changes.
create table forwarders (
    name    text    primary key,
    number  bigint  not null
);
