"""Reads what ids were called by the versions of the registry that judged.

A city makes many versions a day, and most change rules, permits or routes alone. So one is read whole only where
what the names come from is written otherwise than in those read before.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from hashlib import sha256

import msgspec

from domain.registry import Registry, check
from exports.book import Book, Books
from storage.registry_versions import in_force_at
from storage.store import RegistryVersion, Store

KEPT = 256


class _Named(msgspec.Struct):
    districts: msgspec.Raw = msgspec.Raw(b"")
    companies: msgspec.Raw = msgspec.Raw(b"")
    vehicles: msgspec.Raw = msgspec.Raw(b"")
    stations: msgspec.Raw = msgspec.Raw(b"")
    zones: msgspec.Raw = msgspec.Raw(b"")
    timezone: msgspec.Raw = msgspec.Raw(b"")


class _Read(msgspec.Struct, frozen=True):
    digest: bytes
    book: Book


class BookReader:
    """What it has read of a version, which never changes, it keeps."""

    def __init__(self, store: Store) -> None:
        """Read from a store."""
        self._store = store
        self._read: OrderedDict[int, _Read] = OrderedDict()
        self._reading = asyncio.Lock()

    async def version_at(self, time_ms: int) -> int | None:
        """The version in force at an instant; None before there is any."""
        found = in_force_at(await self._store.registry_timeline(), time_ms)
        return None if found is None else found.version

    async def book(self, version: int) -> Book:
        """The book of a version that there is."""
        book = await self._book(version)
        assert book is not None
        return book

    async def books(self, current: int, versions: Iterable[int | None]) -> Books:
        """The books of these versions; for those that there never were speaks the current one."""
        judged = {}
        for version in sorted({one for one in versions if one is not None}):
            book = await self._book(version)
            if book is not None:
                judged[version] = book
        return Books(await self.book(current), judged)

    async def _book(self, version: int) -> Book | None:
        async with self._reading:
            if version not in self._read:
                found = await self._store.registry_version(version)
                if found is None:
                    return None
                self._read[version] = await asyncio.to_thread(_read, found, dict(self._read))
                while len(self._read) > KEPT:
                    self._read.popitem(last=False)
            self._read.move_to_end(version)
            return self._read[version].book


def _read(found: RegistryVersion, known: Mapping[int, _Read]) -> _Read:
    parts = msgspec.json.decode(found.document, type=_Named)
    digest = sha256(b"\0".join(bytes(part) for part in msgspec.structs.astuple(parts))).digest()
    same = next((one for one in known.values() if one.digest == digest), None)
    if same is not None:
        return same
    registry = check(found.document)
    if not isinstance(registry, Registry):
        raise ValueError(f"registry version {found.version}: {registry[0].path}: {registry[0].message}")
    like = max(known, default=None)
    return _Read(digest, Book(registry, None if like is None else known[like].book))
