"""What changed from one registry to another: entries added, removed and changed, with old and new values.

It compares what the documents mean, not how they are written: the order of entries, spaces and defaults that
are spelled out make no difference. Words for it are the business of those who show it.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct

from domain.entry_fields import Plain, fields_of
from domain.identifiers import RuleId
from domain.registry import SECTIONS, Registry
from domain.rule import Rule, RuleKind
from domain.shape_size import ShapeSize, distance_m, size_of


class Act(StrEnum):
    """What became of an entry."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class FieldChange(Struct, frozen=True, kw_only=True):
    """One field by its path; None where it is not there."""

    path: str
    old: Plain | None
    new: Plain | None


class ShapeChange(Struct, frozen=True, kw_only=True):
    """A shape drawn anew; how far its middle moved is unknown where its coordinate system changed too."""

    old: ShapeSize
    new: ShapeSize
    moved_m: float | None


class EntryDifference(Struct, frozen=True, kw_only=True):
    """One entry; `label` is its name or plate. Fields and shape are told of changed ones only."""

    id: str
    label: str
    act: Act
    fields: tuple[FieldChange, ...] = ()
    shape: ShapeChange | None = None


class SectionDifference(Struct, frozen=True, kw_only=True):
    """One section of the document, with its entries by id."""

    section: str
    entries: tuple[EntryDifference, ...]


class Difference(Struct, frozen=True, kw_only=True):
    """From one registry to another; `fields` are those of the document itself, such as its time zone."""

    fields: tuple[FieldChange, ...] = ()
    sections: tuple[SectionDifference, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Tell whether both mean the same."""
        return not self.fields and not self.sections


def difference(old: Registry, new: Registry) -> Difference:
    """What must change in the old registry to make it the new one."""
    sections = (
        SectionDifference(section=name, entries=_entries(_section(old, name), _section(new, name)))
        for name in SECTIONS
    )
    return Difference(
        fields=changed_fields({"timezone": old.timezone}, {"timezone": new.timezone}),
        sections=tuple(section for section in sections if section.entries),
    )


def changed_fields(old: dict[str, Plain], new: dict[str, Plain]) -> tuple[FieldChange, ...]:
    """The fields that differ, by path in the order of the old and then of the new entry."""
    return tuple(
        FieldChange(path=path, old=old.get(path), new=new.get(path))
        for path in {**old, **new}
        if not _same(old.get(path), new.get(path))
    )


def _same(old: Plain | None, new: Plain | None) -> bool:
    # True equals 1 in Python, but not in a document.
    return old == new and isinstance(old, bool) == isinstance(new, bool)


def _section(registry: Registry, name: str) -> Sequence[Any]:
    if name == "rules" and registry.rules is None:
        return [Rule(id=RuleId(kind.value), kind=kind) for kind in RuleKind]
    entries: Sequence[Any] = getattr(registry, name)
    return entries


def _entries(old: Sequence[Any], new: Sequence[Any]) -> tuple[EntryDifference, ...]:
    before, after = {entry.id: entry for entry in old}, {entry.id: entry for entry in new}
    found = (_entry(before.get(name), after.get(name)) for name in sorted({*before, *after}))
    return tuple(entry for entry in found if entry is not None)


def _entry(old: Any, new: Any) -> EntryDifference | None:
    """What became of an entry that at least one side has; None if nothing."""
    if old is None or new is None:
        act, known = (Act.ADDED, new) if old is None else (Act.REMOVED, old)
        return EntryDifference(id=known.id, label=_label(known), act=act)
    if msgspec.json.encode(old) == msgspec.json.encode(new):  # most entries, and quicker than their fields
        return None
    fields, shape = changed_fields(fields_of(old), fields_of(new)), _shape(old, new)
    if not fields and shape is None:
        return None
    return EntryDifference(id=new.id, label=_label(new), act=Act.CHANGED, fields=fields, shape=shape)


def _label(entry: Any) -> str:
    return getattr(entry, "plate", "") or getattr(entry, "name", "")


def _shape(old: Any, new: Any) -> ShapeChange | None:
    drawn_old, drawn_new = _drawn(old), _drawn(new)
    if drawn_old == drawn_new:
        return None
    before, after = size_of(drawn_old), size_of(drawn_new)
    comparable = getattr(old, "crs", None) == getattr(new, "crs", None)
    return ShapeChange(old=before, new=after, moved_m=distance_m(before, after) if comparable else None)


def _drawn(entry: Any) -> Any:
    shape = getattr(entry, "shape", None)
    return getattr(entry, "line", None) if shape is None else shape
