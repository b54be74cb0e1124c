"""Connections that survive what comes: rubbish, silence, drips, floods, and peers that read nothing.

One `Link` a connection, no task and no thread of its own. Frames are taken one at a time, as many as may be in
flight; while more are there, or the broker takes none, nothing is read from the connection, so that the peer's
own buffer fills and not ours. What the bytes mean is the protocol's `Speaker`'s.
"""

import asyncio
import socket
from collections.abc import Coroutine, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import structlog
from msgspec import Struct

from ingest.gateway.confirm import Done
from runtime.clock import monotonic_s

if TYPE_CHECKING:
    from ingest.gateway.server import Gateway

WRITE_BYTES = 16 * 1024

_log = structlog.get_logger(__name__)


class Limits(Struct, frozen=True, kw_only=True):
    """What a gateway and each of its connections may take up."""

    connections: int = 12_000
    strangers_per_address: int = 1_000
    """Connections of one address that have not signed on; a mobile network shows many terminals as one."""
    in_flight: int = 32
    """Frames of one connection that wait for the broker."""
    sign_on_s: float = 60.0
    idle_s: float = 300.0
    """Without a whole good frame; bytes that drip make no frame."""
    blocked_s: float = 30.0
    """How long a peer may leave unread what we send."""
    refused_in_a_row: int = 1_000
    """Frames without a good one of somebody who has signed on between them: nothing that is worth reading on."""


class Speaker(Protocol):
    """What one connection's bytes mean. Frames are whatever `feed` yields, refused ones among them."""

    def feed(self, data: bytes) -> Iterator[Any]:
        """Cut bytes into frames; asked for one frame at a time."""
        ...

    def take(self, frame: Any) -> Coroutine[Any, Any, None] | None:
        """Deal with a frame; a coroutine where that takes asking somebody, and the next frame waits for it."""
        ...

    def tick(self, now_s: float) -> None:
        """Do what time asks for; about once a second."""
        ...

    def closed(self) -> None:
        """The connection has ended."""
        ...


