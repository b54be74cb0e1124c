"""What storage raises. Driver errors end here: callers see one of these, the driver's own error as its cause.

`StorageUnavailable` means try again later with the same work; `StorageRefused` means that trying again
would end the same way, so it is our bug or bad data and the process stops.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
import psycopg


class StorageError(Exception):
    """Anything that goes wrong between us and the database."""


class StorageUnavailable(StorageError):  # noqa: N818 - a state of the server that callers wait out
    """The database cannot take the work now; nothing of it was stored, and it may be tried again."""


class StorageRefused(StorageError):  # noqa: N818 - the counterpart of StorageUnavailable
    """The database refused the work itself; trying again would end the same way."""


class ValueRefused(StorageRefused):
    """A value that the database cannot keep: a text with a NUL or half a character, a number too large."""


class ClaimLost(StorageError):  # noqa: N818 - says what happened
    """Another has claimed the name under which this was to be stored; nothing of it was, nor may be tried again."""


class MigrationRefused(StorageRefused):
    """The database's schema is not one that this version may touch."""


class VersionRefused(StorageError):  # noqa: N818 - says what happened
    """The order of the registry's versions does not allow it; the message says what to do."""


class ServerNotStarted(StorageError):  # noqa: N818 - says what happened
    """An embedded server did not come up; the message holds the end of its log."""


class NotThere(LookupError):  # noqa: N818 - says what happened
    """There is no such thing, or none that this person may see."""


# SQLSTATE classes and codes that pass by themselves or with an operator's help: connection lost, transaction
# rolled back (deadlock, serialization), insufficient resources (disk full, too many connections), operator
# intervention (shutdown, starting up, cancelled), system error, lock not available.
_PASSING_CLASSES = ("08", "40", "53", "57", "58")
# Lock not available; read only while failing over; a transaction that was idle, its process frozen, for too long.
_PASSING_CODES = frozenset({"55P03", "25006", "25P03"})


def is_passing(sqlstate: str | None) -> bool:
    """Tell whether an SQLSTATE names a failure that waiting may cure."""
    return sqlstate is not None and (sqlstate[:2] in _PASSING_CLASSES or sqlstate in _PASSING_CODES)


def _translated(error: Exception) -> StorageError:
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, asyncpg.DataError | UnicodeEncodeError):  # told by the server, or before it is asked
        return ValueRefused(text)
    if isinstance(error, asyncpg.PostgresError):
        return StorageUnavailable(text) if is_passing(error.sqlstate) else StorageRefused(text)
    if isinstance(error, asyncpg.InterfaceError):
        # Client-side: a closed or closing connection passes; an argument that cannot be encoded does not.
        return ValueRefused(text) if isinstance(error, ValueError | TypeError) else StorageUnavailable(text)
    if isinstance(error, psycopg.Error):
        # psycopg gives no SQLSTATE when the connection breaks or cannot be made.
        lost = isinstance(error, psycopg.OperationalError) and error.sqlstate is None
        return StorageUnavailable(text) if lost or is_passing(error.sqlstate) else StorageRefused(text)
    # A connection that breaks in the middle of a COPY can leave asyncpg's protocol in a state it does not know.
    if isinstance(error, OSError | EOFError | asyncpg.InternalClientError):
        return StorageUnavailable(text)
    return StorageRefused(text)


@contextmanager
def driver_errors() -> Iterator[None]:
    """Turn what a driver raises into `StorageUnavailable` or `StorageRefused`."""
    try:
        yield
    except (
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
        asyncpg.InternalClientError,
        psycopg.Error,
        OSError,
        EOFError,
        ValueError,
        OverflowError,
    ) as error:
        raise _translated(error) from error
