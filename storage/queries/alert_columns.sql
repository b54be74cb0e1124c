id, revision, rule, rule_id, ruleset_version, severity, subject, ms_of(first_started_at) as first_started_ms,
    ms_of(started_at) as started_ms, ms_of(detected_at) as detected_ms, ms_of(ended_at) as ended_ms,
    device_id, vehicle_id, station_id, area, district_id, lon, lat, zone_ids, found_late, withdrawn,
    evidence, on_site
