"""What a bundle holds of an alert, as values: written to its files, read back from them, and judged again."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from alerts.alert_json import alert_json
from alerts.device_state import DeviceState, decode_state
from alerts.evidence import Evidence
from alerts.finding import Finding
from alerts.ruleset import DAY_KINDS, Ruleset
from alerts.timeline import Timeline
from domain.identifiers import DeviceId, DistrictId, RuleId, StationId, VehicleId, ZoneId
from domain.instant import from_rfc3339
from domain.report import BackgroundReport, DustReport, PositionReport
from domain.rule import RuleKind
from domain.station import Severity
from exports.bundle.cutting import read
from exports.bundle.judging import Fold, Report, SeenMember, judge_day, judge_place
from exports.bundle.reports import decode_reports, encode_reports
from storage.records import AlertRow

ALERT, CHECKPOINT, MEMBERS = "alert.json", "checkpoint.bin", "members.ndjson"
POSITIONS, READINGS, BACKGROUND = "positions.ndjson", "readings.ndjson", "background.ndjson"


class Version(Struct, frozen=True, kw_only=True):
    """One version of the registry: since when (ms), and what of it the bundle holds; None of one that judged nothing."""

    number: int
    effective_from_ms: int
    document: bytes | None


class Contents(Struct, frozen=True, kw_only=True):
    """What judging again asks for. `ruleset_version` judged the alert; reports follow the checkpoint."""

    alert: Finding
    ruleset_version: int
    checkpoint: bytes | None
    positions: Sequence[PositionReport]
    readings: Sequence[DustReport]
    background: Sequence[BackgroundReport]
    members: Sequence[SeenMember]
    versions: Sequence[Version]

    @property
    def reports(self) -> list[Report]:
        """All reports in the order of judging: by time, a station's readings before the hour's value."""
        if not self.readings:
            return list(self.positions)
        return sorted([*self.readings, *self.background], key=lambda one: one.time_ms)

    @property
    def how(self) -> str:
        """How such an alert is judged."""
        if self.alert.rule is RuleKind.SUSPECTED_DUMP_SITE:
            return "members"
        return "days" if self.alert.rule in DAY_KINDS else "fold"

    def state(self) -> DeviceState | None:
        """The checkpoint's state; raises ValueError where it is of another release's format."""
        return None if self.checkpoint is None else decode_state(self.checkpoint)

    def timeline(self) -> Timeline:
        """The versions, compiled as they are asked for; raises ValueError where one is unreadable or missing."""
        if not self.versions:
            raise ValueError("no version of the registry is stored")
        starts = [(one.number, one.effective_from_ms) for one in self.versions]
        documents = {one.number: one.document for one in self.versions if one.document is not None}

        def load(number: int) -> Ruleset:
            if number not in documents:
                raise ValueError(f"registry version {number} judged these reports and is not in the bundle")
            return Ruleset.build(read(documents[number]), version=number, starts=starts)

        timeline = Timeline(starts, load)
        timeline.pin(documents)
        return timeline

    def fold(self, timeline: Timeline) -> Fold:
        """The device's fold, before its first report."""
        assert self.alert.device_id is not None
        return Fold(timeline, self.alert.device_id, self.state())

    def judged(self, ticked_to_ms: int | None) -> Iterable[Finding]:
        """What all of it shows; raises ValueError where it cannot be judged."""
        timeline = self.timeline()
        if self.how == "members":
            return judge_place(timeline.version(self.ruleset_version), self.alert, self.members)
        if self.how == "days":
            assert self.alert.device_id is not None
            return judge_day(timeline, self.alert.device_id, self.readings, self.alert.detected_ms)
        fold = self.fold(timeline)
        fold.take(self.reports)
        if ticked_to_ms is not None:
            for _ in fold.ticks(ticked_to_ms):
                pass
        return fold.found.values()


def files_of(contents: Contents, alert: AlertRow) -> dict[str, bytes]:
    """The files of what is judged; `alert` is the alert as it is stored."""
    files = {ALERT: msgspec.json.format(alert_json(alert), indent=2) + b"\n"}
    files |= {} if contents.checkpoint is None else {CHECKPOINT: contents.checkpoint}
    if contents.positions or (contents.alert.vehicle_id is not None and contents.how == "fold"):
        files[POSITIONS] = encode_reports(contents.positions)
    if contents.alert.station_id is not None:
        files[READINGS] = encode_reports(contents.readings)
        files[BACKGROUND] = encode_reports(contents.background)
    if contents.how == "members":
        files[MEMBERS] = b"".join(msgspec.json.encode(one) + b"\n" for one in contents.members)
    return files


def read_contents(
    files: Mapping[str, bytes], *, subject: str, first_started_ms: int, versions: Sequence[Version]
) -> Contents:
    """The files back to values; raises ValueError where one cannot be read."""
    alert = msgspec.json.decode(files[ALERT])
    return Contents(
        alert=_finding(alert, subject, first_started_ms),
        ruleset_version=int(alert["ruleset_version"]),
        checkpoint=files.get(CHECKPOINT),
        positions=decode_reports(files.get(POSITIONS, b""), PositionReport),
        readings=decode_reports(files.get(READINGS, b""), DustReport),
        background=decode_reports(files.get(BACKGROUND, b""), BackgroundReport),
        members=[msgspec.json.decode(line, type=SeenMember) for line in files.get(MEMBERS, b"").splitlines()],
        versions=versions,
    )


def _finding(alert: Mapping[str, Any], subject: str, first_started_ms: int) -> Finding:
    kinds: Any = Evidence
    names = (
        ("device_id", DeviceId), ("vehicle_id", VehicleId), ("station_id", StationId), ("area", str),
        ("district_id", DistrictId),
    )  # fmt: skip
    ids: dict[str, Any] = {
        name: None if alert.get(name) is None else kind(alert[name]) for name, kind in names
    }
    ended_at = alert["ended_at"]
    return Finding(
        rule=RuleKind(alert["rule"]),
        rule_id=RuleId(alert["rule_id"]),
        subject=subject,
        severity=Severity(alert["severity"]),
        first_started_ms=first_started_ms,
        started_ms=from_rfc3339(alert["started_at"]),
        detected_ms=from_rfc3339(alert["detected_at"]),
        ended_ms=None if ended_at is None else from_rfc3339(ended_at),
        lon=alert["lon"],
        lat=alert["lat"],
        zone_ids=tuple(ZoneId(one) for one in alert["zone_ids"]),
        evidence=msgspec.convert(alert["evidence"], kinds),
        withdrawn=alert.get("withdrawn_because"),
        **ids,
    )
