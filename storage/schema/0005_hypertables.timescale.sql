-- Reports in chunks of a day, so that old ones are dropped whole. The key begins with the device, so the
-- extension's own index on time alone would be a second one to keep.
select create_hypertable('positions', 'time', chunk_time_interval => interval '1 day',
    create_default_indexes => false, migrate_data => true);

select create_hypertable('dust', 'time', chunk_time_interval => interval '7 days',
    create_default_indexes => false, migrate_data => true);
