"""What a connection of HJ 212 says, and what it is answered.

There is no signing on: each frame names its monitor, and one connection may speak for several. A frame is
taken where the monitor is approved and says the password that is set for it, and is confirmed (9014) only once
the broker has what it told; what is refused is answered with the reason, which confirms nothing.
"""

import re
from collections.abc import Coroutine, Iterator
from typing import Any

import msgspec
import structlog
from msgspec import Struct

from domain.instant import MINUTE_MS
from ingest.gateway.connections import Link
from ingest.gateway.desk import Desk
from ingest.gateway.service import run_gateway
from protocols.hj212.answers import WITHOUT_DATA, confirmation, refusal
from protocols.hj212.checksum import Checksum
from protocols.hj212.dust import to_dust
from protocols.hj212.error import Hj212Error
from protocols.hj212.framing import Frame, Reader, encode_frame
from protocols.hj212.monitor import MonitorSettings, decode_settings, is_monitor_name
from protocols.hj212.packets import Packets
from protocols.hj212.segment import Segment, decode_head, decode_segment, encode_segment
from protocols.refused import Refused
from storage.errors import StorageUnavailable
from storage.terminals import Terminal

PROTOCOL = "hj212"
NOTE_EVERY_MS = MINUTE_MS
_PASSWORD = re.compile(rb"PW=[^;]*")

Hj212Desk = Desk["MonitorSpeaker"]

_log = structlog.get_logger(__name__)


class Heard(Struct, kw_only=True):
    """A monitor that this connection speaks for. `is_rival`: another was there first, and still is."""

    connected_ms: int
    noted_ms: int = 0
    frames: int = 0
    is_rival: bool = False
    oddities: frozenset[str] = frozenset()


