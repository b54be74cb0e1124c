"""The line to one terminal of JT/T 808: whose it is, what is sent over it, and what is written down of it.

What the terminal says is for `ingest.gateway.jt808` to take, and who may sign on for `ingest.gateway.jt808_sign_on`.
"""

from collections.abc import Sequence
from typing import Any

from domain.instant import MINUTE_MS
from ingest.gateway.confirm import Done
from ingest.gateway.connections import Link
from ingest.gateway.desk import Desk
from ingest.gateway.jt808_commands import RESULTS, Asking, message_of
from ingest.gateway.payloads import payloads
from protocols.jt808.answers import PlatformAnswer, Result
from protocols.jt808.framing import Frame, unescape
from protocols.jt808.header import Header
from protocols.jt808.location import AskLocation
from protocols.jt808.messages import Message, encode_message
from protocols.jt808.version import Version
from storage.terminals import Terminal

NOTE_EVERY_MS = MINUTE_MS
_AUTHENTICATE = 0x0102

Jt808Desk = Desk["TerminalLine"]


class TerminalLine:
    """One connection; once signed on, that of one terminal."""

    __slots__ = (
        "_asking",
        "_connected_ms",
        "_device_id",
        "_frames",
        "_link",
        "_noted_ms",
        "_phone",
        "_serial",
        "_version",
        "code_digest",
        "desk",
        "heard",
        "terminal_id",
    )

    def __init__(self, desk: Jt808Desk, link: Link) -> None:
        self.desk = desk
        self.terminal_id: str | None = None  # once signed on
        self.code_digest = b""
        self.heard = 0
        self._link = link
        self._device_id = ""
        self._phone = ""  # as the newest header has it
        self._version = Version.V2013
        self._serial = 0
        self._connected_ms = 0
        self._noted_ms = 0
        self._frames = 0
        self._asking = Asking()

    @property
    def address(self) -> str:
        """Where it comes from."""
        return self._link.address

    @property
    def is_open(self) -> bool:
        """Whether the connection stands."""
        return self._link.is_open

    # Its life.

    def hear(self, header: Header) -> None:
        """A good frame came; what is sent from now on is in its version, to its number."""
        self._link.heard()
        self.desk.counts.frame()
        self.heard += 1
        self._frames += 1
        self._phone, self._version = header.phone, header.version

    def signed_on(self, known: Terminal) -> None:
        """The terminal has shown who it is, and nobody else is it."""
        assert known.device_id is not None
        assert known.code_digest is not None
        self.terminal_id, self._device_id = known.terminal_id, known.device_id
        self.code_digest = known.code_digest
        self._connected_ms = self.desk.now_ms()
        self.desk.live[known.terminal_id] = self
        self._link.signed_on()
        self._note(self._connected_ms)

    def decided(self, terminal: Terminal | None) -> None:
        """Somebody has decided about this terminal, or wants something of it."""
        if (
            terminal is None
            or not terminal.is_approved
            or terminal.device_id != self._device_id
            or terminal.code_digest != self.code_digest
        ):
            self.close("no_longer_approved")
        else:
            self.deliver()

    def tick(self) -> None:
        """Write down that the terminal is there, and ask again what it has not answered."""
        if self.terminal_id is not None:
            if self._frames and self.desk.now_ms() - self._noted_ms >= NOTE_EVERY_MS:
                self._note(self._connected_ms)
            self.deliver()

    def close(self, why: str) -> None:
        """Part with it."""
        self._link.close(why)

    def closed(self) -> None:
        """The terminal is gone, unless it is there on another line by now."""
        if self.terminal_id is not None and self.desk.live.get(self.terminal_id) is self:
            del self.desk.live[self.terminal_id]
            self._note(None)

    # What is sent.

    def answer(self, serials: Sequence[int], message_id: int, result: Result) -> None:
        """Answer frames; a message that came in parts is answered part by part."""
        for serial in serials:
            self.send(PlatformAnswer(answered_serial=serial, answered_id=message_id, result=result))

    def send(self, message: Message) -> int:
        """Send a message, in parts where it is long; gives the serial of the first."""
        serial = self._serial
        for data in encode_message(
            message, phone=self._phone or self.terminal_id or "0", serial=serial, version=self._version
        ):
            self._link.write(data)
            self._serial = (self._serial + 1) % 0x10000
        return serial

    def ask_location(self) -> None:
        """Ask where it is; any frame shows that it is there."""
        self.send(AskLocation())

    def deliver(self) -> None:
        """Send what somebody asks of the terminal, again where it was not answered for a while."""
        desk, now_ms = self.desk, self.desk.now_ms()
        terminal = desk.directory.get(self.terminal_id or "")
        command = None if terminal is None else terminal.command
        if command is None or not self._asking.is_due(command, now_ms):
            return
        if self._asking.is_hopeless(command):
            desk.book.later(desk.terminals.command_answered(command.id, "failed"))
            return
        self._asking.asked(command, self.send(message_of(command)), now_ms)
        desk.book.later(desk.terminals.command_sent(command.id))

    def answered(self, serial: int, result: Result) -> None:
        """The terminal has answered what was sent under a serial."""
        if (command_id := self._asking.answered(serial)) is not None:
            self.desk.book.later(self.desk.terminals.command_answered(command_id, RESULTS[result]))

    # What becomes of what it says.

    def publish(self, positions: Sequence[dict[str, Any]], done: Done) -> None:
        """Publish positions as those of its device; `done` is told whether the broker has them."""
        topic = f"{self.desk.prefix}/{self._device_id}/position"
        self._link.publish([(topic, payload) for payload in payloads(positions)], done)

    def refuse_frame(self, frame: Frame, reason: str, detail: str = "") -> None:
        """Write down a frame that is not taken, under the number it comes from."""
        raw = frame.raw
        if frame.header.message_id == _AUTHENTICATE:  # the code that was tried is nobody's business
            raw = unescape(raw)[: -len(frame.body) - 1]
        self._refuse(frame.header.phone, reason, detail, raw)

    def refuse(self, reason: str, detail: str, raw: bytes) -> None:
        """Write down what is no frame, or part of one."""
        self._refuse(self.terminal_id, reason, detail, raw)

    def _refuse(self, terminal_id: str | None, reason: str, detail: str, raw: bytes) -> None:
        self.desk.refuse(terminal_id, address=self.address, reason=reason, detail=detail, raw=raw)

    def _note(self, connected_ms: int | None) -> None:
        assert self.terminal_id is not None
        self.desk.book.seen(
            self.terminal_id, address=self.address, connected_ms=connected_ms, frames=self._frames
        )
        self._frames = 0
        self._noted_ms = self.desk.now_ms()
