-- Roll-ups as continuous aggregates, kept up by the server; what is newer than they are is added on reading.
-- The plain views are there where the server was of another edition before.
drop view if exists dust_5min;

drop view if exists positions_hourly;

create materialized view dust_5min with (timescaledb.continuous, timescaledb.materialized_only = false) as
select
    device_id,
    time_bucket('5 minutes', time) as bucket,
    count(*) as readings,
    avg(pm25_ugm3) as pm25_ugm3,
    avg(pm10_ugm3) as pm10_ugm3,
    max(pm10_ugm3) as pm10_top_ugm3,
    avg(tsp_ugm3) as tsp_ugm3,
    max(tsp_ugm3) as tsp_top_ugm3,
    max(noise_db) as noise_top_db
from dust
group by 1, 2
with no data;

create materialized view positions_hourly with (timescaledb.continuous, timescaledb.materialized_only = false) as
select
    device_id,
    time_bucket('1 hour', time) as bucket,
    count(*) as reports,
    count(lon) as fixes,
    max(speed_kmh) as top_speed_kmh,
    min(odometer_km) as first_odometer_km,
    max(odometer_km) as last_odometer_km
from positions
group by 1, 2
with no data;

select add_continuous_aggregate_policy('dust_5min', start_offset => interval '31 days',
    end_offset => interval '10 minutes', schedule_interval => interval '10 minutes', if_not_exists => true);

select add_continuous_aggregate_policy('positions_hourly', start_offset => interval '31 days',
    end_offset => interval '2 hours', schedule_interval => interval '1 hour', if_not_exists => true);
