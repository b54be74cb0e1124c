-- What handling cases takes beyond the acts: warnings of several senders, what the field reads and sends back by
-- a link that opens one case and nothing else, and who has a case open.

alter table cases
    add column sender   text,
    add column plate    text,
    add column message  text not null default '';

comment on column cases.sender is 'who warned from outside; each sender counts its own numbers';
comment on column cases.message is 'what the field reads, exactly as whoever assigned saw it';

alter table cases drop constraint cases_reference_key;

create unique index cases_by_reference on cases (coalesce(sender, ''), reference) where reference is not null;

create index cases_placed on cases (id) where source = 'external' and state not in ('closed', 'dismissed');

create index case_log_by_user on case_log (user_id, case_id);

alter table users add column unit text;

comment on column users.unit is 'whose cases are this person''s too; null for none';

create trigger attachments_are_kept before update or delete on attachments
    for each row execute function refuse_rewriting();

-- A link opens the form of one case for as long as the case is open. Its secret is kept as a digest alone.
create table case_links (
    id          bigint      generated always as identity primary key,
    case_id     bigint      not null references cases (id),
    digest      bytea       not null unique,
    unit        text        not null,
    made_by     text        not null,
    made_at     timestamptz not null default now(),
    expires_at  timestamptz not null,
    revoked_at  timestamptz,
    used_at     timestamptz
);

create index case_links_by_case on case_links (case_id) where revoked_at is null;

-- What a phone has delivered, by the key that the phone chose: sent again, it is here already.
create table field_deliveries (
    key           uuid        primary key,
    case_id       bigint      not null references cases (id),
    link_id       bigint      not null references case_links (id),
    delivered_at  timestamptz not null
);

-- Who has a case open just now. Lost in a crash, and no loss.
create unlogged table case_presence (
    case_id  bigint      not null,
    user_id  text        not null,
    name     text        not null,
    seen_at  timestamptz not null,
    primary key (case_id, user_id)
);

-- Cases as they are read. `due_ms` is the nearer of the deadlines that still run; `sort_ms` puts what is open by
-- its deadline, then what is done, the newest first.
create view case_rows as
with timed as (
    select
        c.*,
        case when c.verified_at is null then least(c.verify_due_at, c.close_due_at) else c.close_due_at end as due_at,
        c.state in ('closed', 'dismissed') as is_done
    from cases c
)
select
    c.id, c.version, c.state, c.source, c.sender, c.title, c.reference, c.district_id, c.lon, c.lat, c.plate,
    ms_of(c.opened_at) as opened_ms, ms_of(c.verify_due_at) as verify_due_ms, ms_of(c.verified_at) as verified_ms,
    c.assignee, ms_of(c.assigned_at) as assigned_ms, ms_of(c.close_due_at) as close_due_ms, c.was_extended, c.message,
    c.finding, ms_of(c.closed_at) as closed_ms, c.disputed, c.review, ms_of(c.escalated_at) as escalated_ms,
    c.supervised,
    (
        select count(*) from case_log l
        where l.case_id = c.id and l.act = 'remind' and l.at >= c.assigned_at
    )::integer as reminders,
    array(select a.alert_id from case_alerts a where a.case_id = c.id order by a.alert_id) as alert_ids,
    c.is_done,
    case when c.is_done then null else ms_of(c.due_at) end as due_ms,
    case
        when c.is_done then 9000000000000000 - coalesce(ms_of(c.closed_at), 0)
        else coalesce(ms_of(c.due_at), 8000000000000000)
    end as sort_ms
from timed c;
