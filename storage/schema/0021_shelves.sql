-- What is shelved is shelved because of one alert: how severe it was then, and whether its end is the shelf's end.

alter table shelves
    add column alert_id     uuid     references alerts (id),
    add column severity     text     not null default 'major',
    add column until_ended  boolean  not null default false,
    add column user_name    text     not null default '';

comment on column shelves.subject is 'vehicle:V1, station:S1, area:A1 or device:T1, as the list groups alerts by whom they are about';
comment on column shelves.severity is 'an alert more severe than this is not hidden';
comment on column shelves.until_ended is 'over as soon as the alert that it was made for has ended; what begins anew is shown';

create index shelves_by_time on shelves (at);
