-- Cases: what people do about alerts. A null scope ($1) covers everything.

-- name: lock_cases
select newest from case_counter for update;

-- name: set_newest_act
with counted as (update case_counter set newest = $1 returning newest)
select pg_notify('haulwatch_case_changes', newest::text) from counted;

-- name: newest_act
select newest from case_counter;

-- name: case_of_alert
select case_id from case_alerts where alert_id = $1;

-- name: case
select * from case_rows
where id = any($2::bigint[]) and ($1::text[] is null or district_id = any($1))
order by id;

-- name: matching_cases
-- How both queries below begin: the cases of a scope that a filter lets through, whatever their state. $3 and $4
-- are a person and a unit, of whom either will do; $8 is part of a text, $9 the vehicles and stations it names.
with matching as (
    select c.id, c.sort_ms, c.due_ms, c.state, c.is_done, c.review, c.source, c.lon
    from case_rows c
    where ($1::text[] is null or c.district_id = any($1))
        and ($2::text is null or c.assignee = $2)
        and (
            ($3::text is null and $4::text is null)
            or c.assignee = $4
            or exists (select from case_log l where l.case_id = c.id and l.user_id = $3)
        )
        and ($5::text is null or c.district_id = $5)
        and (
            $6::text is null
            or exists (
                select from case_alerts x join alerts a on a.id = x.alert_id where x.case_id = c.id and a.rule = $6
            )
        )
        and (
            $7::text[] is null
            or exists (
                select from case_alerts x join alerts a on a.id = x.alert_id
                where x.case_id = c.id and a.vehicle_id = any($7)
            )
        )
        and (
            $8::text is null
            or c.id::text = $8
            or position($8 in lower(concat_ws(' ', c.title, c.sender, c.reference, c.plate, c.assignee))) > 0
            or exists (
                select from case_alerts x join alerts a on a.id = x.alert_id
                where x.case_id = c.id and (a.vehicle_id = any($9::text[]) or a.station_id = any($9))
            )
        )
)

-- name: page_of_matching
-- One page of a tab ($14 and $15 continue after a row), with how many there are on all of its pages.
, shown as (
    select * from matching c
    where ($10::text[] is null or c.state = any($10))
        and (not $11::boolean or c.review is not null)
        and ($12::bigint is null or c.due_ms < $12)
        and (not $13::boolean or (c.source = 'external' and not c.is_done and c.lon is not null))
), page as (
    select c.id from shown c
    where $14::bigint is null or (c.sort_ms, c.id) > ($14, $15::bigint)
    order by c.sort_ms, c.id
    limit $16
)
select c.*, (select count(*) from shown) as total
from case_rows c
where c.id in (select id from page)
order by c.sort_ms, c.id;

-- name: count_matching
select
    count(*) filter (where state in ('new', 'acknowledged', 'reopened')) as to_assign,
    count(*) filter (where state = 'assigned') as awaiting_answer,
    count(*) filter (where state = 'answered') as to_close,
    count(*) filter (where review is not null) as review,
    count(*) filter (where due_ms < $10) as overdue,
    count(*) filter (where not is_done) as open,
    count(*) as all
from matching;

-- name: open_case
insert into cases (
    state, source, title, reference, district_id, lon, lat, opened_at, verify_due_at, sender, plate, close_due_at
)
values ('new', $1, $2, $3, $4, $5, $6, at_ms($7), at_ms($8), $9, $10, at_ms($11))
on conflict (coalesce(sender, ''), reference) where reference is not null do nothing
returning id;

-- name: case_by_reference
select id from cases where coalesce(sender, '') = coalesce($1, '') and reference = $2;

-- name: lock_case
select id from cases where id = $1 for update;

-- name: put_alert
insert into case_alerts (alert_id, case_id) values ($1, $2)
on conflict (alert_id) do update set case_id = excluded.case_id;

-- name: alerts_of_case
select alert_id from case_alerts where case_id = $1;

-- name: take_alert_out
delete from case_alerts where alert_id = $1 and case_id = $2 returning alert_id;

-- name: dismiss_joined
-- All its alerts were drawn into another case.
update cases set version = version + 1, state = 'dismissed', closed_at = at_ms($2), review = null where id = $1;

-- name: touch_case
update cases set version = version + 1 where id = $1;

-- name: save_case
update cases set
    version = version + 1, state = $2, assignee = $3, assigned_at = at_ms($4), close_due_at = at_ms($5),
    was_extended = $6, finding = $7, verified_at = at_ms($8), closed_at = at_ms($9), disputed = $10,
    supervised = $11, review = $12, message = $13
where id = $1;

-- name: append_act
insert into case_log (number, at, case_id, user_id, user_name, act, from_state, to_state, reason, detail)
values ($1, at_ms($2), $3, $4, $5, $6, $7, $8, $9, $10);

-- name: case_log
select number, ms_of(at) as at_ms, case_id, user_id, user_name, act, from_state, to_state, reason, detail
from case_log
where case_id = $1
order by number;

-- name: case_acts
-- Acts with a number above $2, in order, of cases within the scope.
select l.number, ms_of(l.at) as at_ms, l.case_id, l.user_id, l.user_name, l.act, l.from_state, l.to_state,
    l.reason, l.detail
