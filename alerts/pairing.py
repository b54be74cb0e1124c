"""Which alert of one judgement is which of another: the same id first, then spans that overlap, one to one."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Protocol, TypeVar
from uuid import UUID

_FAR_MS = 1 << 62


class Spanned(Protocol):
    """What a finding and a stored alert have alike, as far as pairing goes."""

    @property
    def id(self) -> UUID: ...
    @property
    def started_ms(self) -> int: ...
    @property
    def detected_ms(self) -> int: ...
    @property
    def ended_ms(self) -> int | None: ...
    @property
    def withdrawn(self) -> str | None: ...


Old = TypeVar("Old", bound=Spanned)
New = TypeVar("New", bound=Spanned)


def paired(
    old: Sequence[Old], new: Iterable[New], subject_of: Callable[[Old | New], Hashable]
) -> dict[UUID, Old]:
    """The old alert that each new one is, by the new one's id; both earliest first.

    Where several old ones would do, one that stands goes before one that was withdrawn.
    """
    by_id = {one.id: one for one in old}
    found = {one.id: one for one in new}
    pairs = {key: by_id[key] for key in found if key in by_id}
    free: dict[Hashable, list[Old]] = {}
    for one in sorted(old, key=lambda each: (each.withdrawn is not None, each.started_ms)):
        if one.id not in pairs:
            free.setdefault(subject_of(one), []).append(one)
    for key, wanted in sorted(found.items(), key=lambda item: item[1].started_ms):
        candidates = free.get(subject_of(wanted), [])
        if key in pairs:
            continue
        match = next((each for each in candidates if _overlap(each, wanted)), None)
        if match is not None:
            candidates.remove(match)
            pairs[key] = match
    return pairs


def _overlap(one: Spanned, other: Spanned) -> bool:
    return one.started_ms <= _end_ms(other) and other.started_ms <= _end_ms(one)


def _end_ms(alert: Spanned) -> int:
    """Where it ends; one that was withdrawn while it went on says nothing beyond what was known then."""
    if alert.ended_ms is not None:
        return alert.ended_ms
    return _FAR_MS if alert.withdrawn is None else max(alert.started_ms, alert.detected_ms)
