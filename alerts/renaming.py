"""The alerts inside a device's state: which they are, and the state in which they go by other ids.

An alert that late data corrects keeps its id, so the state that judging goes on from must hold it under
that id too. Rule states are walked field by field: one that is added later needs nothing here.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar, cast
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from alerts.device_state import DeviceState, StationState
from alerts.dust_limit import LimitState
from alerts.finding import Finding
from domain.identifiers import RuleId

FirstStarts = Mapping[UUID, int]
"""By the id an alert has: the start as first found (ms) of the id it is to have."""

T = TypeVar("T")

_HOLDERS = (Struct, dict, tuple)


def alerts_in(state: DeviceState) -> dict[UUID, Finding]:
    """The alerts that the rules hold in their states, in their newest version; not what ticks found."""
    former = state.former if isinstance(state, StationState) else ()
    return {finding.id: finding for finding in _found_in((state.rules, former))}


def findings_in(value: object) -> tuple[Finding, ...]:
    """The findings that a rule's state holds."""
    return tuple(_found_in(value))


def renamed(state: DeviceState, first_started_ms: FirstStarts) -> DeviceState:
    """The state with these alerts under their other ids, those that ticks found too."""
    if not first_started_ms:
        return state
    changed: DeviceState = replace(
        state,
        rules=_renamed(state.rules, first_started_ms),
        tentative=_renamed(state.tentative, first_started_ms),
    )
    if isinstance(changed, StationState):
        changed = replace(changed, former=_renamed(changed.former, first_started_ms))
    return changed


def rename(finding: Finding, first_started_ms: FirstStarts) -> Finding:
    """The finding under its other id, if it has one."""
    first_ms = first_started_ms.get(finding.id)
    return finding if first_ms is None else replace(finding, first_started_ms=first_ms)


def kept_ids(findings: Iterable[Finding], told: Iterable[Finding]) -> dict[UUID, int]:
    """The first starts of those findings that were told before, from the same start, under another id."""
    moved = {_condition(one): one.first_started_ms for one in told if one.first_started_ms != one.started_ms}
    if not moved:
        return {}
    return {
        finding.id: moved[_condition(finding)]
        for finding in findings
        if moved.get(_condition(finding), finding.first_started_ms) != finding.first_started_ms
    }


def _condition(finding: Finding) -> tuple[RuleId, str, int]:
    return (finding.rule_id, finding.subject, finding.started_ms)


def _found_in(value: object) -> Iterator[Finding]:
    if isinstance(value, Finding):
        yield value
    elif isinstance(value, LimitState):
        # oldest first: the base is what the run is told from anew, and holds alerts as they were then
        yield from _found_in((value.base, value.run, value.told))
    elif isinstance(value, Struct):
        yield from _found_in(tuple(getattr(value, name) for name in value.__struct_fields__))
    elif isinstance(value, dict):
        yield from _found_in(tuple(value.values()))
    elif isinstance(value, tuple):
        for one in value:
            if isinstance(one, _HOLDERS):  # asked here: most of a state is numbers and words
                yield from _found_in(one)


def _renamed(value: T, first_started_ms: FirstStarts) -> T:
    """The value with what it holds renamed; itself where nothing changes."""
    after: object = value
    if isinstance(value, Finding):
        after = rename(value, first_started_ms)
    elif isinstance(value, Struct):
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        changes = {
            name: new for name, old in fields.items() if (new := _renamed(old, first_started_ms)) is not old
        }
        after = replace(value, **changes) if changes else value
    elif isinstance(value, dict):
        entries = {key: _renamed(old, first_started_ms) for key, old in value.items()}
        after = entries if any(entries[key] is not value[key] for key in entries) else value
    elif isinstance(value, tuple):
        items = tuple(_renamed(old, first_started_ms) for old in value)
        after = items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    return cast("T", after)
