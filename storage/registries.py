"""The registry's versions, as the shells ask for them."""

from collections.abc import Sequence

from storage import registry_versions
from storage.pool import Pool
from storage.records import RegistryHead, RegistryVersion, VersionInForce
from storage.sql import queries


class Registries(Pool):
    """Versions of the registry: saving and cancelling one, and which is in force when."""

    async def save_registry(
        self, document: bytes, *, author: str, effective_from_ms: int | None = None, note: str = ""
    ) -> int:
        """Append a version, in force from an instant or as soon as ingest has it, and give its number.

        Where the version in force from then on says the same, it is that one's number. Raises VersionRefused
        where a later version is planned.
        """
        async with self.connection() as connection:
            return await registry_versions.save(
                connection, document, author=author, effective_from_ms=effective_from_ms, note=note
            )

    async def kept_since_start(self, document: bytes, *, authors: Sequence[str]) -> int | None:
        """The version of a document after which people alone changed anything; None where it is to be loaded.

        `authors` are patterns of SQL for those that load at a start.
        """
        async with self.connection() as connection:
            version: int | None = await connection.fetchval(
                queries("registry")["kept_since_start"], document, list(authors)
            )
        return version

    async def cancel_registry(self, version: int, *, author: str) -> None:
        """Call off a planned version, as if it had never been; raises VersionRefused where it is too late."""
        async with self.connection() as connection:
            await registry_versions.cancel(connection, version, author=author)

    async def newest_registry(self) -> RegistryVersion | None:
        """The newest version that is not cancelled, if any; it may be in force only later."""
        async with self.connection() as connection:
            known = await registry_versions.timeline(connection)
            return await registry_versions.load(connection, known[-1].version) if known else None

    async def registry_at(self, time_ms: int) -> RegistryVersion | None:
        """The version in force at an instant, if there is any."""
        async with self.connection() as connection:
            found = registry_versions.in_force_at(await registry_versions.timeline(connection), time_ms)
            return None if found is None else await registry_versions.load(connection, found.version)

    async def registry_timeline(self) -> Sequence[VersionInForce]:
        """When which version is in force, in order; cancelled ones are left out."""
        async with self.connection() as connection:
            return await registry_versions.timeline(connection)

    async def registry_stamp(self) -> tuple[int, int]:
        """What differs once there are other versions: the last number, and how many are cancelled."""
        async with self.connection() as connection:
            return await registry_versions.stamp(connection)

    async def registry_version(self, version: int) -> RegistryVersion | None:
        """One version with its document, also a cancelled one."""
        async with self.connection() as connection:
            return await registry_versions.load(connection, version)

    async def registry_versions(
        self, *, limit: int = 100, before: int | None = None
    ) -> Sequence[RegistryHead]:
        """Versions without their documents, newest first; `before` continues after the last of a page."""
        async with self.connection() as connection:
            return await registry_versions.heads(connection, limit, before)
