-- From when on periods that come due are a schedule's: since it was made, went on after a pause, or became one of
-- other periods. What somebody asks for goes out during a pause, too.

alter table schedules add column since timestamptz not null default now();

update schedules set since = created_at;

alter table schedule_runs add column is_asked boolean not null default false;
