"""What a connection of HJ 212 says, and what it is answered.

There is no signing on: each frame names its monitor, and one connection may speak for several. A frame is
taken where the monitor is approved and says the password that is set for it, and is confirmed (9014) only once
the broker has what it told; what is refused is answered with the reason, which confirms nothing.
"""

from collections.abc import Coroutine, Iterator
from typing import Any

import msgspec

from ingest.gateway.connections import Link
from ingest.gateway.hj212_line import Hj212Desk, MonitorLine
from ingest.gateway.service import run_gateway
from protocols.hj212.answers import WITHOUT_DATA
from protocols.hj212.dust import to_dust
from protocols.hj212.error import Hj212Error
from protocols.hj212.framing import Frame, Reader
from protocols.hj212.monitor import MonitorSettings, is_monitor_name
from protocols.hj212.packets import Packets
from protocols.hj212.segment import Segment, decode_head, decode_segment
from protocols.refused import Refused
from storage.errors import StorageUnavailable
from storage.terminals import Terminal

PROTOCOL = "hj212"


class MonitorSpeaker:
    """One connection, of one monitor or of a station that passes on many."""

    __slots__ = ("_desk", "_line", "_link", "_packets", "_reader", "_said")

    def __init__(self, desk: Hj212Desk, link: Link) -> None:
        self._desk = desk
        self._link = link
        self._line = MonitorLine(desk, link)
        self._reader = Reader()
        self._packets = Packets()
        self._said: dict[str, Any] = {}

    # A gateway's speaker.

    def feed(self, data: bytes) -> Iterator[Frame | Refused]:
        """Frames, one at a time."""
        return self._reader.feed(data)

    def take(self, frame: Frame | Refused) -> Coroutine[Any, Any, None] | None:
        """Deal with one frame."""
        line = self._line
        if isinstance(frame, Refused):
            self._link.refused()
            line.refuse(_head_of(frame.raw.lstrip(b"#0123456789")), frame.reason, frame.detail, frame.raw)
            return None
        line.hear()
        try:
            return self._take_segment(frame, decode_segment(frame.segment))
        except Hj212Error as error:
            line.refuse(_head_of(frame.segment), error.reason, str(error), frame.raw)
            return None

    def tick(self, now_s: float) -> None:  # noqa: ARG002 -- the wall clock is what is written down
        """Do what time asks for on the line."""
        self._line.tick()

    def closed(self) -> None:
        """What came in part is refused; the monitors are gone."""
        for refused in self._reader.close():
            self._line.refuse(None, refused.reason, refused.detail, refused.raw)
        self._line.closed()

    # Messages.

    def _take_segment(self, frame: Frame, segment: Segment) -> Coroutine[Any, Any, None] | None:
        """Take what is said; raises Hj212Error where it is not to be taken."""
        line = self._line
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
        settings = line.settings_of(known)
        if not settings.takes(frame.checksum):
            raise Hj212Error("bad_checksum", f"a checksum of the form {frame.checksum}")
        if settings.password is not None and segment.pw != settings.password:
            raise Hj212Error("wrong_password", "PW is not what is set for the monitor")
        line.forgive(frame, segment.mn, line.signed_on(segment.mn))
        wants_answer = segment.wants_answer or settings.is_always_answered
        if segment.cn in WITHOUT_DATA:
            line.confirm(segment, wants_answer=wants_answer)
        else:
            self._publish(known, self._packets.complete(segment), settings, wants_answer=wants_answer)
        return None

    def _take_registration(self, segment: Segment) -> None:
        """A segment without MN may say who owns the monitors of this connection, and nothing else."""
        if segment.has_cp or not segment.others:
            raise Hj212Error("bad_field", "MN is missing")
        self._said = dict(segment.others[:8])
        self._line.confirm(segment, wants_answer=segment.wants_answer)

    async def _knock(self, frame: Frame, segment: Segment, name: str) -> None:
        """Let a monitor nobody has decided about wait; its frames are kept as refused."""
        told = {**({} if segment.st is None else {"ST": segment.st}), **self._said}
        try:
            may_wait = await self._desk.knock(name, told, self._line.address)
        except StorageUnavailable:
            return  # it sends again
        reason = "unknown_terminal" if may_wait else "too_many_wait"
        self._line.refuse(segment, reason, "nobody has approved this monitor yet", frame.raw)

    def _publish(
        self, known: Terminal, segment: Segment, settings: MonitorSettings, *, wants_answer: bool
    ) -> None:
        """Publish what is told, and confirm it once the broker has it; unconfirmed the monitor sends again."""

        def done(has_it: bool) -> None:
            if has_it:
                self._line.confirm(segment, wants_answer=wants_answer)

        payloads = [msgspec.json.encode(dust) for dust in to_dust(segment, settings)]
        if payloads:
            assert known.device_id is not None
            self._line.publish(known.device_id, payloads, done)
        else:
            done(True)


async def run_hj212(**wiring: Any) -> None:
    """Run the gateway of HJ 212; the arguments are those of `run_gateway`."""
    await run_gateway(PROTOCOL, lambda desk: lambda link: MonitorSpeaker(desk, link), **wiring)


def _head_of(segment: bytes) -> Segment | None:
    """As much as can be said of who sent a segment that cannot be read, None where nothing can."""
    try:
        return decode_head(segment)
    except Hj212Error:
        return None
