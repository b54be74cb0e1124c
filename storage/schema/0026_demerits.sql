-- What violations cost: schemes by the day they take effect, appeals with what was decided, and who is on a list by hand.
-- All of it is kept as it was entered: what changes is a row of its own.

create table demerit_schemes (
    version         integer     primary key,
    effective_from  date        not null,
    author          text        not null,
    note            text        not null default '',
    at              timestamptz not null default clock_timestamp(),
    document        text        not null
);

comment on column demerit_schemes.effective_from is 'a local day; never falls from one version to the next';

create trigger demerit_schemes_is_append_only before update or delete on demerit_schemes
    for each row execute function refuse_rewriting();

create table appeals (
    id           bigint      generated always as identity primary key,
    alert_id     uuid        not null references alerts (id),
    company_id   text,
    vehicle_id   text        not null,
    district_id  text,
    at           timestamptz not null,
    user_id      text        not null,
    user_name    text        not null,
    file_number  text        not null default '',
    reason       text        not null
);

create index appeals_by_alert on appeals (alert_id, id);

create trigger appeals_is_append_only before update or delete on appeals
    for each row execute function refuse_rewriting();

-- What was decided; the newest row of an appeal is how it stands, one without any is open.
create table appeal_decisions (
    number           bigint      generated always as identity primary key,
    appeal_id        bigint      not null references appeals (id),
    at               timestamptz not null,
    user_id          text        not null,
    user_name        text        not null,
    state            text        not null check (state in ('upheld', 'partly', 'refused')),
    company_points   integer,
    vehicle_points   integer,
    reason           text        not null,
    constraint partly_says_how_much check (
        (state = 'partly') = (company_points is not null) and (state = 'partly') = (vehicle_points is not null)
    )
);

create index appeal_decisions_by_appeal on appeal_decisions (appeal_id, number);

create trigger appeal_decisions_is_append_only before update or delete on appeal_decisions
    for each row execute function refuse_rewriting();

create table listings (
    id          bigint      generated always as identity primary key,
    about       text        not null check (about in ('company', 'vehicle')),
    subject_id  text        not null,
    list        text        not null check (list in ('watch', 'blacklist')),
    at          timestamptz not null,
    until       date,
    reason      text        not null,
    user_id     text        not null,
    user_name   text        not null
);

comment on column listings.until is 'the last local day; null until it is taken off';

create index listings_by_subject on listings (about, subject_id, id);

create trigger listings_is_append_only before update or delete on listings
    for each row execute function refuse_rewriting();

create table listing_removals (
    listing_id  bigint      primary key references listings (id),
    at          timestamptz not null,
    reason      text        not null,
    user_id     text        not null,
    user_name   text        not null
);

create trigger listing_removals_is_append_only before update or delete on listing_removals
    for each row execute function refuse_rewriting();
