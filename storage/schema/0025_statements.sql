-- Statements as they were issued: everything that a week's or a month's files say, so that a file made again is
-- the same. Number 0 is the first of a period, later ones amend it.

create table statements (
    name         text        not null,
    number       integer     not null check (number >= 0),
    kind         text        not null check (kind in ('week', 'month')),
    stated_at    timestamptz not null,
    issued_by    text        not null,
    by_district  json        not null,
    content      bytea       not null,
    digest       bytea       not null,
    primary key (name, number)
);

create index statements_by_kind on statements (kind, name);

comment on column statements.by_district is 'alerts and violations of each district, "" for those of none: what a list says without reading the content';
comment on column statements.content is 'JSON, deflated';
comment on column statements.digest is 'SHA-256 of the JSON';

create trigger statements_are_kept before update or delete on statements
    for each row execute function refuse_rewriting();
