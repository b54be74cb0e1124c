"""Terminals that speak through a gateway: what gateways keep of them, and what administrators decide.

A terminal is named by its protocol and its own name there: the phone number of JT/T 808 without leading zeros,
the MN of HJ 212. The code that it signs on with is kept as a digest alone.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import asyncpg
import msgspec
from msgspec import Struct

from protocols.enrolment import Enrolment
from storage.errors import StorageRefused
from storage.store import Store
from storage.verbs import Verbs

CHANNEL = "haulwatch_terminals"
MOST_WAITING = 10_000
"""Of one protocol: who knocks with ever new names fills no database."""


class Command(Struct, frozen=True, kw_only=True):
    """Something that a terminal is asked and has not answered; `interval_s` of a report interval."""

    id: int
    kind: str
    interval_s: int | None


class Terminal(Struct, frozen=True, kw_only=True):
    """A terminal as a gateway knows it. `said` is what it said of itself when it registered."""

    terminal_id: str
    state: str
    device_id: str | None
    model: str | None
    settings: dict[str, Any]
    code_digest: bytes | None
    said: dict[str, Any]
    command: Command | None

    @property
    def is_approved(self) -> bool:
        """Whether it may speak."""
        return self.state == "approved"


class Seen(Struct, frozen=True, kw_only=True):
    """What a gateway has heard of a terminal since it last said so; `connected_ms` is None once it is gone."""

    terminal_id: str
    seen_ms: int
    address: str
    connected_ms: int | None
    frames: int


class RefusedCount(Struct, frozen=True, kw_only=True):
    """How many frames of a terminal were refused, and the last reason."""

    terminal_id: str
    count: int
    at_ms: int
    reason: str


class TerminalRow(Struct, frozen=True, kw_only=True):
    """A terminal as an administrator sees it."""

    protocol: str
    terminal_id: str
    state: str
    device_id: str | None
    model: str | None
    settings: dict[str, Any]
    said: dict[str, Any]
    has_code: bool
    first_seen_ms: int
    last_seen_ms: int
    address: str
    connected_ms: int | None
    frames: int
    refused: int
    refused_ms: int | None
    refused_reason: str | None
    conflict_ms: int | None
    conflict_address: str | None
    decided_by: str | None
    decided_ms: int | None


class CommandRow(Struct, frozen=True, kw_only=True):
    """What a terminal was asked, and what came of it."""

    id: int
    kind: str
    interval_s: int | None
    asked_by: str
    asked_ms: int
    sent_ms: int | None
    answered_ms: int | None
    result: str | None


class RefusedRow(Struct, frozen=True, kw_only=True):
    """A refused frame as it came."""

    id: int
    reason: str
    detail: str
    payload: bytes
    received_ms: int


class DeviceTaken(Exception):  # noqa: N818 -- says what happened
    """Another terminal that is approved speaks as this device."""


class Terminals(Verbs):
    """The terminals of one database."""

    QUERIES = "terminals"

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._store = store

    # What gateways ask.

    async def of_protocol(self, protocol: str, ids: Sequence[str] | None = None) -> Sequence[Terminal]:
        """All terminals of a protocol, or those named."""
        rows = await self._fetch("terminals_of", protocol, None if ids is None else list(ids))
        return [_terminal(row) for row in rows]

    async def told(self, protocol: str) -> AsyncIterator[str | None]:
        """LISTEN: yields None as soon as nothing is missed any more, then each terminal that was decided about.

        Raises StorageUnavailable when its connection is lost.
        """
        async for payload in self._store.told(CHANNEL):
            if payload is None:
                yield None
            elif payload.startswith(f"{protocol}/"):
                yield payload.removeprefix(f"{protocol}/")

    async def knock(self, protocol: str, terminal_id: str, said: dict[str, Any], address: str) -> bool:
        """Put down one that is not approved and what it says; False where too many wait already."""
        text = msgspec.json.encode(said).decode()
        return bool(await self._fetch("knock", protocol, terminal_id, text, address, MOST_WAITING))

    async def issue_code(
        self, protocol: str, terminal_id: str, code_digest: bytes, said: dict[str, Any]
    ) -> bool:
        """Let an approved terminal sign on with a code from now on; False where it is not approved."""
        text = msgspec.json.encode(said).decode()
        return bool(await self._fetch("issue_code", protocol, terminal_id, code_digest, text))

    async def note(
        self, protocol: str, seen: Sequence[Seen] = (), refused: Sequence[RefusedCount] = ()
    ) -> None:
        """Keep what was heard and what was refused since the last time."""
        if seen:
            await self._fetch("note_seen", protocol, *_columns(Seen, seen))
        if refused:
            await self._fetch("note_refused", protocol, *_columns(RefusedCount, refused))

    async def note_conflict(self, protocol: str, terminal_id: str, *, at_ms: int, address: str) -> None:
        """Another signed on with the id of one that is there."""
        await self._fetch("note_conflict", protocol, terminal_id, at_ms, address)

    async def nobody_connected(self, protocol: str) -> None:
        """Forget the connections of a gateway that is gone."""
        await self._fetch("nobody_connected", protocol)

    async def command_sent(self, command_id: int) -> None:
        """A command is on its way."""
        await self._fetch("command_sent", command_id)

    async def command_answered(self, command_id: int, result: str) -> None:
        """A terminal has answered a command."""
        await self._fetch("command_answered", command_id, result)

    # What administrators ask.

    async def terminals(
        self,
        *,
        protocol: str | None = None,
        state: str | None = None,
        terminal_id: str | None = None,
        device_id: str | None = None,
        before: tuple[int, str, str] | None = None,
        limit: int = 100,
    ) -> Sequence[TerminalRow]:
        """Terminals, those heard last first; `before` continues after the last row of a page."""
        after = before or (None, None, None)
        rows = await self._fetch("terminals", protocol, state, terminal_id, device_id, *after, limit)
        return [_row(row) for row in rows]

    async def terminal(self, protocol: str, terminal_id: str) -> TerminalRow | None:
        """One terminal."""
        rows = await self.terminals(protocol=protocol, terminal_id=terminal_id, limit=1)
        return rows[0] if rows else None

    async def counts(self, protocol: str | None = None) -> dict[str, int]:
        """How many there are of each state."""
        return {row["state"]: row["count"] for row in await self._fetch("count_terminals", protocol)}

    async def decide(
        self,
        protocol: str,
        terminal_id: str,
        state: str,
        *,
        by: str,
        device_id: str | None = None,
        model: str | None = None,
        settings: dict[str, Any] | None = None,
    ) -> bool:
        """Approve as a device, block, or let wait again; False where there is no such terminal.

        Raises DeviceTaken. A model or settings that are not given stay as they are.
        """
        text = None if settings is None else msgspec.json.encode(settings).decode()
        try:
            return bool(await self._fetch("decide", protocol, terminal_id, state, device_id, model, text, by))
        except StorageRefused as error:
            # The index decides, so that of two who approve one device at the same instant one is told.
            if isinstance(error.__cause__, asyncpg.UniqueViolationError):
                raise DeviceTaken(device_id or "") from error
            raise

    async def enrol(self, enrolments: Sequence[Enrolment], *, by: str) -> None:
        """Approve all of a list at once, known or not; raises DeviceTaken where another speaks as one of the devices."""
        settings = [msgspec.json.encode(one.settings).decode() for one in enrolments]
        names = ("protocol", "terminal_id", "device_id", "model")
        columns = [[getattr(one, name) for one in enrolments] for name in names]
        taken = await self._fetch("devices_taken", *columns[:3])
        if taken:
            raise DeviceTaken(", ".join(row["device_id"] for row in taken))
        await self._fetch("enrol", *columns, settings, by)

    async def reset_code(self, protocol: str, terminal_id: str) -> bool:
        """Let a terminal's code open nothing more, so that it registers again; False where there is none."""
        return bool(await self._fetch("reset_code", protocol, terminal_id))

    async def forget(self, protocol: str, terminal_id: str) -> bool:
        """Forget one that is not approved; False where there is none."""
        return bool(await self._fetch("forget", protocol, terminal_id))

    async def ask(
        self, protocol: str, terminal_id: str, kind: str, *, interval_s: int | None, by: str
    ) -> int:
        """Ask a terminal something, as soon as it is connected; gives the number of the command."""
        rows = await self._fetch("ask", protocol, terminal_id, kind, interval_s, by)
        return int(rows[0]["id"])

    async def commands(self, protocol: str, terminal_id: str) -> Sequence[CommandRow]:
        """The last fifty things that a terminal was asked, newest first."""
        return [CommandRow(**row) for row in await self._fetch("commands", protocol, terminal_id)]

    async def refused(self, protocol: str, terminal_id: str, *, limit: int) -> Sequence[RefusedRow]:
        """The refused frames of a terminal that are still kept, newest first."""
        topic = refused_topic(protocol, terminal_id).encode("utf-8", "surrogatepass")
        return [RefusedRow(**row) for row in await self._fetch("refused", topic, limit)]


def refused_topic(protocol: str, name: str) -> str:
    """The topic under which refused frames stand among the rejections; `name` is a terminal's, else an address."""
    return f"{protocol}/{name}"


def _terminal(row: Mapping[str, Any]) -> Terminal:
    command = None
    if row["command_id"] is not None:
        command = Command(
            id=row["command_id"], kind=row["command_kind"], interval_s=row["command_interval_s"]
        )
    return Terminal(
        terminal_id=row["terminal_id"],
        state=row["state"],
        device_id=row["device_id"],
        model=row["model"],
        settings=msgspec.json.decode(row["settings"]),
        code_digest=row["code_digest"],
        said=msgspec.json.decode(row["said"]),
        command=command,
    )


def _row(row: Mapping[str, Any]) -> TerminalRow:
    read = {name: msgspec.json.decode(row[name]) for name in ("settings", "said")}
    return TerminalRow(**{**row, **read})


def _columns(kind: type[Struct], rows: Sequence[Struct]) -> list[list[Any]]:
    return [[getattr(row, name) for row in rows] for name in kind.__struct_fields__]
