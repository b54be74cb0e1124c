-- The city's own templates of the bulletin. Times as ms since 1970 UTC.

-- name: heads
select language, name, octet_length(content) as bytes, author, ms_of(at) as at_ms
from bulletin_templates
order by language;

-- name: content
select content from bulletin_templates where language = $1;

-- name: keep
-- The one before is gone: who sent it has it, and the audit log says when it was replaced.
insert into bulletin_templates (language, name, content, author) values ($1, $2, $3, $4)
on conflict (language)
    do update set name = excluded.name, content = excluded.content, author = excluded.author, at = now();

-- name: drop
delete from bulletin_templates where language = $1 returning language;
