-- Chunks older than a week are kept in columns: a tenth of the room, still readable and writable.
alter table positions set (
    timescaledb.compress,
    timescaledb.compress_segmentby = 'device_id',
    timescaledb.compress_orderby = 'time, digest'
);

alter table dust set (
    timescaledb.compress,
    timescaledb.compress_segmentby = 'device_id',
    timescaledb.compress_orderby = 'time, digest'
);

select add_compression_policy('positions', compress_after => interval '7 days', if_not_exists => true);

select add_compression_policy('dust', compress_after => interval '30 days', if_not_exists => true);