class Link(asyncio.BufferedProtocol):
    """One connection."""

    __slots__ = (
        "_busy",
        "_closing",
        "_frames",
        "_gateway",
        "_is_at_end",
        "_is_pumping",
        "_is_reading",
        "_refused_in_a_row",
        "_since_blocked_s",
        "_speaker",
        "_transport",
        "address",
        "heard_s",
        "in_flight",
        "is_signed_on",
        "since_s",
    )

    def __init__(self, gateway: "Gateway") -> None:
        self._gateway = gateway
        self._transport: asyncio.Transport | None = None
        self._speaker: Speaker | None = None
        self._frames: Iterator[Any] | None = None
        self._busy: asyncio.Task[None] | None = None
        self._is_reading = True
        self._is_pumping = False
        self._is_at_end = False
        self._refused_in_a_row = 0
        self._since_blocked_s: float | None = None
        self._closing: str | None = None
        self.address = ""
        self.is_signed_on = False
        self.in_flight = 0
        self.since_s = self.heard_s = monotonic_s()

    @property
    def is_open(self) -> bool:
        """Whether anything may still be said."""
        return self._transport is not None and self._closing is None

    def write(self, data: bytes) -> None:
        """Send bytes; nothing once closing."""
        if self._transport is not None and self._closing is None:
            self._transport.write(data)

    def heard(self) -> None:
        """A whole good frame came; a stranger's are worth no more than refused ones."""
        self.heard_s = monotonic_s()
        if self.is_signed_on:
            self._refused_in_a_row = 0
        else:
            self.refused()

    def refused(self) -> None:
        """A frame was refused; too many of them in a row end the connection."""
        self._refused_in_a_row += 1
        if self._refused_in_a_row > self._gateway.limits.refused_in_a_row:
            self.close("rubbish")

    def signed_on(self) -> None:
        """The peer has shown who it is."""
        if not self.is_signed_on:
            self.is_signed_on = True
            self._refused_in_a_row = 0
            self._gateway.stranger_left(self)

    def publish(self, messages: Sequence[tuple[str, bytes]], done: Done) -> None:
        """Publish topics and payloads; `done` is told whether the broker has all of them."""
        assert messages, "something is to be published"
        self.in_flight += 1
        left, had_all = len(messages), True

        def one_done(has_it: bool) -> None:
            nonlocal left, had_all
            left -= 1
            had_all = had_all and has_it
            if left == 0:
                self.in_flight -= 1
                self._gateway.counts.settled(confirmed=had_all)
                done(had_all)
                self.pump()

        for topic, payload in messages:
            self._gateway.confirmer.publish(topic, payload, one_done)

    def close(self, why: str) -> None:
        """End the connection once what was written is sent; `why` is counted."""
        if self._closing is None:
            self._closing = why
            self._since_blocked_s = monotonic_s()
            if self._transport is not None:
                self._transport.close()

    def part(self, why: str) -> None:
        """Say that nothing more comes, and read on without heeding it until the peer ends the connection.

        Closed with bytes unread, the connection would be reset, and the peer lose our last answers.
        """
        if self._closing is None and self._transport is not None:
            self._read(True)
            self._closing = why
            self._since_blocked_s = monotonic_s()
            self._transport.write_eof()

    def abort(self, why: str) -> None:
        """End the connection at once."""
        if self._closing is None:
            self._closing = why
        if self._transport is not None:
            self._transport.abort()

    def pump(self) -> None:
        """Take the frames that are there, as far as there is room, and read on once there are none."""
        if self._is_pumping or self._transport is None:
            return  # a frame that is taken may settle at once and call this again
        self._is_pumping = True
        try:
            while self._frames is not None and self._may_take():
                self._take_next(self._frames)
        finally:
            self._is_pumping = False
        is_done = self._frames is None and self._busy is None
        self._read(is_done and self._since_blocked_s is None)
        if is_done and self._is_at_end and self.in_flight == 0:
            self.close("by_peer")

    def look(self, now_s: float, limits: Limits) -> None:
        """Close what is silent, never signs on or reads nothing."""
        if self._since_blocked_s is not None and now_s - self._since_blocked_s > limits.blocked_s:
            self.abort("reads_nothing")
        elif not self.is_signed_on and now_s - self.since_s > limits.sign_on_s:
            self.close("not_signed_on")
        elif now_s - self.heard_s > limits.idle_s:
            self.close("silent")
        elif self._speaker is not None:
            self._speaker.tick(now_s)

    # What follows is called by the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if peer else ""
        self._transport = transport
        transport.set_write_buffer_limits(high=WRITE_BYTES)
        # The system would keep megabytes for each peer that reads nothing.
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, WRITE_BYTES)
        if (refused := self._gateway.let_in(self)) is not None:
            self.abort(refused)
            return
        self._speaker = self._gateway.speaker_of(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._frames = None
        why = self._closing or ("reset" if exc is not None else "by_peer")
        self._closing = why
        if self._busy is not None:
            self._busy.cancel()
        if self._speaker is not None:
            self._speaker.closed()
            self._speaker = None
        self._gateway.left(self, why)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 -- asyncio's
        return self._gateway.buffer

    def buffer_updated(self, nbytes: int) -> None:
        if self._speaker is None or self._closing is not None:
            return
        self._frames = iter(self._speaker.feed(bytes(self._gateway.buffer[:nbytes])))
        self.pump()

    def eof_received(self) -> bool:
        # Our half stays open as long as an answer is due: what was received whole is confirmed.
        self._is_at_end = True
        return self.in_flight > 0 or self._frames is not None or self._busy is not None

    def pause_writing(self) -> None:
        self._since_blocked_s = monotonic_s()
        self._read(False)

    def resume_writing(self) -> None:
        self._since_blocked_s = None
        self.pump()

    def _may_take(self) -> bool:
        if self._busy is not None or self._closing is not None or self._since_blocked_s is not None:
            return False
        if self._gateway.is_stopping:
            return False
        if self.in_flight >= self._gateway.limits.in_flight:
            return False
        if not self._gateway.confirmer.has_room:
            self._gateway.stall(self)
            return False
        return True

    def _take_next(self, frames: Iterator[Any]) -> None:
        assert self._speaker is not None
        work = None
        try:
            frame = next(frames, None)
            if frame is None:
                self._frames = None
            else:
                work = self._speaker.take(frame)
        except Exception:  # noqa: BLE001 -- a fault of ours with one frame must not end ten thousand connections
            self._gateway.counts.fault()
            _log.exception("frame not understood by us", action="gateway_fault", address=self.address)
        if work is not None:
            self._busy = asyncio.create_task(work)
            self._busy.add_done_callback(self._worked)

    def _worked(self, task: "asyncio.Task[None]") -> None:
        self._busy = None
        if task.cancelled():
            return
        if (error := task.exception()) is not None:
            self._gateway.counts.fault()
            _log.error("frame not dealt with", action="gateway_fault", address=self.address, exc_info=error)
        self.pump()

    def _read(self, wanted: bool) -> None:
        if self._transport is None or self._closing is not None or wanted is self._is_reading:
            return
        self._is_reading = wanted
        if wanted:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()
