-- Roll-ups as plain views, where the server has no continuous aggregates: the same names, the same rows.

create view dust_5min as
select
    device_id,
    date_bin('5 minutes', time, timestamptz '2000-01-01 00:00:00+00') as bucket,
    count(*) as readings,
    avg(pm25_ugm3) as pm25_ugm3,
    avg(pm10_ugm3) as pm10_ugm3,
    max(pm10_ugm3) as pm10_top_ugm3,
    avg(tsp_ugm3) as tsp_ugm3,
    max(tsp_ugm3) as tsp_top_ugm3,
    max(noise_db) as noise_top_db
from dust
group by 1, 2;

create view positions_hourly as
select
    device_id,
    date_bin('1 hour', time, timestamptz '2000-01-01 00:00:00+00') as bucket,
    count(*) as reports,
    count(lon) as fixes,
    max(speed_kmh) as top_speed_kmh,
    min(odometer_km) as first_odometer_km,
    max(odometer_km) as last_odometer_km
from positions
group by 1, 2;
