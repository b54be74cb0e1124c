"""Brings a database to the schema of this version: numbered SQL files, each applied once, in one transaction.

A file's name says where it belongs: `0001_reports.sql` everywhere, `0005_x.timescale.sql` on TimescaleDB,
`.community.sql` on its Community edition, `.views.sql` where continuous aggregates are missing, `.plain.sql`
on PostgreSQL alone. What was
applied is kept with its digest: a file changed afterwards, or one this version does not know, is refused.
"""

import hashlib
import re
from pathlib import Path
from typing import Any

import psycopg
from msgspec import Struct

from storage.edition import Server, add_extension, detect
from storage.errors import MigrationRefused, driver_errors

DIRECTORY = Path(__file__).parent / "schema"

_NAME = re.compile(r"^(\d{4})_\w+(?:\.(timescale|community|views|plain))?\.sql$")
_LOCK = 7_231_480_115  # any number, as long as every starter takes the same

_BOOK = """
create table if not exists schema_migrations (
    name        text        primary key,
    digest      text        not null,
    applied_at  timestamptz not null default now()
)
"""


class Migration(Struct, frozen=True, kw_only=True):
    """One file: its number orders it, `kind` is None where it belongs everywhere."""

    name: str
    kind: str | None
    text: str

    @property
    def digest(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


class Applied(Struct, frozen=True, kw_only=True):
    """What `migrate` found and did: the server, the files applied now, those that were there already."""

    server: Server
    new: tuple[str, ...]
    old: tuple[str, ...]


def migrations(directory: Path = DIRECTORY) -> tuple[Migration, ...]:
    """All migrations in order; raises ValueError for a file whose name does not say where it belongs."""
    found = []
    for path in sorted(directory.glob("*.sql")):
        match = _NAME.match(path.name)
        if match is None:
            raise ValueError(f"{path.name} is no name for a migration")
        found.append(Migration(name=path.name, kind=match[2], text=path.read_text(encoding="utf-8")))
    return tuple(found)


def migrate(dsn: str, *, directory: Path = DIRECTORY) -> Applied:
    """Apply what is missing; two starters at once are safe.

    Raises MigrationRefused if the schema was changed behind our back or is newer than this version,
    StorageUnavailable if the server cannot be reached.
    """
    with driver_errors(), psycopg.connect(dsn, autocommit=True, connect_timeout=10) as connection:
        connection.execute("select pg_advisory_lock(%s)", (_LOCK,))
        try:
            add_extension(connection)
            return _apply(connection, detect(connection), migrations(directory))
        finally:
            if not connection.broken:
                connection.execute("select pg_advisory_unlock(%s)", (_LOCK,))


def _apply(connection: psycopg.Connection[Any], server: Server, known: tuple[Migration, ...]) -> Applied:
    connection.execute("set client_min_messages = warning")
    connection.execute(_BOOK)
    rows = connection.execute("select name, digest from schema_migrations order by name").fetchall()
    applied = {str(name): str(digest) for name, digest in rows}
    _refuse_strangers(applied, known)
    new = [one for one in known if one.name not in applied and (one.kind is None or one.kind in server.wants)]
    for migration in new:
        with connection.transaction():
            for statement in statements(migration.text):
                connection.execute(statement.encode())
            connection.execute(
                "insert into schema_migrations (name, digest) values (%s, %s)",
                (migration.name, migration.digest),
            )
    return Applied(server=server, new=tuple(one.name for one in new), old=tuple(applied))


def _refuse_strangers(applied: dict[str, str], known: tuple[Migration, ...]) -> None:
    digests = {one.name: one.digest for one in known}
    newer = sorted(name for name in applied if name not in digests)
    if newer:
        raise MigrationRefused(
            f"the database was migrated by a newer version ({', '.join(newer)} is unknown here); run that version"
        )
    changed = sorted(name for name, digest in applied.items() if digests[name] != digest)
    if changed:
        raise MigrationRefused(
            f"{', '.join(changed)} was applied to this database and has been changed since; "
            "restore the file and put the change in a migration of its own"
        )


def statements(text: str) -> list[str]:
    """The statements of a file. Ours end with a semicolon at the end of a line; the cut keeps one a round trip."""
    bare = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))
    return [part.strip() for part in re.split(r";\s*$", bare, flags=re.MULTILINE) if part.strip()]
