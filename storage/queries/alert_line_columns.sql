a.id, a.revision, a.rule, a.rule_id, a.ruleset_version, a.severity, a.device_id, a.vehicle_id, a.station_id, a.area,
    a.district_id, a.lon, a.lat, a.zone_ids, a.found_late, a.withdrawn, ms_of(a.started_at) as started_ms,
    ms_of(a.detected_at) as detected_ms, ms_of(a.ended_at) as ended_ms,
    a.evidence::jsonb ->> 'site_zone_id' as site_zone_id, x.case_id, c.state as case_state, c.assignee
