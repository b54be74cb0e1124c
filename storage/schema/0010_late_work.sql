-- Devices of which reports were stored that came after newer ones had been judged, and since when (device
-- time) they are to be judged again. revision rises with each such report, so that work noted meanwhile stays.
create table late_work (
    device_id  text        primary key,
    since      timestamptz not null,
    revision   integer     not null default 1,
    noted_at   timestamptz not null default now()
) with (fillfactor = 50);
