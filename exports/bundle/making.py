"""The bundle of an alert, made of all that is stored about it: which reports, which versions, and what is said of them.

Pure, and the same bytes from the same data: no clock is read, and the zip's times are the alert's own. The reports
reach from the checkpoint to the alert's end and a little beyond: as far as judging them again gives the alert.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from alerts import dump_site
from alerts.alert_json import alert_json
from alerts.evidence import DumpSiteEvidence
from alerts.evidence_refs import ids_in
from alerts.finding import Finding
from domain.instant import DAY_MS, from_rfc3339, to_rfc3339, to_rfc3339_if_known
from domain.report import BackgroundReport, DustReport, PositionReport
from exports.bundle.container import pack
from exports.bundle.contents import CHECKPOINT, Contents, Version, files_of
from exports.bundle.cutting import Kept, cut_down
from exports.bundle.handled import handled_files
from exports.bundle.judging import SeenMember, differences
from exports.bundle.manifest import (
    FORMAT,
    FORMAT_VERSION,
    MANIFEST,
    SUMS,
    Judging,
    Manifest,
    VersionSum,
    digest_of,
    encode_manifest,
    lines_of,
    number_of,
    sums_of,
)
from exports.bundle.page import PAGE, page
from exports.bundle.page_records import REFUSED
from exports.bundle.reports import encode_refused
from exports.words import Language
from storage.alert_log import finding_of
from storage.exhibits import Exhibit

CHANGES, ACCOUNT = "changes.ndjson", "account.json"
WAITED_MS = 30 * DAY_MS
"""How long time may pass after the last report until it shows what is stored."""


class Bundle(Struct, frozen=True, kw_only=True):
    """A bundle: its bytes, and its number, the SHA-256 of its SHA256SUMS."""

    content: bytes
    number: str
    judging: Judging


def make_bundle(exhibit: Exhibit, language: Language) -> Bundle:
    """Make it; takes as long as judging the reports does, and is not for the event loop."""
    alert = exhibit.case.alert
    contents, judging = _judged(_contents(exhibit, is_near=True), exhibit)
    if not judging.agreed:
        # A zone far away may matter, such as the site that a trip began at before the first report.
        whole, again = _judged(_contents(exhibit, is_near=False), exhibit)
        contents, judging = (whole, again) if again.agreed else (contents, judging)
    contents = _without_later_versions(contents, judging, exhibit)
    files = files_of(contents, alert)
    registry, documents = _registry(exhibit, contents)
    files |= documents
    files[CHANGES] = _lines(
        {"number": one.number, "at": to_rfc3339(one.at_ms), "alert": msgspec.Raw(alert_json(one.alert))}
        for one in exhibit.case.changes
    )
    if alert.device_id is not None:
        files[REFUSED] = encode_refused(exhibit.refused)
        files[ACCOUNT] = msgspec.json.format(msgspec.json.encode(exhibit.case.account), indent=2) + b"\n"
    if exhibit.handled is not None:
        files |= handled_files(exhibit.handled)
    files[PAGE] = page(exhibit, contents, judging, sums_of(files), language)
    sums = sums_of(files)
    reports = contents.reports
    manifest = Manifest(
        format=FORMAT,
        format_version=FORMAT_VERSION,
        alert_id=str(alert.id),
        rule=alert.rule,
        subject=alert.subject,
        first_started_at=to_rfc3339(alert.first_started_ms),
        revision=alert.revision,
        language=language,
        device_id=alert.device_id,
        first_report=to_rfc3339(reports[0].time_ms) if reports else None,
        last_report=to_rfc3339(reports[-1].time_ms) if reports else None,
        judging=judging,
        registry=registry,
        files=sums,
        digest=digest_of(sums),
    )
    files[MANIFEST] = encode_manifest(manifest)
    files[SUMS] = lines_of(sums_of(files))
    return Bundle(content=pack(files, alert.started_ms), number=number_of(files), judging=judging)


def _contents(exhibit: Exhibit, *, is_near: bool) -> Contents:
    alert = exhibit.case.alert
    contents = Contents(
        alert=finding_of(alert),
        ruleset_version=alert.ruleset_version,
        checkpoint=None if exhibit.checkpoint is None else exhibit.checkpoint.state,
        positions=exhibit.positions,
        readings=exhibit.readings,
        background=exhibit.background,
        members=(),
        versions=(),
    )
    kept = _kept(exhibit, contents.alert)
    kept = kept if is_near else replace(kept, places=None)
    needed = set(exhibit.documents)
    oldest = min(
        [*needed, *([] if exhibit.checkpoint is None else [exhibit.checkpoint.ruleset_version])], default=0
    )
    versions = [
        Version(
            number=one.version,
            effective_from_ms=one.effective_from_ms,
            document=cut_down(exhibit.documents[one.version].document, kept)
            if one.version in needed
            else None,
        )
        for one in exhibit.versions
        if one.version >= oldest
    ]
    return replace(contents, versions=versions)


def _without_later_versions(contents: Contents, judging: Judging, exhibit: Exhibit) -> Contents:
    """No version that came into force after all that was judged: the bundle would change with each."""
    case = exhibit.case
    times_ms = [case.span.to_ms, *(one.time_ms for one in contents.reports[-1:])]
    times_ms += [] if judging.ticked_to is None else [from_rfc3339(judging.ticked_to)]
    judged_by = {contents.ruleset_version, *([] if case.registry is None else [case.registry.version])}
    versions = [
        one for one in contents.versions if one.effective_from_ms <= max(times_ms) or one.number in judged_by
    ]
    return replace(contents, versions=versions)


def _kept(exhibit: Exhibit, alert: Finding) -> Kept:
    """What of the registry concerns an alert; where its device went afterwards does not."""
    evidence = alert.evidence
    members = evidence.members if isinstance(evidence, DumpSiteEvidence) else ()
    places = [
        (one.lon, one.lat)
        for one in exhibit.positions
        if one.lon is not None and one.lat is not None and one.time_ms <= exhibit.case.span.to_ms
    ]
    places += [(one.lon, one.lat) for one in members]
    places += [(alert.lon, alert.lat)] if alert.lon is not None and alert.lat is not None else []
    vehicle_ids = {one.vehicle_id for one in members}
    vehicle_ids |= set() if alert.vehicle_id is None else {alert.vehicle_id}
    return Kept(
        vehicle_ids=frozenset(vehicle_ids),
        station_id=alert.station_id,
        zone_ids=frozenset((*alert.zone_ids, *ids_in(evidence, "zone"))),
        places=places,
    )


def _judged(contents: Contents, exhibit: Exhibit) -> tuple[Contents, Judging]:
    """The contents cut to what judging asks for, and how that went."""
    how = contents.how
    try:
        if how == "members":
            return _members(contents, exhibit)
        if how == "days":
            last_ms = contents.alert.detected_ms
            day = replace(contents, readings=[one for one in contents.readings if one.time_ms <= last_ms])
            return day, Judging(how=how, agreed=not differences(day.alert, day.judged(None)))
        if contents.alert.device_id is None:
            return contents, Judging(how="none", reason="the alert is of no device")
        return _folded(contents, exhibit)
    except (ValueError, LookupError) as error:
        return contents, Judging(how="none", reason=str(error))


def _folded(contents: Contents, exhibit: Exhibit) -> tuple[Contents, Judging]:
    """All reports of the alert's own time, and of those after it as many as it takes."""
    to_ms = exhibit.case.span.to_ms
    fold = contents.fold(contents.timeline())
    reports = contents.reports
    inside = sum(one.time_ms <= to_ms for one in reports)
    fold.take(reports[:inside])
    is_other, taken = bool(differences(contents.alert, fold.found.values())), inside
    while is_other and taken < len(reports):
        if fold.take(reports[taken : taken + 1]):
            is_other = bool(differences(contents.alert, fold.found.values()))
        taken += 1
    ticked_ms = None
    if is_other:
        last_ms = max([to_ms, *(one.time_ms for one in reports[-1:])])
        for at_ms in fold.ticks(last_ms + WAITED_MS):
            if not differences(contents.alert, fold.found.values()):
                ticked_ms, is_other = at_ms, False
                break
    taken = inside if is_other else taken
    checkpoint = exhibit.checkpoint
    cut = _first(contents, reports[:taken])
    return cut, Judging(
        how="fold",
        agreed=not is_other,
        ticked_to=to_rfc3339_if_known(ticked_ms),
        checkpoint=None if checkpoint is None else CHECKPOINT,
        checkpoint_format=None if checkpoint is None else checkpoint.state[:1].decode("latin-1"),
        checkpoint_judged_to=None if checkpoint is None else to_rfc3339_if_known(checkpoint.judged_time_ms),
    )


