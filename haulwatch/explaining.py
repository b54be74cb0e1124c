"""An explained alert as lines of text for a terminal or a file; times are those of the registry's clock."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from api.explanation_shapes import Explanation, ReportedPosition, ReportedReading, StoredChange
from api.schemas import Alert
from domain.instant import from_rfc3339
from domain.localtime import local_rfc3339
from domain.registry import Registry
from exports.sentences import sentences

MOST_REPORTS = 20
"""Reports shown as lines: those that the case rests on and the ends; JSON has all."""


def lines_of(case: Explanation, language: str) -> list[str]:
    """The whole case; `language` is that of the rule's words."""
    zone = ZoneInfo(Registry().timezone if case.registry is None else case.registry.timezone)
    parts: tuple[list[str], ...] = (
        _headline(case, zone),
        _rule(case, language, zone),
        *(_fields(f"Permit {permit['id']}", permit) for permit in case.permits),
        [] if case.limit is None else _fields(_limit_title(case, case.limit["id"]), case.limit),
        _evidence(case.alert, zone),
        _reports(case, zone),
        _changes(case.changes, zone),
        _account(case),
    )
    return "\n\n".join("\n".join(part) for part in parts if part).split("\n")


def _local(instant: str | None, zone: ZoneInfo) -> str:
    return "" if instant is None else local_rfc3339(from_rfc3339(instant), zone)


def _row(name: str, text: str) -> str:
    return f"  {name:<12}{text}"


def _headline(case: Explanation, zone: ZoneInfo) -> list[str]:
    alert = case.alert
    state = "ongoing" if alert.ended_at is None else f"until {_local(alert.ended_at, zone)}"
    if alert.withdrawn:
        state = f"withdrawn: {alert.withdrawn_because}"
    late = ", found late" if alert.found_late else ""
    lines = [
        f"Alert {alert.id}",
        _row("rule", f"{alert.rule} ({alert.rule_id}), {alert.severity}, revision {alert.revision}{late}"),
        _row("what", sentences(msgspec.json.encode(alert.evidence), {}, zone).get("en", "")),
        _row("who", _who(case)),
        _row("from", _local(alert.started_at, zone)),
        _row("", state),
        _row("detected", _local(alert.detected_at, zone)),
    ]
    if alert.lon is not None and alert.lat is not None:
        lines.append(_row("where", f"{alert.lon:.6f}, {alert.lat:.6f} {alert.district_id or ''}".rstrip()))
    names = [zone_["properties"].get("name") or zone_["properties"]["id"] for zone_ in case.zones.features]
    if names:
        lines.append(_row("zones", ", ".join(names)))
    return lines


def _who(case: Explanation) -> str:
    alert = case.alert
    device = f" (device {alert.device_id})" if alert.device_id else ""
    if case.vehicle is not None:
        company = f" of {case.vehicle.company_name}" if case.vehicle.company_name else ""
        return f"{case.vehicle.plate or case.vehicle.id}, {case.vehicle.kind}{company}{device}"
    if case.station is not None:
        return f"{case.station.name or case.station.id}{device}"
    return f"{alert.vehicle_id or alert.station_id or alert.area or ''}{device}"


def _rule(case: Explanation, language: str, zone: ZoneInfo) -> list[str]:
    if case.registry is None:
        return [f"Registry version {case.alert.ruleset_version} is not stored"]
    known = case.registry
    note = f": {known.note}" if known.note else ""
    begun = _local(known.effective_from, zone)
    title = f"Rule, by registry version {known.version} (in force from {begun}, of {known.author}{note})"
    later = case.alert.ruleset_version
    since = [_row("later", f"last changed by registry version {later}")] if later != known.version else []
    if case.rule is None:
        return [title, f"  it has no rule {case.alert.rule_id}", *since]
    words = case.rule.words[language]
    numbers = ", ".join(f"{name} {value:g}" for name, value in sorted(case.rule.params.items()))
    lines = [title, _row("holds", words.holds), _row("ends", words.ends)]
    return [*lines, *([_row("numbers", numbers)] if numbers else []), *since]


def _fields(title: str, entry: Mapping[str, Any]) -> list[str]:
    return [title, *(f"  {name:<28}{_plain(value)}" for name, value in entry.items() if name != "id")]


def _limit_title(case: Explanation, limit_id: str) -> str:
    return f"Limit {limit_id}" + ("" if case.limit_source is None else f", by {case.limit_source}")


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} {_plain(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return ", ".join(map(_plain, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _evidence(alert: Alert, zone: ZoneInfo) -> list[str]:
    told = {name: value for name, value in alert.evidence.items() if name != "type" and value is not None}
    return _fields("Evidence", _with_times(told, zone))


def _with_times(value: Any, zone: ZoneInfo, name: str = "") -> Any:
    """Evidence with its instants as local times."""
    if isinstance(value, dict):
        known = {key: inner for key, inner in value.items() if inner is not None}
        return {key.removesuffix("_ms"): _with_times(inner, zone, key) for key, inner in known.items()}
    if isinstance(value, list):
        return [_with_times(inner, zone, name) for inner in value]
    return local_rfc3339(value, zone) if name.endswith("_ms") and isinstance(value, int) else value


def _reports(case: Explanation, zone: ZoneInfo) -> list[str]:
    around = case.positions or case.readings
    if around is None:
        return []
    span = f"from {_local(around.first, zone)} to {_local(around.last, zone)}"
    items: list[ReportedPosition | ReportedReading] = [*around.items]
    ends = (items[:1], items[-1:])
    decisive = [item for item in items[1:-1] if item.decisive][: MOST_REPORTS - 2]
    shown = [*ends[0], *decisive, *(ends[1] if len(items) > 1 else [])]
    title = f"Reports: {around.total} {span}; {len(shown)} of them here, {len(items)} with --json"
    return [title, *(f"  {'*' if item.decisive else ' '} {_report(item, zone)}" for item in shown)]


def _report(item: ReportedPosition | ReportedReading, zone: ZoneInfo) -> str:
    said = item.model_dump(exclude={"time", "received_at", "decisive"}, exclude_none=True)
    if isinstance(item, ReportedReading):
        said = {"interval_s": item.interval_s, **item.values, **item.flags}
    return f"{_local(item.time, zone)}  " + ", ".join(f"{name} {_said(said[name])}" for name in said)


def _said(value: Any) -> str:
    return _plain(value) if not isinstance(value, float) else f"{value:.9g}"


def _changes(changes: list[StoredChange], zone: ZoneInfo) -> list[str]:
    lines = ["Changes"]
    for change in changes:
        alert = change.alert
        state = "ongoing" if alert.ended_at is None else f"ended {_local(alert.ended_at, zone)}"
        state = f"withdrawn: {alert.withdrawn_because}" if alert.withdrawn else state
        version = f"revision {alert.revision}, registry version {alert.ruleset_version}"
        lines.append(f"  #{change.number} {_local(change.at, zone)}  {alert.severity}, {state}; {version}")
    return lines


def _account(case: Explanation) -> list[str]:
    if case.alert.device_id is None:
        return []
    lines = [
        f"  {line.day}  received {line.received:,} = stored {line.stored:,} + duplicate {line.duplicate:,}"
        f" + rejected {line.rejected:,}; {line.late:,} late"
        for line in case.account
    ]
    return [f"How complete the data of {case.alert.device_id} are", *(lines or ["  nothing arrived"])]
