-- Versions of the registry as people read them: what was meant, how much each holds, and those called off
-- before they took effect. A cancelled version stays, so that its number is never given out again.

-- How many entries each section has. As json, not jsonb: it takes any text that JSON can write.
create function registry_counts(document bytea) returns json
    language sql stable strict
    return (
        select coalesce(json_object_agg(key, json_array_length(value)), '{}'::json)
        from json_each(convert_from(document, 'UTF8')::json)
        where json_typeof(value) = 'array'
    );

alter table registry_versions
    add column note text not null default '',
    add column counts json,
    add column cancelled_at timestamptz,
    add column cancelled_by text;

update registry_versions set counts = registry_counts(document);

alter table registry_versions
    alter column counts set not null,
    add constraint who_cancels_is_known check ((cancelled_at is null) = (cancelled_by is null));
