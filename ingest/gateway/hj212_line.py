"""The line to the monitors that speak HJ 212 over one connection: whose it is, what is sent, what is written down.

What they say is for `ingest.gateway.hj212` to take.
"""

import re
from collections.abc import Iterator, Sequence

import structlog
from msgspec import Struct

from domain.instant import MINUTE_MS
from ingest.gateway.confirm import Done
from ingest.gateway.connections import Link
from ingest.gateway.desk import Desk
from protocols.hj212.answers import confirmation, refusal
from protocols.hj212.checksum import Checksum
from protocols.hj212.error import Hj212Error
from protocols.hj212.framing import Frame, encode_frame
from protocols.hj212.monitor import MonitorSettings, decode_settings, is_monitor_name
from protocols.hj212.segment import Segment, encode_segment
from storage.terminals import Terminal

NOTE_EVERY_MS = MINUTE_MS
_PASSWORD = re.compile(rb"PW=[^;]*")

Hj212Desk = Desk["MonitorLine"]

_log = structlog.get_logger(__name__)


class Heard(Struct, kw_only=True):
    """A monitor that this connection speaks for. `is_rival`: another was there first, and still is."""

    connected_ms: int
    noted_ms: int = 0
    frames: int = 0
    is_rival: bool = False
    oddities: frozenset[str] = frozenset()


class MonitorLine:
    """One connection, and the monitors it has spoken for."""

    __slots__ = ("_heard", "_link", "_settings", "desk")

    def __init__(self, desk: Hj212Desk, link: Link) -> None:
        self.desk = desk
        self._link = link
        self._heard: dict[str, Heard] = {}
        self._settings: dict[str, tuple[Terminal, MonitorSettings]] = {}

    @property
    def address(self) -> str:
        """Where it comes from."""
        return self._link.address

    # Its life.

    def hear(self) -> None:
        """A good frame came."""
        self._link.heard()
        self.desk.counts.frame()

    def signed_on(self, name: str) -> Heard:
        """A monitor has shown who it is; raises Hj212Error where another line is that monitor.

        A monitor that comes back on another connection takes over, for the old one may be dead. An old one
        that speaks again is not: two say they are the same, and the one that was there first stays.
        """
        desk, now_ms = self.desk, self.desk.now_ms()
        heard = self._heard.get(name)
        owner = desk.live.get(name)
        if heard is None:
            heard = self._heard[name] = Heard(connected_ms=now_ms)
            self._link.signed_on()
            self._note(name, heard, now_ms, now_ms)
        elif owner is not None and owner is not self and owner.address != self.address:
            if heard.is_rival:
                raise Hj212Error("another_connection", f"{name} speaks from {owner.address}")
            owner.give_way(name)
            desk.note_conflict(name, owner.address)
        heard.is_rival = False
        heard.frames += 1
        desk.live[name] = self
        return heard

    def give_way(self, name: str) -> None:
        """Another connection was this monitor before, and still is."""
        self._heard[name].is_rival = True

    def settings_of(self, known: Terminal) -> MonitorSettings:
        """A monitor's settings as they are now; raises Hj212Error where they cannot be read."""
        before = self._settings.get(known.terminal_id)
        if before is not None and before[0] is known:
            return before[1]
        try:
            settings = decode_settings(known.settings)
        except ValueError as error:
            raise Hj212Error("bad_settings", str(error)) from error
        self._settings[known.terminal_id] = (known, settings)
        return settings

    def tick(self) -> None:
        """Write down which monitors are there."""
        now_ms = self.desk.now_ms()
        for name, heard in self._heard.items():
            if heard.frames and now_ms - heard.noted_ms >= NOTE_EVERY_MS:
                self._note(name, heard, now_ms, heard.connected_ms)

    def closed(self) -> None:
        """The monitors are gone, but for those that are there on another line by now."""
        now_ms = self.desk.now_ms()
        for name, heard in self._heard.items():
            if self.desk.live.get(name) is self:
                del self.desk.live[name]
                self._note(name, heard, now_ms, None)

    # What is sent.

    def confirm(self, segment: Segment, *, wants_answer: bool) -> None:
        """Say that it is taken, to who waits for an answer."""
        if wants_answer:
            self._send(confirmation(segment))

    def _send(self, segment: Segment) -> None:
        self._link.write(encode_frame(encode_segment(segment)))

    # What becomes of what they say.

    def publish(self, device_id: str, payloads: Sequence[bytes], done: Done) -> None:
        """Publish readings as those of a device; `done` is told whether the broker has them."""
        topic = f"{self.desk.prefix}/{device_id}/dust"
        self._link.publish([(topic, payload) for payload in payloads], done)

    def refuse(self, head: Segment | None, reason: str, detail: str, raw: bytes) -> None:
        """Write down what is not taken, and say so to who waits for an answer."""
        name = None if head is None or head.mn is None or not is_monitor_name(head.mn) else head.mn
        if self._has_secret(name):
            raw = _PASSWORD.sub(b"PW=*", raw)
        self.desk.refuse(name, address=self.address, reason=reason, detail=detail, raw=raw)
        if head is not None and head.wants_answer:
            self._send(refusal(head, reason))

    def forgive(self, frame: Frame, name: str, heard: Heard) -> None:
        """Count what is odd about a frame that is taken, and say it once a connection and monitor."""
        found = frozenset(_oddities(frame))
        for oddity in found:
            self.desk.counts.forgiven(oddity)
        if not found <= heard.oddities:
            heard.oddities |= found
            _log.warning("frames forgiven", action="gateway_forgiven", terminal=name, oddities=sorted(found))

    def _has_secret(self, name: str | None) -> bool:
        """Whether a frame may hold a password that somebody has set; who sent it may be unknown."""
        known = None if name is None else self.desk.directory.get(name)
        if known is not None:
            return known.settings.get("password") is not None
        return any(settings.password is not None for _, settings in self._settings.values())

    def _note(self, name: str, heard: Heard, now_ms: int, connected_ms: int | None) -> None:
        self.desk.book.seen(name, address=self.address, connected_ms=connected_ms, frames=heard.frames)
        heard.frames, heard.noted_ms = 0, now_ms


def _oddities(frame: Frame) -> Iterator[str]:
    if frame.checksum is not Checksum.STANDARD:
        yield f"checksum_{frame.checksum}"
    if frame.is_length_wrong:
        yield "length"
