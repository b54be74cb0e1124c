-- The local days of which a station's device has readings, and what was read: how often each value of flag N
-- came, by particulate. tally_json is null while there are readings that are not counted in it.
-- is_late: readings came after the day was to be judged.
create table dust_days (
    device_id   text     not null,
    day         date     not null,
    tally_json  text,
    is_late     boolean  not null default false,
    primary key (device_id, day)
);

create index dust_days_to_count on dust_days (device_id, day) where tally_json is null;

-- Readings stored before there were such days. Whatever the time zone, they are of one of these; a day without
-- any is counted as that.
insert into dust_days (device_id, day, is_late)
select distinct device_id, (time at time zone 'UTC')::date + n, true
from dust, generate_series(-1, 1) n
where time > now() - interval '9 days';
