-- Who may sign in, with what, and what they did. Passwords are kept as argon2id hashes, tokens and sessions
-- as SHA-256 digests: what leaks from here opens nothing.

create table users (
    id              text        primary key check (id ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
    name            text        not null,
    role            text        not null check (role in ('viewer', 'dispatcher', 'analyst', 'administrator')),
    district_ids    text[],
    password_hash   text        not null,
    created_at      timestamptz not null default now(),
    disabled_at     timestamptz,
    failures        integer     not null default 0,
    locked_until    timestamptz
);

comment on column users.district_ids is 'the districts this person may see; null for all';

create table sessions (
    digest        bytea       primary key,
    user_id       text        not null references users (id),
    created_at    timestamptz not null default now(),
    seen_at       timestamptz not null default now(),
    expires_at    timestamptz not null,
    address       text        not null
);

create index sessions_by_user on sessions (user_id);

create table api_tokens (
    id            bigint      generated always as identity primary key,
    digest        bytea       not null unique,
    name          text        not null,
    user_id       text        not null references users (id),
    role          text        not null check (role in ('viewer', 'dispatcher', 'analyst', 'administrator')),
    district_ids  text[],
    created_at    timestamptz not null default now(),
    expires_at    timestamptz not null,
    revoked_at    timestamptz,
    used_at       timestamptz
);

-- Everything that people did to the service; what they did with cases is in the cases' own log.
create table audit (
    id        bigint      generated always as identity primary key,
    at        timestamptz not null default clock_timestamp(),
    user_id   text,
    act       text        not null,
    subject   text        not null,
    detail    text        not null default '{}',
    address   text        not null default ''
);

create index audit_by_time on audit (at desc, id desc);

create function refuse_rewriting() returns trigger
    language plpgsql
    as 'begin raise exception ''% is a log: rows are added, never changed'', tg_table_name; end';

create trigger audit_is_append_only before update or delete on audit
    for each row execute function refuse_rewriting();
