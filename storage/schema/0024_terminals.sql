-- Terminals that speak through a gateway: who knocks, who may speak and as which device, and what they are asked.

create table terminals (
    protocol          text        not null check (protocol in ('jt808', 'hj212')),
    terminal_id       text        not null check (length(terminal_id) between 1 and 64),
    state             text        not null default 'waiting' check (state in ('waiting', 'approved', 'blocked')),
    device_id         text,
    model             text,
    settings          text        not null default '{}',
    code_digest       bytea,
    said              text        not null default '{}',
    first_seen_at     timestamptz not null default now(),
    last_seen_at      timestamptz not null default now(),
    address           text        not null default '',
    connected_at      timestamptz,
    frames            bigint      not null default 0,
    refused           bigint      not null default 0,
    refused_at        timestamptz,
    refused_reason    text,
    conflict_at       timestamptz,
    conflict_address  text,
    decided_by        text,
    decided_at        timestamptz,
    primary key (protocol, terminal_id),
    constraint the_approved_are_somebody check (state <> 'approved' or device_id is not null)
) with (fillfactor = 60);

comment on column terminals.code_digest is 'SHA-256 of the code it signs on with; null before it has registered';
comment on column terminals.said is 'what it said of itself when it registered, as JSON';
comment on column terminals.conflict_at is 'when another one last signed on with its id while it was there';

create unique index terminals_by_device on terminals (device_id) where state = 'approved';

create table terminal_commands (
    id            bigint      generated always as identity primary key,
    protocol      text        not null,
    terminal_id   text        not null,
    kind          text        not null check (kind in ('report_interval', 'locate')),
    interval_s    integer     check (interval_s between 1 and 3600),
    asked_by      text        not null,
    asked_at      timestamptz not null default now(),
    sent_at       timestamptz,
    answered_at   timestamptz,
    result        text        check (result in ('done', 'failed', 'bad_message', 'not_supported', 'superseded')),
    foreign key (protocol, terminal_id) references terminals on delete cascade,
    constraint answered_with_a_result check ((answered_at is null) = (result is null))
);

create index terminal_commands_by_terminal on terminal_commands (protocol, terminal_id, id);

-- Refused frames are kept among the rejections, under a topic of their own: protocol/terminal.
create index rejections_by_topic on rejections (topic, id);
