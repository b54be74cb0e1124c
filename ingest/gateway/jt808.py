"""What a connection of JT/T 808 says, and what it is answered.

A terminal registers, signs on with the code it was given, and reports. Reports are answered with "done" only
once the broker has them. One connection is one terminal, and one terminal is one connection.
"""

from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any

from ingest.gateway.connections import Link, Speaker
from ingest.gateway.jt808_line import Jt808Desk, TerminalLine
from ingest.gateway.jt808_sign_on import refuse_stranger, register, sign_on
from ingest.gateway.service import run_gateway
from protocols.jt808.answers import PlatformAsksParts, Result, TerminalAnswer
from protocols.jt808.batch import Batch
from protocols.jt808.error import Jt808Error, Reason
from protocols.jt808.framing import Frame, Reader
from protocols.jt808.header import Header
from protocols.jt808.location import Location, LocationAnswer
from protocols.jt808.messages import Message, decode_message
from protocols.jt808.parts import Parts
from protocols.jt808.position import to_position
from protocols.jt808.sign_on import AskTime, Authenticate, LogOut, Register, ServerTime
from protocols.refused import Refused

PROTOCOL = "jt808"
_LOCATION = 0x0200


class TerminalSpeaker:
    """One connection; once signed on, one terminal."""

    __slots__ = ("_desk", "_line", "_link", "_parts", "_reader")

    def __init__(self, desk: Jt808Desk, link: Link) -> None:
        self._desk = desk
        self._link = link
        self._line = TerminalLine(desk, link)
        self._reader = Reader()
        self._parts: Parts | None = None

    # A gateway's speaker.

    def feed(self, data: bytes) -> Iterator[Frame | Refused]:
        """Frames, one at a time."""
        return self._reader.feed(data)

    def take(self, frame: Frame | Refused) -> Coroutine[Any, Any, None] | None:
        """Deal with one frame."""
        line = self._line
        if isinstance(frame, Refused):
            self._link.refused()
            line.refuse(frame.reason, frame.detail, frame.raw)
            return None
        header = frame.header
        line.hear(header)
        if line.terminal_id is not None and header.phone != line.terminal_id:
            line.refuse_frame(frame, "another_terminal", f"the connection is that of {line.terminal_id}")
            line.answer([header.serial], header.message_id, Result.FAILED)
            return None
        serials = [header.serial]
        if header.part is not None and not header.encrypted:
            if line.terminal_id is None:
                return refuse_stranger(line, frame)
            whole = self._joined(frame)
            if whole is None:
                return None
            serials = [(whole.header.serial + number) % 0x10000 for number in range(header.part.total)]
            frame = whole
        try:
            message = decode_message(frame)
        except Jt808Error as error:
            self._unreadable(frame, serials, error)
            return None
        return self._take_message(frame, serials, message)

    def tick(self, now_s: float) -> None:  # noqa: ARG002 -- the wall clock is what is written down
        """Ask for parts that are missing, and do what time asks for on the line."""
        if self._parts is not None:
            now_ms = self._desk.now_ms()
            for missing in self._parts.missing(now_ms):
                self._line.send(
                    PlatformAsksParts(first_serial=missing.key.first_serial, indices=missing.indices)
                )
            self._lose_parts(now_ms)
        self._line.tick()

    def closed(self) -> None:
        """What came in part is refused; the terminal is gone."""
        for refused in self._reader.close():
            self._line.refuse(refused.reason, refused.detail, refused.raw)
        if self._parts is not None:
            self._lose_parts(None)
        self._line.closed()

    # Messages.

    def _take_message(
        self, frame: Frame, serials: Sequence[int], message: Message
    ) -> Coroutine[Any, Any, None] | None:
        line, header = self._line, frame.header
        if isinstance(message, Register):
            return register(line, frame, message)
        if isinstance(message, Authenticate):
            return sign_on(line, frame, message)
        if line.terminal_id is None:
            return refuse_stranger(line, frame)
        if isinstance(message, Location):
            self._publish([self._position(message, header.serial)], serials, header.message_id)
        elif isinstance(message, Batch):
            self._take_batch(serials, header, message)
        elif isinstance(message, LocationAnswer):
            self._publish([self._position(message.location, header.serial)], serials, None)
            line.answered(message.answered_serial, Result.OK)
        elif isinstance(message, TerminalAnswer):
            line.answered(message.answered_serial, message.result)
        elif isinstance(message, AskTime):
            line.send(ServerTime(time_ms=self._desk.now_ms()))
        else:
            line.answer(serials, header.message_id, Result.OK)
            if isinstance(message, LogOut):
                line.close("logged_out")
        return None

    def _take_batch(self, serials: Sequence[int], header: Header, batch: Batch) -> None:
        for damaged in batch.damaged:
            self._line.refuse(damaged.reason, damaged.detail, damaged.raw)
        positions = [self._position(one, None) for one in batch.locations]
        if positions:
            self._publish(positions, serials, header.message_id)
        else:
            self._line.answer(serials, header.message_id, Result.OK)

    def _position(self, location: Location, serial: int | None) -> dict[str, Any]:
        terminal = self._desk.directory.get(self._line.terminal_id or "")
        model = self._desk.fleet.model(None if terminal is None else terminal.model)
        return to_position(location, model, serial=serial)

    def _publish(
        self, positions: Sequence[dict[str, Any]], serials: Sequence[int], message_id: int | None
    ) -> None:
        """Publish, and answer "done" once the broker has it; unanswered the terminal sends again."""

        def done(has_it: bool) -> None:
            if has_it and message_id is not None:
                self._line.answer(serials, message_id, Result.OK)

        self._line.publish(positions, done)

    def _unreadable(self, frame: Frame, serials: Sequence[int], error: Jt808Error) -> None:
        line, header = self._line, frame.header
        line.refuse_frame(frame, error.reason, str(error))
        if error.reason in {Reason.ENCRYPTED, Reason.UNKNOWN_MESSAGE}:
            result = Result.NOT_SUPPORTED
        elif error.reason is Reason.BAD_FIELD and header.message_id == _LOCATION and line.terminal_id:
            # Of a clock that does not run yet, say. Refused it would come again for ever, and all after it wait.
            result = Result.OK
        else:
            result = Result.BAD_MESSAGE
        line.answer(serials, header.message_id, result)

    # Parts.

    def _joined(self, frame: Frame) -> Frame | None:
        if self._parts is None:
            self._parts = Parts()
        return self._parts.add(frame, self._desk.now_ms())

    def _lose_parts(self, now_ms: int | None) -> None:
        assert self._parts is not None
        for lost in self._parts.close() if now_ms is None else self._parts.given_up(now_ms):
            detail = f"{lost.arrived} of {lost.total} parts came: {lost.detail}"
            self._line.refuse(Reason.BAD_PART, detail, lost.raw)


async def run_jt808(**wiring: Any) -> None:
    """Run the gateway of JT/T 808; the arguments are those of `run_gateway`."""

    def speaks(desk: Jt808Desk) -> Callable[[Link], Speaker]:
        def decided(terminal_id: str) -> None:
            line = desk.live.get(terminal_id)
            if line is not None:
                line.decided(desk.directory.get(terminal_id))

        desk.directory.on_change = decided
        return lambda link: TerminalSpeaker(desk, link)

    await run_gateway(PROTOCOL, speaks, **wiring)
