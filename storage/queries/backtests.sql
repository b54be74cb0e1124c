-- Backtests: asked for by people, worked off by one process, read by the page.

-- name: ask
insert into backtests (asked_by, draft_id, version, document, against_version, from_at, to_at)
values ($1, $2, $3, $4, $5, at_ms($6), at_ms($7))
returning id;

-- name: count_unfinished
select count(*) from backtests where state in ('queued', 'running');

-- name: forget_oldest
-- Those that ended, but for the newest ones; their changes go with them.
delete from backtests
where state in ('done', 'failed', 'cancelled') and id <= coalesce(
    (select id from backtests where state in ('done', 'failed', 'cancelled') order by id desc offset $1 limit 1), 0
);

-- name: backtests
select
    id, state, ms_of(asked_at) as asked_ms, asked_by, draft_id, version, against_version,
    ms_of(from_at) as from_ms, ms_of(to_at) as to_ms, ms_of(started_at) as started_ms,
    ms_of(ended_at) as ended_ms, done_share, reports, reports_per_s, left_s, reason, detail,
    case when state = 'queued'
        then (select count(*) from backtests e where e.state in ('queued', 'running') and e.id < b.id) end as ahead
from backtests b
where ($1::bigint is null or id = $1) and ($2::bigint is null or id < $2)
order by id desc
limit $3;

-- name: result
select result from backtests where id = $1;

-- name: changes
select number, line from backtest_changes
where backtest_id = $1 and number > $2
    and ($3::text is null or change = $3) and ($4::text is null or rule = $4) and ($5::text is null or severity = $5)
order by number
limit $6;

-- name: cancel
-- At once: whoever runs it finds its own row taken away at the next look.
update backtests set state = 'cancelled', ended_at = clock_timestamp(), document = null, left_s = null
where id = $1 and state in ('queued', 'running')
returning id;

-- name: take
update backtests set
    state = 'running', attempt = attempt + 1, started_at = clock_timestamp(), done_share = 0, reports = 0,
    reports_per_s = null, left_s = null
where id = (select id from backtests where state = 'queued' order by id limit 1 for update skip locked)
returning id, attempt, document, version, against_version, ms_of(from_at) as from_ms, ms_of(to_at) as to_ms;

-- name: note_progress
update backtests set done_share = $3, reports = $4, reports_per_s = $5, left_s = $6
where id = $1 and attempt = $2 and state = 'running'
returning id;

-- name: finish
update backtests set
    state = 'done', ended_at = clock_timestamp(), done_share = 1, reports = $3, reports_per_s = $4, left_s = 0,
    document = null, result = $5
where id = $1 and attempt = $2 and state = 'running'
returning id;

-- name: keep_change
insert into backtest_changes (backtest_id, number, change, rule, severity, line) values ($1, $2, $3, $4, $5, $6);

-- name: fail
update backtests set
    state = 'failed', ended_at = clock_timestamp(), document = null, left_s = null, reason = $3, detail = $4
where id = $1 and attempt = $2 and state = 'running'
returning id;

-- name: give_back
-- Whoever ran it stops in order.
update backtests set state = 'queued' where id = $1 and attempt = $2 and state = 'running' returning id;

-- name: take_up_again
-- Asked by the only one that may run any: what is running is run by nobody. What has been lost too often has
-- something about it that ends processes.
update backtests set
    lost = lost + 1,
    state = case when lost + 1 >= $1 then 'failed' else 'queued' end,
    ended_at = case when lost + 1 >= $1 then clock_timestamp() end,
    document = case when lost + 1 >= $1 then null else document end,
    reason = case when lost + 1 >= $1 then 'lost' else '' end,
    left_s = null
where state = 'running'
returning id, state;
