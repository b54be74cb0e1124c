-- What vehicles did by local day: driven, worked, hauled, collected. A line is to be counted while counted_at is
-- null; is_late: something of the day came after it was first to be counted. The district of a line is the one in
-- which most of the day's fixes lay.
create table work_days (
    device_id    text     not null,
    day          date     not null,
    counted_at   timestamptz,
    is_late      boolean  not null default false,
    vehicle_id   text,
    district_id  text,
    plan_id      text,
    reports      integer,
    driven_m     double precision,
    odometer_m   double precision,
    moving_s     double precision,
    engine_s     double precision,
    working_m    double precision,
    working_s    double precision,
    rounds       integer,
    trips        integer,
    tonnes       double precision,
    primary key (device_id, day)
);

create index work_days_to_count on work_days (device_id, day) where counted_at is null;

create index work_days_by_day on work_days (day);

-- The trips that ended in a day, added up by what they have in common. '' is none or unknown.
create table work_hauls (
    device_id         text              not null,
    day               date              not null,
    source_id         text              not null,
    permit_id         text              not null,
    unloaded_id       text              not null,
    vehicle_id        text              not null,
    trips             integer           not null,
    measured_trips    integer           not null,
    weightless_trips  integer           not null,
    elsewhere_trips   integer           not null,
    tonnes            double precision  not null,
    rated_t           double precision  not null,
    primary key (device_id, day, source_id, permit_id, unloaded_id, vehicle_id)
);

create index work_hauls_by_day on work_hauls (day);

create index work_hauls_by_permit on work_hauls (permit_id, day) where permit_id <> '';

-- The stops of refuse runs whose window ended in a day, by the district they lie in ('' outside all).
create table work_runs (
    device_id    text     not null,
    day          date     not null,
    run_id       text     not null,
    district_id  text     not null,
    vehicle_id   text     not null,
    served       integer  not null,
    late         integer  not null,
    missed       integer  not null,
    unknown      integer  not null,
    primary key (device_id, day, run_id, district_id)
);

create index work_runs_by_day on work_runs (day);
