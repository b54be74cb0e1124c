select a.rule, a.severity, a.vehicle_id, a.station_id, a.ruleset_version, count(*) over () as alerts
    from case_alerts x join alerts a on a.id = x.alert_id
    where x.case_id = c.id
    order by a.detected_at, a.id
    limit 1
