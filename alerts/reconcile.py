"""Old alerts of one device and what judging its reports again found: what to add, change, withdraw.

A finding that overlaps a stored alert of the same rule and subject is that alert, corrected: it keeps its
id, one to one, earliest first. An alert that no longer holds is withdrawn with a reason, never deleted;
one a person has acted on is put up for review instead.
"""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from alerts.finding import Finding
from domain.identifiers import RuleId

CONTRADICTED = "reports that came late contradict it"
_FAR_MS = 1 << 62

Subject = tuple[RuleId, str]


class StoredAlert(Struct, frozen=True, kw_only=True):
    """An alert as it is stored; `acted_on` says that a person has done something about it."""

    finding: Finding
    acted_on: bool = False


class Reconciled(Struct, frozen=True, kw_only=True):
    """What is to be done; `first_started_ms` gives, by the engine's id, the first start of the id that is kept.

    `review` holds what would have been changed or withdrawn if nobody had acted on it.
    """

    added: tuple[Finding, ...] = ()
    changed: tuple[Finding, ...] = ()
    withdrawn: tuple[Finding, ...] = ()
    review: tuple[Finding, ...] = ()
    first_started_ms: Mapping[UUID, int]

    @property
    def news(self) -> tuple[Finding, ...]:
        """All that is to be stored."""
        return (*self.withdrawn, *self.changed, *self.added)


def reconcile(stored: Sequence[StoredAlert], found: Iterable[Finding]) -> Reconciled:
    """Compare the alerts that could be touched with the last word of the engine on each it found."""
    last = {finding.id: finding for finding in found}
    holding = [finding for finding in last.values() if finding.withdrawn is None]
    reasons = {key: finding.withdrawn for key, finding in last.items() if finding.withdrawn is not None}
    pairs = _paired(stored, holding)
    added: list[Finding] = []
    changed: list[Finding] = []
    withdrawn: list[Finding] = []
    review: list[Finding] = []
    for finding in holding:
        old = pairs.get(finding.id)
        if old is None:
            added.append(finding)
            continue
        corrected = replace(finding, first_started_ms=old.finding.first_started_ms)
        if not _says_the_same(corrected, old.finding):
            (review if old.acted_on else changed).append(corrected)
    kept = {old.finding.id for old in pairs.values()}
    for old in stored:
        if old.finding.id not in kept and old.finding.withdrawn is None:
            gone = replace(old.finding, withdrawn=reasons.get(old.finding.id) or CONTRADICTED)
            (review if old.acted_on else withdrawn).append(gone)
    return Reconciled(
        added=tuple(added),
        changed=tuple(changed),
        withdrawn=tuple(withdrawn),
        review=tuple(review),
        first_started_ms={
            key: old.finding.first_started_ms for key, old in pairs.items() if old.finding.id != key
        },
    )


def _paired(stored: Sequence[StoredAlert], holding: Sequence[Finding]) -> dict[UUID, StoredAlert]:
    """The stored alert that each finding is, by the finding's id: the same id first, then by overlap."""
    by_id = {old.finding.id: old for old in stored}
    pairs = {finding.id: by_id[finding.id] for finding in holding if finding.id in by_id}
    free: dict[Subject, list[StoredAlert]] = {}
    # one that stands goes before one that was withdrawn
    for old in sorted(stored, key=lambda old: (old.finding.withdrawn is not None, old.finding.started_ms)):
        if old.finding.id not in pairs:
            free.setdefault(_subject(old.finding), []).append(old)
    for finding in sorted(holding, key=lambda finding: finding.started_ms):
        candidates = free.get(_subject(finding), [])
        if finding.id in pairs or not candidates:
            continue
        match = next((old for old in candidates if _overlap(old.finding, finding)), None)
        if match is not None:
            candidates.remove(match)
            pairs[finding.id] = match
    return pairs


def _subject(finding: Finding) -> Subject:
    return (finding.rule_id, finding.subject)


def _overlap(one: Finding, other: Finding) -> bool:
    return one.started_ms <= _end_ms(other) and other.started_ms <= _end_ms(one)


def _end_ms(finding: Finding) -> int:
    """Where it ends; one that was withdrawn while it went on says nothing beyond what was known then."""
    if finding.ended_ms is not None:
        return finding.ended_ms
    return _FAR_MS if finding.withdrawn is None else max(finding.started_ms, finding.detected_ms)


def _says_the_same(one: Finding, other: Finding) -> bool:
    """When it was complete does not count: a value that came late dates that differently."""
    return replace(one, detected_ms=other.detected_ms) == other
