"""A period's violations as GeoJSON (RFC 7946): points in WGS-84, those without a place with null geometry.

Features are the violations as they were issued first and those that count since. What a later statement changed of
one is its property `amended`, and `counts` tells whether it still does.
"""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from domain.localtime import local_rfc3339
from exports.amendments import LOST, Amendment, Change, amendments
from exports.statement import StatedAlert, Statement
from exports.within import within
from exports.words import Language, word


def violations_geojson(
    statements: Sequence[Statement], *, language: Language, districts: frozenset[str] | None
) -> bytes:
    """The file of a period: of its statements in order of number, as far as they lie in these districts."""
    seen = [within(one, districts) for one in statements]
    first, zone = seen[0], ZoneInfo(seen[0].timezone)
    changed = amendments(seen)
    # As issued where it counted then, as it came to count where it does since.
    shown = {one.id: one for one in first.alerts if one.counts}
    since: dict[str, list[tuple[Amendment, Change]]] = {}
    for amendment in changed:
        for change in amendment.changes:
            shown.setdefault(change.alert.id, change.alert)
            since.setdefault(change.alert.id, []).append((amendment, change))
    document = {
        "type": "FeatureCollection",
        "period": first.period.name,
        "first_day": first.period.first,
        "last_day": first.period.last,
        "timezone": first.timezone,
        "provisional": first.is_provisional,
        "number": seen[-1].number,
        "issued": [local_rfc3339(one.stated_ms, zone) for one in seen if not one.is_provisional],
    }
    features = [_feature(one, since.get(one.id, ()), zone, language) for one in shown.values()]
    # A line each, so that people can look into a file of ten thousand.
    lines = b",\n".join(msgspec.json.encode(one) for one in features)
    return msgspec.json.encode(document)[:-1] + b',"features":[\n' + lines + b"\n]}\n"


def _feature(
    alert: StatedAlert, since: Sequence[tuple[Amendment, Change]], zone: tzinfo, language: Language
) -> dict[str, Any]:
    has_place = alert.lon is not None and alert.lat is not None
    return {
        "type": "Feature",
        "id": alert.id,
        "geometry": {"type": "Point", "coordinates": [alert.lon, alert.lat]} if has_place else None,
        "properties": {
            "rule": alert.rule,
            "rule_name": word(alert.rule, language),
            "rule_id": alert.rule_id,
            "severity": alert.severity,
            "severity_name": word(alert.severity, language),
            "subject": alert.subject,
            "plate": alert.plate,
            "station": alert.station,
            "company_id": alert.company_id,
            "company": alert.company,
            "site_id": alert.site_id,
            "site": alert.site,
            "district_id": alert.district_id,
            "district": alert.district,
            "started_at": local_rfc3339(alert.started_ms, zone),
            "detected_at": local_rfc3339(alert.detected_ms, zone),
            "ended_at": None if alert.ended_ms is None else local_rfc3339(alert.ended_ms, zone),
            "what": alert.what.get(language, ""),
            "found_late": alert.found_late,
            "case_id": alert.case_id,
            "case_state": alert.case_state,
            "counts": not since or since[-1][1].kind not in LOST,
            "amended": [
                {
                    "number": amendment.number,
                    "at": local_rfc3339(amendment.stated_ms, zone),
                    "kind": change.kind.value,
                    "fields": list(change.fields),
                }
                for amendment, change in since
            ],
        },
    }
