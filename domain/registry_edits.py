"""Edits of a registry document entry by entry: applied to it, found again in its problems, and merged.

An entry is known by its section and id, or `settings` and the name of what the document says once, such as
its time zone. Documents are plain JSON here, so that what is not edited stays exactly as it was given.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct

from domain.difference import Act
from domain.registry import SECTIONS
from domain.rule import RuleKind

Document: TypeAlias = Mapping[str, Any]
Entry: TypeAlias = Mapping[str, Any]

SETTINGS = "settings"
SETTING_IDS = ("timezone",)
EDITED_KINDS = (*SECTIONS, SETTINGS)

_IN_SECTION = re.compile(r"\$\.(\w+)\[(\d+)\]")


class Edit(Struct, frozen=True, kw_only=True):
    """What an entry is to be; None removes it. A setting's entry is `{"value": ...}`."""

    kind: str
    id: str
    entry: dict[str, Any] | None = None


class Conflict(Struct, frozen=True, kw_only=True):
    """An entry that both sides changed since the version they began from, each in its own way."""

    kind: str
    id: str
    theirs: Act
    mine: Act


def edit_problem(edit: Edit) -> str | None:
    """Why no document can take an edit; None if one can."""
    if edit.kind not in EDITED_KINDS:
        return f"there is no section {edit.kind!r}: it is one of {', '.join(EDITED_KINDS)}"
    if edit.kind == SETTINGS:
        if edit.id not in SETTING_IDS:
            return f"there is no setting {edit.id!r}: it is one of {', '.join(SETTING_IDS)}"
        return None if edit.entry is None or set(edit.entry) == {"value"} else 'must be {"value": ...}'
    if edit.entry is not None and edit.entry.get("id") != edit.id:
        return f"the entry's id must be {edit.id!r}: to rename one, remove it and add another"
    return None


def applied(document: Document, edits: Iterable[Edit]) -> dict[str, Any]:
    """The document with the edits in it: changed entries in their places, new ones at the end of their section."""
    by_kind: dict[str, dict[str, Edit]] = {}
    for edit in edits:
        by_kind.setdefault(edit.kind, {})[edit.id] = edit
    after = dict(document)
    for name, edit in by_kind.pop(SETTINGS, {}).items():
        after.pop(name, None)
        if edit.entry is not None:
            after[name] = edit.entry["value"]
    for kind, wanted in by_kind.items():
        after[kind] = _section_with(_entries(document, kind), wanted)
    return after


def _section_with(entries: Sequence[Any], wanted: Mapping[str, Edit]) -> list[Any]:
    """Entries with edits by id; an edit that finds nothing to remove does nothing."""
    known = {_id_of(entry) for entry in entries}
    changed = [wanted[name].entry if (name := _id_of(entry)) in wanted else entry for entry in entries]
    new = [edit.entry for name, edit in wanted.items() if name not in known]
    return [entry for entry in (*changed, *new) if entry is not None]


def _entries(document: Document, kind: str) -> list[Any]:
    given = document.get(kind)
    if given is None and kind == "rules":  # without a list every kind judges with its default numbers
        return [{"id": rule.value, "kind": rule.value} for rule in RuleKind]
    return given if isinstance(given, list) else []


def _id_of(entry: Any) -> str:
    name = entry.get("id") if isinstance(entry, dict) else None
    return name if isinstance(name, str) else ""


def entries_of(document: Document, kind: str) -> dict[str, Entry]:
    """The entries of a section, or the settings, by id; a rule that judges by default is one too."""
    if kind == SETTINGS:
        return {name: {"value": document[name]} for name in SETTING_IDS if document.get(name) is not None}
    return {name: entry for entry in _entries(document, kind) if (name := _id_of(entry))}


def owner_of(document: Document, path: str) -> tuple[str, str] | None:
    """The kind and id of the entry that a JSON path leads into; None where it leads into none."""
    if path.removeprefix("$.") in SETTING_IDS:
        return SETTINGS, path.removeprefix("$.")
    found = _IN_SECTION.match(path)
    if found is None:
        return None
    entries = _entries(document, found[1])
    name = _id_of(entries[int(found[2])]) if int(found[2]) < len(entries) else ""
    return (found[1], name) if name else None


def act_of(before: Entry | None, after: Entry | None) -> Act | None:
    """What becomes of an entry; None where nothing does."""
    if _written(before) == _written(after):
        return None
    if before is None:
        return Act.ADDED
    return Act.REMOVED if after is None else Act.CHANGED


def _written(entry: Entry | None) -> bytes:
    # As text, because True equals 1 in Python, but not in a document.
    return msgspec.json.encode(entry, order="deterministic")


def conflicts(base: Document, newest: Document, edits: Sequence[Edit]) -> tuple[Conflict, ...]:
    """What was edited here and changed there since the base, other than to the same."""
    return tuple(
        Conflict(kind=edit.kind, id=edit.id, theirs=theirs, mine=mine)
        for edit, was, is_now in _beside(edits, base, newest)
        if (theirs := act_of(was, is_now)) is not None
        and act_of(is_now, edit.entry) is not None
        and (mine := act_of(was, edit.entry)) is not None
    )


def settled(base: Document, newest: Document, edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """The edits that say nothing of their own beside a newer document: it says the same, or they never did."""
    return tuple(
        edit
        for edit, was, is_now in _beside(edits, base, newest)
        if act_of(is_now, edit.entry) is None or act_of(was, edit.entry) is None
    )


def _beside(
    edits: Sequence[Edit], base: Document, newest: Document
) -> list[tuple[Edit, Entry | None, Entry | None]]:
    """Each edit with its entry in either document."""
    sides = {edit.kind: (entries_of(base, edit.kind), entries_of(newest, edit.kind)) for edit in edits}
    return [(edit, sides[edit.kind][0].get(edit.id), sides[edit.kind][1].get(edit.id)) for edit in edits]
