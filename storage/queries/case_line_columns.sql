c.id, c.state, c.source, c.title, c.reference, c.district_id, c.assignee, c.finding, c.disputed, c.review, c.plate,
    ms_of(c.opened_at) as opened_ms, ms_of(c.verify_due_at) as verify_due_ms, ms_of(c.verified_at) as verified_ms,
    ms_of(c.close_due_at) as close_due_ms, ms_of(c.closed_at) as closed_ms,
    first.rule, first.severity, first.vehicle_id, first.station_id, first.ruleset_version,
    coalesce(first.alerts, 0) as alerts
