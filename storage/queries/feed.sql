-- What other platforms are told, in one order: alert changes by their number, each act right after the newest
-- change that it can have known. One statement sees all changes that its acts knew.

-- name: told_after
-- What comes after change $1 and act $2. $4 is a scope; $5 to $8 are a target's filters by kind of event, district,
-- severity and rule. An alert that has passed a filter once is told to its end, and so is its case.
with page as (
    select kind, number, after_change, place
    from (
        (
            select 'alert' as kind, number, number as after_change, 0 as place
            from alert_changes where number > $1 order by number limit $3
        )
        union all
        (
            select 'case', number, after_change, 1
            from case_log where number > $2 order by number limit $3
        )
    ) both_kinds
    order by after_change, place, number
    limit $3
), about as (
    select p.*,
        coalesce(a.district_id, c.district_id) as district_id,
        case when p.kind = 'alert' then array[a.id] else array(
            select x.alert_id from case_alerts x where x.case_id = c.id
            union
            select one::uuid from jsonb_array_elements_text(coalesce(l.detail::jsonb -> 'alert_ids', '[]')) one
        ) end as alert_ids,
        coalesce(c.id, k.case_id) as case_id
    from page p
    left join alert_changes a on p.kind = 'alert' and a.number = p.number
    left join case_alerts k on k.alert_id = a.id
    left join case_log l on p.kind = 'case' and l.number = p.number
    left join cases c on c.id = l.case_id
)
select kind, number, alert_ids, case_id,
    ($4::text[] is null or district_id = any($4))
    and ($5::text[] is null or kind = any($5))
    and (
        coalesce($6::text[], $7::text[], $8::text[]) is null
        or (cardinality(alert_ids) = 0 and ($6 is null or district_id = any($6)))
        or exists (
            select from alert_changes k
            where k.id = any(alert_ids)
                and (kind = 'case' or k.number <= about.number)
                and ($6 is null or k.district_id = any($6))
                and ($7 is null or k.severity = any($7))
                and ($8 is null or k.rule = any($8))
        )
        or exists (
            select from alerts k
            where kind = 'case' and k.id = any(alert_ids)
                and ($6 is null or k.district_id = any($6))
                and ($7 is null or k.severity = any($7))
                and ($8 is null or k.rule = any($8))
        )
    ) as is_wanted
from about
order by after_change, place, number;

-- name: newest_told
-- The oldest change kept, the newest change and the newest act.
select
    coalesce((select min(number) from alert_changes), c.newest + 1) as oldest, c.newest as change, a.newest as act
from change_counter c, case_counter a;

-- name: changes_told
select number, ms_of(at) as at_ms, {alert_columns}
from alert_changes
where number = any($1::bigint[]);

-- name: acts_told
select
    l.number, ms_of(l.at) as at_ms, l.case_id, l.user_id, l.user_name, l.act, l.from_state, l.to_state, l.reason,
    l.detail, c.source, c.sender, c.reference, c.title, c.district_id, c.lon, c.lat, c.plate,
    array(select a.alert_id from case_alerts a where a.case_id = c.id order by a.alert_id) as alert_ids
from case_log l join cases c on c.id = l.case_id
where l.number = any($1::bigint[]);

-- name: standing_alerts
-- The state of things: alerts that go on, and all detected from $2 on, after the row $3.
select {alert_columns}
from alerts
where ($1::text[] is null or district_id = any($1))
    and ((ended_at is null and withdrawn is null) or detected_at >= at_ms($2))
    and ($3::uuid is null or id > $3)
order by id
limit $4;

-- name: standing_cases
-- Cases that are open, and all on which somebody acted from $2 on, after the case $3.
select *
from case_rows
where ($1::text[] is null or district_id = any($1))
    and (not is_done or exists (select from case_log l where l.case_id = case_rows.id and l.at >= at_ms($2)))
    and id > $3
order by id
limit $4;
