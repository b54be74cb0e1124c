"""Which stored alert each suspected dump site is, now that it was judged again, and what is to be done.

A place has no id in the registry: it is the same while a member of it is the same. What is stored keeps its
id, and its name with it, whatever late data does to the first member.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from msgspec.structs import replace

from alerts.evidence import DumpSiteEvidence
from alerts.finding import Finding
from alerts.reconcile import StoredAlert, reconcile

MemberKey = tuple[str, str, int]


def member_keys(finding: Finding) -> frozenset[MemberKey]:
    """Its members by kind, vehicle and start."""
    if not isinstance(finding.evidence, DumpSiteEvidence):
        return frozenset()
    return frozenset((one.kind, one.vehicle_id, one.at_ms) for one in finding.evidence.members)


def correct(stored: Sequence[Finding], found: Iterable[Finding]) -> tuple[Finding, ...]:
    """What is to be stored, so that the stored alerts of one rule say what was found."""
    pairs = _paired(stored, sorted(found, key=lambda one: (one.started_ms, one.subject)))
    kept = {old.id for _, old in pairs if old is not None}
    news: list[Finding] = []
    for finding, old in pairs:
        if old is None:
            news.append(finding)
            continue
        named = replace(finding, subject=old.subject, area=old.area, first_started_ms=old.first_started_ms)
        news.extend(reconcile([StoredAlert(finding=old)], [named]).news)
    gone = [StoredAlert(finding=old) for old in stored if old.id not in kept]
    return (*reconcile(gone, ()).news, *news)


def _paired(stored: Sequence[Finding], found: Sequence[Finding]) -> list[tuple[Finding, Finding | None]]:
    """Each place with the stored alert that it is: the same id, else the one that stands and shares most members."""
    free = {old.id: old for old in stored}
    own: dict[UUID, Finding] = {one.id: free.pop(one.id) for one in found if one.id in free}
    keys = {old.id: member_keys(old) for old in stored}
    pairs: list[tuple[Finding, Finding | None]] = []
    for one in found:
        match = own.get(one.id)
        if match is None:
            shared = {key: len(keys[key] & member_keys(one)) for key in free}
            likely = [old for key, old in free.items() if shared[key] and old.rule_id == one.rule_id]
            likely.sort(key=lambda old: (old.withdrawn is not None, -shared[old.id], old.started_ms))
            match = free.pop(likely[0].id) if likely else None
        pairs.append((one, match))
    return pairs
