-- Lines of a day that still runs: counted up to counted_at, again and again, and anew once the day is over.
alter table work_days add column is_whole boolean not null default true;

create index work_days_running on work_days (day) where not is_whole;
