"""What the entries of a registry document are called, so that a sheet may say a plate or a name for an id."""

from collections.abc import Sequence
from typing import Any

from domain.document import UnfitError
from domain.registry_edits import Document, entries_of
from domain.sheet import folded
from domain.values import shown

SECTIONS = ("vehicles", "companies", "zones", "routes")


class Names:
    """The names and ids of one document."""

    def __init__(self, document: Document) -> None:
        """Read the sections that others refer to."""
        self._entries = {section: entries_of(document, section) for section in SECTIONS}
        self._called: dict[tuple[str, str], list[str]] = {}
        for section, entries in self._entries.items():
            for name, entry in entries.items():
                for called in {folded(name), folded(_name(entry))} - {""}:
                    self._called.setdefault((section, called), []).append(name)

    def find(self, section: str, written: str, kinds: Sequence[str] = ()) -> str:
        """The id that is meant by an id, a name or a plate; raises UnfitError for none or several."""
        entries = self._entries[section]
        if written in entries:
            return written
        called = self._called.get((section, folded(written)), [])
        fitting = [name for name in called if not kinds or entries[name].get("kind") in kinds] or called
        if len(fitting) == 1:
            return fitting[0]
        if not fitting:
            raise UnfitError("unknown", value=shown(written), section=section)
        raise UnfitError("several", value=shown(written), ids=tuple(fitting))

    def name_of(self, section: str, entry_id: str, kinds: Sequence[str] = ()) -> str:
        """What a sheet calls an entry: its name where that is enough to find it again, else its id."""
        name = _name(self._entries[section].get(entry_id, {}))
        try:
            return name if name and self.find(section, name, kinds) == entry_id else entry_id
        except UnfitError:
            return entry_id

    def vehicles_with(self, plate: str) -> list[str]:
        """The ids of the vehicles with a plate."""
        wanted = folded(plate)
        called = self._called.get(("vehicles", wanted), [])
        return [name for name in called if folded(_name(self._entries["vehicles"][name])) == wanted]


def _name(entry: Any) -> str:
    name = entry.get("plate") or entry.get("name") or ""
    return name if isinstance(name, str) else ""
