-- What is kept of vehicles' ways for the questions that span devices: visits of zones, loaded stays far from
-- every zone, trips. `is_new` marks what the area step has not looked at yet; what late data contradicts is
-- withdrawn, and looked at once more.
create table facts (
    device_id   text        not null,
    kind        text        not null,
    about       text        not null,
    started_at  timestamptz not null,
    ended_at    timestamptz,
    known_at    timestamptz not null,
    vehicle_id  text        not null,
    permit_id   text,
    lon         double precision,
    lat         double precision,
    withdrawn   boolean     not null default false,
    found_late  boolean     not null default false,
    is_new      boolean     not null default true,
    primary key (device_id, kind, about, started_at)
) with (fillfactor = 70);

create index facts_new on facts (device_id) where is_new;

create index facts_by_start on facts (kind, started_at);

create index facts_by_end on facts (kind, about, coalesce(ended_at, 'infinity'::timestamptz));

-- The vehicles on a station's site while its dust was over a limit, as JSON; the area step writes it.
alter table alerts add column on_site text;

alter table alert_changes add column on_site text;

create index alerts_by_rule on alerts (rule, started_at);