class MonitorSpeaker:
    """One connection, of one monitor or of a station that passes on many."""

    __slots__ = ("_desk", "_heard", "_link", "_packets", "_reader", "_said", "_settings")

    def __init__(self, desk: Hj212Desk, link: Link) -> None:
        self._desk = desk
        self._link = link
        self._reader = Reader()
        self._packets = Packets()
        self._heard: dict[str, Heard] = {}
        self._settings: dict[str, tuple[Terminal, MonitorSettings]] = {}
        self._said: dict[str, Any] = {}

    @property
    def address(self) -> str:
        """Where it speaks from."""
        return self._link.address

    # A gateway's speaker.

    def feed(self, data: bytes) -> Iterator[Frame | Refused]:
        """Frames, one at a time."""
        return self._reader.feed(data)

    def take(self, frame: Frame | Refused) -> Coroutine[Any, Any, None] | None:
        """Deal with one frame."""
        if isinstance(frame, Refused):
            self._link.refused()
            self._refuse(_head_of(frame.raw.lstrip(b"#0123456789")), frame.reason, frame.detail, frame.raw)
            return None
        self._link.heard()
        self._desk.counts.frame()
        try:
            return self._take_segment(frame, decode_segment(frame.segment))
        except Hj212Error as error:
            self._refuse(_head_of(frame.segment), error.reason, str(error), frame.raw)
            return None

    def tick(self, now_s: float) -> None:  # noqa: ARG002 -- the wall clock is what is written down
        """Write down which monitors are there."""
        now_ms = self._desk.now_ms()
        for name, heard in self._heard.items():
            if heard.frames and now_ms - heard.noted_ms >= NOTE_EVERY_MS:
                self._note(name, heard, now_ms, heard.connected_ms)

    def closed(self) -> None:
        """What came in part is refused; the monitors are gone."""
        for refused in self._reader.close():
            self._refuse(None, refused.reason, refused.detail, refused.raw)
        now_ms = self._desk.now_ms()
        for name, heard in self._heard.items():
            if self._desk.live.get(name) is self:
                del self._desk.live[name]
                self._note(name, heard, now_ms, None)

    # Frames.

    def _take_segment(self, frame: Frame, segment: Segment) -> Coroutine[Any, Any, None] | None:
        """Take what is said; raises Hj212Error where it is not to be taken."""
        if segment.mn is None:
            self._take_registration(segment)
            return None
        if not is_monitor_name(segment.mn):
            raise Hj212Error("bad_field", "MN is no name of 1 to 64 letters, digits, _, - and .")
        known = self._desk.directory.get(segment.mn)
        if known is None or known.state == "waiting":
            return self._knock(frame, segment, segment.mn)
        if not known.is_approved:
            raise Hj212Error("blocked", f"{segment.mn} is blocked")
        settings = self._settings_of(known)
        if not settings.takes(frame.checksum):
            raise Hj212Error("bad_checksum", f"a checksum of the form {frame.checksum}")
        if settings.password is not None and segment.pw != settings.password:
            raise Hj212Error("wrong_password", "PW is not what is set for the monitor")
        heard = self._heard_of(segment.mn)
        self._tell_oddities(frame, segment.mn, heard)
        wants_answer = segment.wants_answer or settings.is_always_answered
        if segment.cn in WITHOUT_DATA:
            self._confirm(segment, wants_answer=wants_answer)
        else:
            self._publish(known, self._packets.complete(segment), settings, wants_answer=wants_answer)
        return None

    def _take_registration(self, segment: Segment) -> None:
        """A segment without MN may say who owns the monitors of this connection, and nothing else."""
        if segment.has_cp or not segment.others:
            raise Hj212Error("bad_field", "MN is missing")
        self._said = dict(segment.others[:8])
        self._confirm(segment, wants_answer=segment.wants_answer)

    async def _knock(self, frame: Frame, segment: Segment, name: str) -> None:
        """Let a monitor nobody has decided about wait; its frames are kept as refused."""
        desk = self._desk
        reason = "unknown_terminal"
        told = {**({} if segment.st is None else {"ST": segment.st}), **self._said}
        try:
            if not await desk.knock(name, told, self._link.address):
                reason = "too_many_wait"
        except StorageUnavailable:
            return  # it sends again
        self._refuse(segment, reason, "nobody has approved this monitor yet", frame.raw)

    def _publish(
        self, known: Terminal, segment: Segment, settings: MonitorSettings, *, wants_answer: bool
    ) -> None:
        """Publish what is told, and confirm it once the broker has it; unconfirmed the monitor sends again."""
        topic = f"{self._desk.prefix}/{known.device_id}/dust"
        messages = [(topic, msgspec.json.encode(dust)) for dust in to_dust(segment, settings)]

        def done(has_it: bool) -> None:
            if has_it:
                self._confirm(segment, wants_answer=wants_answer)

        if messages:
            self._link.publish(messages, done)
        else:
            done(True)

    def _heard_of(self, name: str) -> Heard:
        """The monitor as this connection knows it; raises Hj212Error where another one is that monitor.

        A monitor that comes back on another connection takes over, for the old one may be dead. An old one
        that speaks again is not: two say they are the same, and the one that was there first stays.
        """
        desk, now_ms = self._desk, self._desk.now_ms()
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

    def _settings_of(self, known: Terminal) -> MonitorSettings:
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

    # Answering and writing down.

    def _tell_oddities(self, frame: Frame, name: str, heard: Heard) -> None:
        """Count what was forgiven, and say it once a connection and monitor."""
        found = set()
        if frame.checksum is not Checksum.STANDARD:
            found.add(f"checksum_{frame.checksum}")
        if frame.is_length_wrong:
            found.add("length")
        for oddity in found:
            self._desk.counts.forgiven(oddity)
        if not found <= heard.oddities:
            heard.oddities |= found
            _log.warning("frames forgiven", action="gateway_forgiven", terminal=name, oddities=sorted(found))

    def _confirm(self, segment: Segment, *, wants_answer: bool) -> None:
        if wants_answer:
            self._link.write(encode_frame(encode_segment(confirmation(segment))))

    def _refuse(self, head: Segment | None, reason: str, detail: str, raw: bytes) -> None:
        """Write down what is not taken, and say so to who waits for an answer."""
        name = None if head is None or head.mn is None or not is_monitor_name(head.mn) else head.mn
        known = None if name is None else self._desk.directory.get(name)
        self._desk.refuse(
            name,
            address=self._link.address,
            reason=reason,
            detail=detail,
            raw=_PASSWORD.sub(b"PW=*", raw) if self._has_secret(known) else raw,
        )
        if head is not None and head.wants_answer:
            self._link.write(encode_frame(encode_segment(refusal(head, reason))))

    def _has_secret(self, known: Terminal | None) -> bool:
        """Whether a frame may hold a password that somebody has set; who sent it may be unknown."""
        if known is not None:
            return known.settings.get("password") is not None
        return any(settings.password is not None for _, settings in self._settings.values())

    def _note(self, name: str, heard: Heard, now_ms: int, connected_ms: int | None) -> None:
        self._desk.book.seen(name, address=self._link.address, connected_ms=connected_ms, frames=heard.frames)
        heard.frames, heard.noted_ms = 0, now_ms


async def run_hj212(**wiring: Any) -> None:
    """Run the gateway of HJ 212; the arguments are those of `run_gateway`."""
    await run_gateway(PROTOCOL, lambda desk: lambda link: MonitorSpeaker(desk, link), **wiring)


def _head_of(segment: bytes) -> Segment | None:
    """As much as can be said of who sent a segment that cannot be read, None where nothing can."""
    try:
        return decode_head(segment)
    except Hj212Error:
        return None
