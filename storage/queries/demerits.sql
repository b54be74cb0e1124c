-- What violations cost: schemes, violations to be judged by them, appeals, and who is on a list by hand.

-- name: stamp
-- Whatever changes a ledger changes one of these. Appeals and decisions are counted, because of two that are written
-- at once the one with the higher id may be seen first.
select
    (select newest from change_counter) as changes, (select newest from case_counter) as acts,
    (select coalesce(max(version), 0) from demerit_schemes) as schemes, (select count(*) from appeals) as appeals,
    (select count(*) from appeal_decisions) as decisions;

-- name: lock_schemes
-- One writer at a time: the days that schemes begin on never fall.
lock table demerit_schemes in share row exclusive mode;

-- name: schemes
select version, effective_from, author, note, ms_of(at) as at_ms, document from demerit_schemes order by version;

-- name: newest_scheme
select coalesce(max(version), 0) as version, max(effective_from) as effective_from from demerit_schemes;

-- name: insert_scheme
insert into demerit_schemes (version, effective_from, author, note, document) values ($1, $2, $3, $4, $5);

-- name: violations
-- The alerts of vehicles detected in [$1, $2) that stand and whose case nobody has dismissed, of these kinds; at most $4.
select
    a.id as alert_id, a.rule, a.severity, ms_of(a.detected_at) as at_ms, a.vehicle_id, a.district_id, a.ruleset_version,
    coalesce(c.state = 'closed' and c.finding = 'confirmed', false) as is_confirmed
from alerts a
left join case_alerts x on x.alert_id = a.id
left join cases c on c.id = x.case_id
where
    a.detected_at >= at_ms($1) and a.detected_at < at_ms($2) and a.vehicle_id is not null and a.withdrawn is null
    and a.rule = any($3::text[]) and c.state is distinct from 'dismissed'
order by a.detected_at, a.id
limit $4;

-- name: first_alert
-- When the first alert of all was detected; null before it.
select ms_of(min(detected_at)) as first_ms from alerts;

-- name: appeals
-- As they stand, newest first, before $2; of a scope ($1), in a state ($3), against an alert ($4), or that one ($5).
select
    p.id, p.alert_id, p.company_id, p.vehicle_id, p.district_id, ms_of(p.at) as at_ms, p.user_id, p.user_name,
    p.file_number, p.reason, coalesce(d.state, 'open') as state, d.company_points, d.vehicle_points,
    ms_of(d.at) as decided_ms, d.user_name as decided_by, d.reason as decision, a.rule, a.severity,
    ms_of(a.detected_at) as detected_ms
from appeals p
join alerts a on a.id = p.alert_id
left join lateral (select * from appeal_decisions x where x.appeal_id = p.id order by x.number desc limit 1) d on true
where
    ($1::text[] is null or p.district_id = any($1)) and ($2::bigint is null or p.id < $2)
    and ($3::text is null or coalesce(d.state, 'open') = $3) and ($4::uuid is null or p.alert_id = $4)
    and ($5::bigint is null or p.id = $5)
order by p.id desc
limit $6;

-- name: lock_alert
select id from alerts where id = $1 for update;

-- name: insert_appeal
insert into appeals (alert_id, company_id, vehicle_id, district_id, at, user_id, user_name, file_number, reason)
values ($1, $2, $3, $4, at_ms($5), $6, $7, $8, $9)
returning id;

-- name: lock_appealed
-- The alert that an appeal is against.
select id from alerts where id = (select alert_id from appeals where id = $1) for update;

-- name: is_superseded
-- Whether another appeal against the same alert was filed after this one.
select exists (select from appeals a join appeals later on later.alert_id = a.alert_id and later.id > a.id where a.id = $1);

-- name: decide
insert into appeal_decisions (appeal_id, at, user_id, user_name, state, company_points, vehicle_points, reason)
values ($1, at_ms($2), $3, $4, $5, $6, $7, $8);

-- name: decisions
-- All that was ever decided on an appeal, in order.
select ms_of(at) as at_ms, user_id, user_name, state, company_points, vehicle_points, reason
from appeal_decisions
where appeal_id = $1
order by number;

-- name: listings
-- Those that nobody has taken off and that still run on a local day ($1), newest first.
select l.id, l.about, l.subject_id, l.list, ms_of(l.at) as at_ms, l.until, l.reason, l.user_id, l.user_name
from listings l left join listing_removals r on r.listing_id = l.id
where r.listing_id is null and (l.until is null or l.until >= $1)
order by l.id desc;

-- name: enter
insert into listings (about, subject_id, list, at, until, reason, user_id, user_name)
values ($1, $2, $3, at_ms($4), $5, $6, $7, $8)
returning id;

-- name: take_off
insert into listing_removals (listing_id, at, reason, user_id, user_name)
select l.id, at_ms($2), $3, $4, $5 from listings l where l.id = $1
on conflict do nothing
returning listing_id;
