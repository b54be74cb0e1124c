-- What devices said: one row a report, keyed by device, time and digest of the content, so that the same
-- report again changes nothing. Times are device time; received_at is the time of arrival.

create function at_ms(ms bigint) returns timestamptz
    language sql immutable strict parallel safe
    return timestamptz '1970-01-01 00:00:00+00' + ms * interval '1 millisecond';

create function ms_of(at timestamptz) returns bigint
    language sql immutable strict parallel safe
    return (extract(epoch from at) * 1000)::bigint;

create table positions (
    device_id    text        not null,
    time         timestamptz not null,
    digest       bytea       not null,
    received_at  timestamptz not null,
    seq          bigint,
    lon          double precision,
    lat          double precision,
    fix          boolean     not null,
    accuracy_m   double precision,
    speed_kmh    double precision,
    heading_deg  double precision,
    altitude_m   double precision,
    ignition     boolean,
    load         text,
    weight_t     double precision,
    lift         boolean,
    cover        text,
    odometer_km  double precision,
    alarms_json  text,
    extra_json   text,
    primary key (device_id, time, digest)
);

create table dust (
    device_id      text        not null,
    time           timestamptz not null,
    digest         bytea       not null,
    received_at    timestamptz not null,
    interval_s     double precision not null,
    pm25_ugm3      double precision,
    pm10_ugm3      double precision,
    tsp_ugm3       double precision,
    noise_db       double precision,
    wind_speed_ms  double precision,
    wind_dir_deg   double precision,
    temperature_c  double precision,
    humidity_pct   double precision,
    pressure_kpa   double precision,
    flags_json     text,
    extra_json     text,
    primary key (device_id, time, digest)
);

-- stored_at tells a restart which values came after a station's checkpoint.
create table background (
    area_id            text        not null,
    time               timestamptz not null,
    digest             bytea       not null,
    received_at        timestamptz not null,
    stored_at          timestamptz not null default now(),
    pm10_ugm3          double precision,
    pm25_ugm3          double precision,
    tsp_ugm3           double precision,
    aqi                double precision,
    primary_pollutant  text,
    extra_json         text,
    primary key (area_id, time, digest)
);

-- The newest report of each device, in its device's order. Rows are rewritten all the time; the room left
-- in each page lets PostgreSQL do that in place. No index on a changing column, for the same reason.
create table latest_positions (
    device_id    text        primary key,
    time         timestamptz not null,
    seq          bigint,
    digest       bytea       not null,
    received_at  timestamptz not null,
    lon          double precision,
    lat          double precision,
    speed_kmh    double precision,
    heading_deg  double precision,
    ignition     boolean,
    load         text,
    lift         boolean,
    cover        text
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.5);

create table latest_dust (
    device_id      text        primary key,
    time           timestamptz not null,
    digest         bytea       not null,
    received_at    timestamptz not null,
    pm25_ugm3      double precision,
    pm10_ugm3      double precision,
    tsp_ugm3       double precision,
    noise_db       double precision
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.5);

create table device_status (
    device_id    text        primary key,
    online       boolean     not null,
    since        timestamptz not null,
    received_at  timestamptz not null
) with (fillfactor = 70);
