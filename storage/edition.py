"""Which of the three servers this is, and what differs between them. Everything else asks here.

TimescaleDB Community has everything; its Apache edition has hypertables and `drop_chunks`, but neither
compression, policies nor continuous aggregates; PostgreSQL alone has ordinary tables under the same names.
"""

from enum import StrEnum
from typing import Any, LiteralString

import psycopg
from msgspec import Struct


class Edition(StrEnum):
    """The kinds of server the service runs on."""

    PLAIN = "plain"
    APACHE = "apache"
    COMMUNITY = "community"


class Server(Struct, frozen=True, kw_only=True):
    """What a server says it is; `timescaledb` is the extension's version where it is there."""

    edition: Edition
    postgresql: str
    timescaledb: str | None = None

    @property
    def has_hypertables(self) -> bool:
        """Positions and readings are cut into chunks by time, and old chunks are dropped whole."""
        return self.edition is not Edition.PLAIN

    @property
    def has_compression(self) -> bool:
        """Old chunks are kept in columns; roll-ups are continuous aggregates, both run by the server's policies."""
        return self.edition is Edition.COMMUNITY

    @property
    def wants(self) -> frozenset[str]:
        """The kinds of migration that belong to this server, beside those that every server gets."""
        kinds = {
            Edition.PLAIN: {"plain", "views"},
            Edition.APACHE: {"timescale", "views"},
            Edition.COMMUNITY: {"timescale", "community"},
        }
        return frozenset(kinds[self.edition])

    def __str__(self) -> str:
        """Name the server as a person would."""
        names = {Edition.APACHE: "TimescaleDB Apache edition", Edition.COMMUNITY: "TimescaleDB Community"}
        if self.timescaledb is None:
            return f"PostgreSQL {self.postgresql}"
        return f"{names[self.edition]} {self.timescaledb} on PostgreSQL {self.postgresql}"


_EXTENSION: LiteralString = "select extversion from pg_extension where extname = 'timescaledb'"


def _one(connection: psycopg.Connection[Any], query: LiteralString) -> str | None:
    row = connection.execute(query).fetchone()
    return None if row is None else str(row[0])


def detect(connection: psycopg.Connection[Any]) -> Server:
    """Ask the server what it is."""
    postgresql = _one(connection, "show server_version") or ""
    timescaledb = _one(connection, _EXTENSION)
    if timescaledb is None:
        return Server(edition=Edition.PLAIN, postgresql=postgresql)
    # Only the Community edition ships the TSL library; "apache" says that it is missing or switched off.
    is_community = _one(connection, "select current_setting('timescaledb.license', true)") == "timescale"
    edition = Edition.COMMUNITY if is_community else Edition.APACHE
    return Server(edition=edition, postgresql=postgresql, timescaledb=timescaledb)


def add_extension(connection: psycopg.Connection[Any]) -> None:
    """Turn TimescaleDB on in this database where the server has it loaded and lets us; otherwise do nothing."""
    available = _one(connection, "select 1 from pg_available_extensions where name = 'timescaledb'")
    loaded = _one(connection, "select current_setting('shared_preload_libraries', true)") or ""
    if available is None or "timescaledb" not in loaded or _one(connection, _EXTENSION) is not None:
        return
    try:
        connection.execute("create extension timescaledb")
    except psycopg.errors.InsufficientPrivilege:
        # A hosted database without the right to: it serves as PostgreSQL alone.
        connection.rollback()
