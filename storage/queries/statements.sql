-- Statements: what goes into one, read in one snapshot, and those that were issued.

-- name: stated_alerts
-- Alerts detected in [$1, $2), all or those of $3, withdrawn ones too, with the case each is in and what convicts.
-- Why a case was dismissed is what its newest dismissal says: one that was reopened can be dismissed again.
select {alert_line_columns}, a.evidence, a.on_site, (
    select l.reason from case_log l
    where c.state = 'dismissed' and l.case_id = c.id and l.act = 'dismiss'
    order by l.number desc
    limit 1
) as dismissed_because
from alerts a
left join case_alerts x on x.alert_id = a.id
left join cases c on c.id = x.case_id
where a.detected_at >= at_ms($1) and a.detected_at < at_ms($2) and ($3::uuid[] is null or a.id = any($3))
order by a.detected_at, a.id;

-- name: stated_cases
-- Cases opened in [$1, $2), and those still open that were opened before $2 and have a deadline before $3.
select {case_line_columns}
from cases c
left join lateral (
    {first_alert_of_case}
) first on true
where c.opened_at < at_ms($2)
    and (
        c.opened_at >= at_ms($1)
        or (
            c.state not in ('closed', 'dismissed')
            and (c.close_due_at < at_ms($3) or (c.verified_at is null and c.verify_due_at < at_ms($3)))
        )
    )
order by c.opened_at, c.id;

-- name: stated_days
-- The account of each local day of [$1, $2] over all devices.
with wrong as (
    select day, sum(count)::bigint as bad_fields from bad_fields where day between $1 and $2 group by day
)
select
    a.day, count(*) as devices, sum(a.received)::bigint as received, sum(a.stored)::bigint as stored,
    sum(a.duplicate)::bigint as duplicate, sum(a.rejected)::bigint as rejected, sum(a.late)::bigint as late,
    sum(a.redelivered)::bigint as redelivered, coalesce(max(w.bad_fields), 0) as bad_fields
from loss_account a left join wrong w using (day)
where a.day between $1 and $2
group by a.day
order by a.day;

-- name: stated_devices
-- The account of each device over the local days of [$1, $2], and on how many of them something was stored.
with wrong as (
    select device_id, sum(count)::bigint as bad_fields from bad_fields where day between $1 and $2 group by device_id
)
select
    device_id, count(*) filter (where a.stored > 0) as days_heard, sum(a.received)::bigint as received,
    sum(a.rejected)::bigint as rejected, coalesce(max(w.bad_fields), 0) as bad_fields
from loss_account a left join wrong w using (device_id)
where a.day between $1 and $2
group by device_id;

-- name: stated_counts
-- Alerts and violations detected in each of these spans, by district ("" for none).
select
    s.from_ms, coalesce(a.district_id, '') as district_id, count(*) as alerts,
    count(*) filter (where a.withdrawn is null and c.state is distinct from 'dismissed') as violations
from unnest($1::bigint[], $2::bigint[]) as s (from_ms, to_ms)
join alerts a on a.detected_at >= at_ms(s.from_ms) and a.detected_at < at_ms(s.to_ms)
left join case_alerts x on x.alert_id = a.id
left join cases c on c.id = x.case_id
group by s.from_ms, coalesce(a.district_id, '');

-- name: stated_apart
-- What was stated of the alerts detected in [$1, $2), as $3 to $5: id, revision, whether it counted; and what is
-- otherwise by now among those that counted or count.
with stated as (
    select * from unnest($3::uuid[], $4::integer[], $5::boolean[]) as s (id, revision, counts)
), standing as (
    select a.id, a.revision, a.withdrawn is null and c.state is distinct from 'dismissed' as counts
    from alerts a
    left join case_alerts x on x.alert_id = a.id
    left join cases c on c.id = x.case_id
    where a.detected_at >= at_ms($1) and a.detected_at < at_ms($2)
)
select
    id::text, coalesce(n.revision, s.revision) as revision, coalesce(s.counts, false) as counted,
    coalesce(n.counts, false) as counts
from stated s full join standing n using (id)
where coalesce(s.counts, false) <> coalesce(n.counts, false) or (s.counts and n.counts and s.revision <> n.revision)
order by id;

-- name: first_known
-- When the first that a statement could speak of happened; null before it.
select ms_of(least(
    (select min(detected_at) from alerts),
    (select min(opened_at) from cases),
    (select min(day) from loss_account)::timestamp at time zone 'UTC'
)) as first_ms;

-- name: keep_statement
-- Of two that issue the same number at once the second keeps nothing.
insert into statements (name, number, kind, stated_at, issued_by, by_district, content, digest)
values ($1, $2, $3, at_ms($4), $5, $6, $7, $8)
on conflict (name, number) do nothing
returning number;

-- name: statements
select content from statements where name = $1 order by number;

-- name: statement_heads
-- What was issued for these periods, without the content.
select name, number, ms_of(stated_at) as stated_ms, issued_by, by_district::text as by_district
from statements
where name = any($1::text[])
order by name, number;
