-- The city's own templates of the bulletin, a Word file a language; where there is none the ready-made one is used.

create table bulletin_templates (
    language  text        primary key check (language in ('en', 'zh')),
    name      text        not null,
    content   bytea       not null,
    author    text        not null,
    at        timestamptz not null default now()
);

comment on column bulletin_templates.name is 'what the file was called where it came from';
