-- What an evidence bundle reads of one device beside what explains its alert.

-- name: last_position_before
select ms_of(max(time)) as time_ms from positions where device_id = $1 and time < at_ms($2);

-- name: last_reading_before
select ms_of(max(time)) as time_ms from dust where device_id = $1 and time < at_ms($2);

-- name: refused
-- What was refused of a device that arrived in a span, oldest first; at most $4.
select ms_of(received_at) as received_ms, reason, detail, topic, payload
from rejections
where device_id = $1 and received_at between at_ms($2) and at_ms($3)
order by received_at, id
limit $4;
