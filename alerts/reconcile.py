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
from alerts.pairing import paired
from domain.identifiers import RuleId

CONTRADICTED = "reports that came late contradict it"

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
    by_id = {old.finding.id: old for old in stored}
    which = paired([old.finding for old in stored], holding, _subject)
    pairs = {key: by_id[old.id] for key, old in which.items()}
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


def _subject(finding: Finding) -> Subject:
    return (finding.rule_id, finding.subject)


def _says_the_same(one: Finding, other: Finding) -> bool:
    """When it was complete does not count: a value that came late dates that differently."""
    return replace(one, detected_ms=other.detected_ms) == other
