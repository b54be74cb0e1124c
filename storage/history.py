"""Long reads of the past over psycopg, for backtests: one connection of its own that cannot write.

Each verb is one short statement: no snapshot is held for long, so that the server can go on tidying up
after live ingest. Whoever reads a long span asks for it in slices.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Self, TypeVar

import psycopg
from psycopg.rows import dict_row
from psycopg.types.numeric import Int8BinaryLoader

from domain.report import BackgroundReport, DustReport, PositionReport
from storage.errors import driver_errors
from storage.records import AlertRow, alert_from
from storage.rows import background_from, dust_from, position_of
from storage.sql import queries

_EPOCH_2000_MS = 946_684_800_000
_Made = TypeVar("_Made")


class History:
    """What is stored, read only. Raises the errors of `storage.errors`; spans are [from, to) in ms since 1970."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        """Take over an open connection; callers use `open`."""
        self._connection = connection
        # A timestamp is eight bytes of microseconds; making a datetime of each would double the cost of a row.
        connection.adapters.register_loader("timestamptz", Int8BinaryLoader)
        self._sql = {name: text.encode() for name, text in queries("history").items()}

    @classmethod
    @contextmanager
    def open(cls, dsn: str) -> Iterator[Self]:
        """A connection for the while."""
        with driver_errors():
            connection = psycopg.connect(
                dsn,
                autocommit=True,
                connect_timeout=10,
                application_name="haulwatch backtest",
                options="-c default_transaction_read_only=on -c timezone=UTC",
            )
        with connection:
            yield cls(connection)

    def positions(self, device_id: str, from_ms: int, to_ms: int) -> list[PositionReport]:
        """A device's positions, in its order."""
        with driver_errors(), self._connection.cursor(binary=True) as cursor:
            cursor.execute(self._sql["positions"], _span(device_id, from_ms, to_ms))
            return [_position(row) for row in cursor.fetchall()]

    def last_position_before(self, device_id: str, before_ms: int) -> PositionReport | None:
        """The newest position of a device before an instant."""
        with driver_errors(), self._connection.cursor(binary=True) as cursor:
            cursor.execute(self._sql["last_position_before"], {"id": device_id, "before_ms": before_ms})
            row = cursor.fetchone()
        return None if row is None else _position(row)

    def dust(self, device_id: str, from_ms: int, to_ms: int) -> list[DustReport]:
        """A device's readings, in its order."""
        return self._made(dust_from, "dust", _span(device_id, from_ms, to_ms))

    def last_dust_before(self, device_id: str, before_ms: int) -> DustReport | None:
        """The newest reading of a device before an instant."""
        found = self._made(dust_from, "last_dust_before", {"id": device_id, "before_ms": before_ms})
        return found[0] if found else None

    def background(self, area_id: str, from_ms: int, to_ms: int) -> list[BackgroundReport]:
        """An area's hourly values, by time."""
        return self._made(background_from, "background", _span(area_id, from_ms, to_ms))

    def alerts(self, from_ms: int, to_ms: int) -> list[AlertRow]:
        """Alerts as they stand that were detected since `from_ms` and began before `to_ms`; none withdrawn."""
        return self._made(alert_from, "alerts", {"from_ms": from_ms, "to_ms": to_ms})

    def heard(self) -> frozenset[str]:
        """Every device that ever reported."""
        return frozenset(row["device_id"] for row in self._rows("heard", {}))

    def oldest_ms(self, device_ids: Sequence[str]) -> int | None:
        """The time of the oldest stored report of these devices, None where they have none."""
        rows = self._rows("oldest", {"ids": list(device_ids)})
        oldest: int | None = rows[0]["ms_of"]
        return oldest

    def versions(self) -> list[int]:
        """The numbers of all versions of the registry."""
        return [row["version"] for row in self._rows("versions", {})]

    def document(self, version: int) -> bytes | None:
        """A version of the registry as it was given."""
        rows = self._rows("document", {"version": version})
        return bytes(rows[0]["document"]) if rows else None

    def _made(
        self, made_of: Callable[[Mapping[str, Any]], _Made], name: str, arguments: Mapping[str, object]
    ) -> list[_Made]:
        return [made_of(row) for row in self._rows(name, arguments)]

    def _rows(self, name: str, arguments: Mapping[str, object]) -> list[dict[str, Any]]:
        with driver_errors(), self._connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute(self._sql[name], arguments, binary=True)
            return cursor.fetchall()


def _span(id_: str, from_ms: int, to_ms: int) -> dict[str, object]:
    return {"id": id_, "from_ms": from_ms, "to_ms": to_ms}


def _position(row: tuple[Any, ...]) -> PositionReport:
    device_id, time_us, digest, received_us, *rest = row
    return position_of(
        (device_id, time_us // 1000 + _EPOCH_2000_MS, digest, received_us // 1000 + _EPOCH_2000_MS, *rest)
    )
