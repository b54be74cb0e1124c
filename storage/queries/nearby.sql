-- What vehicles said in a part of the map: the newest first, a slice of time at a time.

-- name: positions_within
-- By time and then by place: no index knows places, so whoever asks bounds the time that it may take.
select
    device_id, ms_of(time) as time_ms, digest, ms_of(received_at) as received_ms, seq, lon, lat, fix, accuracy_m,
    speed_kmh, heading_deg, altitude_m, ignition, load, weight_t, lift, cover, odometer_km, alarms_json, extra_json
from positions
where time > at_ms($1) and time <= at_ms($2)
    and lon between $3 and $5 and lat between $4 and $6
limit $7;