def _first(contents: Contents, reports: Sequence[PositionReport | DustReport | BackgroundReport]) -> Contents:
    return replace(
        contents,
        positions=[one for one in reports if isinstance(one, PositionReport)],
        readings=[one for one in reports if isinstance(one, DustReport)],
        background=[one for one in reports if isinstance(one, BackgroundReport)],
    )


def _members(contents: Contents, exhibit: Exhibit) -> tuple[Contents, Judging]:
    """What a suspected dump site is made of, as far as its evidence names it."""
    evidence = contents.alert.evidence
    assert isinstance(evidence, DumpSiteEvidence)
    ruleset = contents.timeline().version(contents.ruleset_version)
    rule = next((one for one in ruleset.area_rules if one.id == contents.alert.rule_id), None)
    if rule is None:
        raise ValueError(f"registry version {contents.ruleset_version} has no rule {contents.alert.rule_id}")
    named = set(evidence.members)
    dumpings = [finding_of(row) for row in exhibit.dumpings]
    found = dump_site.members(ruleset, rule, dumpings, exhibit.stays)
    members = [SeenMember(seen=one.seen, known_ms=one.known_ms) for one in found if one.seen in named]
    filled = replace(contents, members=members)
    if evidence.dumpings + evidence.stays > len(evidence.members):
        return filled, Judging(
            how="none", reason=f"its evidence names only the last {len(named)} of those it is made of"
        )
    return filled, Judging(how="members", agreed=not differences(filled.alert, filled.judged(None)))


def _registry(exhibit: Exhibit, contents: Contents) -> tuple[tuple[VersionSum, ...], dict[str, bytes]]:
    """What is said of each version, and the files; versions that say the same of this alert share one."""
    files: dict[str, bytes] = {}
    name_of: dict[bytes, str] = {}
    sums: list[VersionSum] = []
    for one in contents.versions:
        name, whole = None, exhibit.documents.get(one.number)
        if one.document is not None:
            name = name_of.setdefault(one.document, f"registry/v{one.number}.json")
            files[name] = one.document
        sums.append(
            VersionSum(
                version=one.number,
                effective_from=to_rfc3339(one.effective_from_ms),
                sha256=None if whole is None else sha256(whole.document).hexdigest(),
                file=name,
            )
        )
    return tuple(sums), files


def _lines(objects: Iterable[object]) -> bytes:
    return b"".join(msgspec.json.encode(one) + b"\n" for one in objects)