from case_log l join cases c on c.id = l.case_id
where l.number > $2 and ($1::text[] is null or c.district_id = any($1))
order by l.number
limit $3;

-- name: count_attachments
select count(*) from attachments where case_id = $1;

-- name: add_attachment
insert into attachments (id, case_id, user_id, name, media_type, size, sha256, content)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (id) do nothing;

-- name: attachments
select id, case_id, ms_of(at) as at_ms, user_id, name, media_type, size, encode(sha256, 'hex') as sha256
from attachments where case_id = $1 order by at, id;

-- name: attachment
select a.id, a.case_id, ms_of(a.at) as at_ms, a.user_id, a.name, a.media_type, a.size,
    encode(a.sha256, 'hex') as sha256, a.content
from attachments a join cases c on c.id = a.case_id
where a.id = $2 and ($1::text[] is null or c.district_id = any($1));

-- name: units
-- Who was assigned cases: for the same site first, then for the same rule in the district, then in the district;
-- the last choice first. $2 are the alerts that are to be assigned, $3 their district.
with about as (
    select a.rule_id, a.zone_ids, a.station_id from alerts a where a.id = any($2::uuid[])
), given as (
    select
        c.assignee, c.assigned_at, c.state,
        coalesce(c.district_id = $3, false) as is_near,
        exists (
            select from case_alerts x join alerts a on a.id = x.alert_id join about b
                on a.station_id = b.station_id or a.zone_ids && b.zone_ids
            where x.case_id = c.id
        ) as is_site,
        exists (
            select from case_alerts x join alerts a on a.id = x.alert_id join about b on a.rule_id = b.rule_id
            where x.case_id = c.id
        ) as is_rule
    from cases c
    where c.assignee is not null and ($1::text[] is null or c.district_id = any($1))
)
select
    assignee as unit,
    case
        when bool_or(is_site) then 'site' when bool_or(is_rule and is_near) then 'rule' when bool_or(is_near) then 'district'
    end as because,
    ms_of(max(assigned_at)) as last_ms,
    count(*) filter (where state in ('assigned', 'answered')) as open
from given
group by assignee
order by
    max(assigned_at) filter (where is_site) desc nulls last,
    max(assigned_at) filter (where is_rule and is_near) desc nulls last,
    max(assigned_at) filter (where is_near) desc nulls last,
    max(assigned_at) desc
limit 20;

-- name: cases_of_alerts
select a.alert_id, a.case_id, c.state, c.assignee, c.version
from case_alerts a join cases c on c.id = a.case_id
where a.alert_id = any($1::uuid[]);

-- name: mark_for_review
-- The engine changed alerts on which people have acted already.
update cases c set review = $2, version = version + 1
where c.state <> 'new'
    and c.id in (select a.case_id from case_alerts a where a.alert_id = any($1::uuid[]))
returning c.id, c.state, ms_of(clock_timestamp()) as now_ms;

-- name: overdue_cases
-- Open, and past a deadline that nobody was told of yet: each deadline is told once, a later one anew.
select c.id, c.state, c.district_id, c.title
from cases c
where c.state not in ('closed', 'dismissed')
    and (
        (
            c.verified_at is null and c.verify_due_at < at_ms($1)
            and (c.escalated_at is null or c.escalated_at < c.verify_due_at)
        )
        or (c.close_due_at < at_ms($1) and (c.escalated_at is null or c.escalated_at < c.close_due_at))
    )
order by c.id
for update skip locked
limit 200;

-- name: escalate
update cases set escalated_at = at_ms($2), version = version + 1 where id = $1;

-- name: make_link
insert into case_links (case_id, digest, unit, made_by, expires_at) values ($1, $2, $3, $4, at_ms($5));

-- name: revoke_links
update case_links set revoked_at = now() where case_id = $1 and revoked_at is null returning id;

-- name: has_link
select exists (select from case_links where case_id = $1 and revoked_at is null and expires_at > now());

-- name: link
-- Whom a secret lets in to this case, as long as the case is open; being used is noted once a minute.
with found as (
    select l.id, l.unit, l.used_at
    from case_links l join cases c on c.id = l.case_id
    where l.digest = $1 and l.case_id = $2 and l.revoked_at is null and l.expires_at > now()
        and c.state not in ('closed', 'dismissed')
), used as (
    update case_links l set used_at = now() from found
    where l.id = found.id and (found.used_at is null or found.used_at < now() - interval '1 minute')
)
select id, unit from found;

-- name: delivery
select ms_of(delivered_at) as delivered_ms, case_id from field_deliveries where key = $1;

-- name: note_delivery
insert into field_deliveries (key, case_id, link_id, delivered_at) values ($1, $2, $3, at_ms($4));

-- name: look_at_case
insert into case_presence (case_id, user_id, name, seen_at) values ($1, $2, $3, at_ms($4))
on conflict (case_id, user_id) do update set name = excluded.name, seen_at = excluded.seen_at;

-- name: stop_looking
delete from case_presence where (case_id = $1 and user_id = $2) or seen_at < at_ms($3);

-- name: lookers
select user_id, name, ms_of(seen_at) as seen_ms
from case_presence
where case_id = $1 and user_id <> $2 and seen_at >= at_ms($3)
order by user_id;
