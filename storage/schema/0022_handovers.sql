-- How one shift hands over to the next: what was open then, as it was then, a note and to whom.

create table handovers (
    id            bigint      generated always as identity primary key,
    at            timestamptz not null,
    user_id       text        not null,
    user_name     text        not null,
    handed_to     text        not null,
    note          text        not null default '',
    district_ids  text[],
    state         text        not null
);

comment on column handovers.district_ids is 'the districts it speaks of; null for all';
comment on column handovers.state is 'what was open, as JSON of the API';

create trigger handovers_are_append_only before update or delete on handovers
    for each row execute function refuse_rewriting();
