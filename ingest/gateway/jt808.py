"""What a connection of JT/T 808 says, and what it is answered.

A terminal registers, signs on with the code it was given, and reports. Reports are answered with "done" only
once the broker has them. One connection is one terminal, and one terminal is one connection: where a second one
signs on, the first is asked, and as long as it answers the second is refused.
"""

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from typing import Any

from domain.instant import MINUTE_MS
from ingest.gateway.connections import Link
from ingest.gateway.desk import Desk
from ingest.gateway.jt808_commands import RESULTS, Asking, message_of
from ingest.gateway.jt808_sign_on import Verdict, code_digest, is_code, new_code, said, verdict_on
from ingest.gateway.payloads import payloads
from protocols.jt808.answers import PlatformAnswer, PlatformAsksParts, Result, TerminalAnswer
from protocols.jt808.batch import Batch
from protocols.jt808.error import Jt808Error, Reason
from protocols.jt808.framing import Frame, Reader, unescape
from protocols.jt808.header import Header
from protocols.jt808.location import AskLocation, Location, LocationAnswer
from protocols.jt808.messages import Message, decode_message, encode_message
from protocols.jt808.parts import Parts
from protocols.jt808.position import to_position
from protocols.jt808.sign_on import (
    AskTime,
    Authenticate,
    LogOut,
    Register,
    RegisterAnswer,
    RegisterResult,
    ServerTime,
)
from protocols.jt808.version import Version
from protocols.refused import Refused
from storage.errors import StorageUnavailable
from storage.terminals import Terminal

PROTOCOL = "jt808"
RIVAL_S = 5.0
"""How long a terminal that is there may take to show it when another signs on with its id."""
RIVAL_LOOK_S = 0.1
NOTE_EVERY_MS = MINUTE_MS

Jt808Desk = Desk["TerminalSpeaker"]


class TerminalSpeaker:
    """One connection; once signed on, one terminal."""

    __slots__ = (
        "_asking",
        "_connected_ms",
        "_desk",
        "_device_id",
        "_digest",
        "_frames",
        "_link",
        "_noted_ms",
        "_parts",
        "_phone",
        "_reader",
        "_serial",
        "_version",
        "heard",
        "terminal_id",
    )

    def __init__(self, desk: Jt808Desk, link: Link) -> None:
        self._desk = desk
        self._link = link
        self._reader = Reader()
        self._parts: Parts | None = None
        self._serial = 0
        self._phone = ""  # as the newest header has it
        self._version = Version.V2013
        self.terminal_id: str | None = None  # once signed on
        self._device_id = ""
        self._digest = b""
        self._connected_ms = 0
        self._noted_ms = 0
        self._frames = 0
        self._asking = Asking()
        self.heard = 0

    # A gateway's speaker.

    def feed(self, data: bytes) -> Iterator[Frame | Refused]:
        """Frames, one at a time."""
        return self._reader.feed(data)

    def take(self, frame: Frame | Refused) -> Coroutine[Any, Any, None] | None:
        """Deal with one frame."""
        if isinstance(frame, Refused):
            self._link.refused()
            self._refuse(self.terminal_id, frame.reason, frame.detail, frame.raw)
            return None
        header = frame.header
        self._link.heard()
        self._desk.counts.frame()
        self.heard += 1
        self._frames += 1
        self._phone, self._version = header.phone, header.version
        if self.terminal_id is not None and header.phone != self.terminal_id:
            detail = f"the connection is that of {self.terminal_id}"
            is_secret = header.message_id == _AUTHENTICATE
            self._refuse_frame(frame, "another_terminal", detail, without_body=is_secret)
            self._answer([header.serial], header.message_id, Result.FAILED)
            return None
        serials = [header.serial]
        if header.part is not None and not header.encrypted:
            if self.terminal_id is None:
                return self._refuse_stranger(frame)
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
        """Ask for parts that are missing, and write down that the terminal is there."""
        now_ms = self._desk.now_ms()
        if self._parts is not None:
            for missing in self._parts.missing(now_ms):
                self._send(PlatformAsksParts(first_serial=missing.key.first_serial, indices=missing.indices))
            self._lose_parts(now_ms)
        if self.terminal_id is not None:
            if self._frames and now_ms - self._noted_ms >= NOTE_EVERY_MS:
                self._note(self._connected_ms)
            self._deliver(now_ms)

    def closed(self) -> None:
        """What came in part is refused; the terminal is gone."""
        for refused in self._reader.close():
            self._refuse(self.terminal_id, refused.reason, refused.detail, refused.raw)
        if self._parts is not None:
            self._lose_parts(None)
        if self.terminal_id is not None and self._desk.live.get(self.terminal_id) is self:
            del self._desk.live[self.terminal_id]
            self._note(None)

    # What others want of it.

    def ask_location(self) -> None:
        """Ask where it is; any frame shows that it is there."""
        self._send(AskLocation())

    def part(self, why: str) -> None:
        """Another has taken its place, or somebody has decided so."""
        self._link.close(why)

    @property
    def is_open(self) -> bool:
        """Whether the connection stands."""
        return self._link.is_open

    def decided(self, terminal: Terminal | None) -> None:
        """Somebody has decided about this terminal, or wants something of it."""
        if (
            terminal is None
            or not terminal.is_approved
            or terminal.device_id != self._device_id
            or terminal.code_digest != self._digest
        ):
            self.part("no_longer_approved")
        else:
            self._deliver(self._desk.now_ms())

    # Messages.

    def _take_message(
        self, frame: Frame, serials: Sequence[int], message: Message
    ) -> Coroutine[Any, Any, None] | None:
        header = frame.header
        if isinstance(message, Register):
            return self._register(frame, message)
        if isinstance(message, Authenticate):
            return self._authenticate(frame, message)
        if self.terminal_id is None:
            return self._refuse_stranger(frame)
        if isinstance(message, Location):
            self._publish([self._position(message, header.serial)], serials, header.message_id)
        elif isinstance(message, Batch):
            self._take_batch(serials, header, message)
        elif isinstance(message, LocationAnswer):
            self._publish([self._position(message.location, header.serial)], serials, None)
            self._answered(message.answered_serial, Result.OK)
        elif isinstance(message, TerminalAnswer):
            self._answered(message.answered_serial, message.result)
        elif isinstance(message, AskTime):
            self._send(ServerTime(time_ms=self._desk.now_ms()))
        else:
            self._answer(serials, header.message_id, Result.OK)
            if isinstance(message, LogOut):
                self._link.close("logged_out")
        return None

    def _take_batch(self, serials: Sequence[int], header: Header, batch: Batch) -> None:
        for damaged in batch.damaged:
            self._refuse(self.terminal_id, damaged.reason, damaged.detail, damaged.raw)
        positions = [self._position(one, None) for one in batch.locations]
        if positions:
            self._publish(positions, serials, header.message_id)
        else:
            self._answer(serials, header.message_id, Result.OK)

    def _position(self, location: Location, serial: int | None) -> dict[str, Any]:
        terminal = self._desk.directory.get(self.terminal_id or "")
        model = self._desk.fleet.model(None if terminal is None else terminal.model)
        return to_position(location, model, serial=serial)

    def _publish(
        self, positions: Sequence[dict[str, Any]], serials: Sequence[int], message_id: int | None
    ) -> None:
        """Publish, and answer "done" once the broker has it; unanswered the terminal sends again."""
        topic = f"{self._desk.prefix}/{self._device_id}/position"

        def done(has_it: bool) -> None:
            if has_it and message_id is not None:
                self._answer(serials, message_id, Result.OK)

        self._link.publish([(topic, payload) for payload in payloads(positions)], done)

    def _unreadable(self, frame: Frame, serials: Sequence[int], error: Jt808Error) -> None:
        header = frame.header
        self._refuse_frame(frame, error.reason, str(error))
        if error.reason in {Reason.ENCRYPTED, Reason.UNKNOWN_MESSAGE}:
            result = Result.NOT_SUPPORTED
        elif error.reason is Reason.BAD_FIELD and header.message_id == _LOCATION and self.terminal_id:
            # Of a clock that does not run yet, say. Refused it would come again for ever, and all after it wait.
            result = Result.OK
        else:
            result = Result.BAD_MESSAGE
        self._answer(serials, header.message_id, result)

    # Signing on.

    async def _register(self, frame: Frame, message: Register) -> None:
        desk, terminal_id = self._desk, frame.header.phone
        known = desk.directory.get(terminal_id)
        vehicle = None if known is None or known.device_id is None else desk.fleet.vehicle(known.device_id)
        verdict = verdict_on(message, known, vehicle)
        if verdict.reason is not None:
            self._refuse_frame(frame, verdict.reason, verdict.detail)
        try:
            if verdict.waits:
                verdict = await self._knock(frame, verdict, said(message))
            elif verdict.result is RegisterResult.OK and not await self._is_alone(frame, terminal_id):
                verdict = Verdict(result=RegisterResult.TERMINAL_REGISTERED)
            code = ""
            if verdict.result is RegisterResult.OK:
                code = new_code()
                digest = code_digest(code)
                if terminal_id == self.terminal_id:
                    self._digest = digest
                if not await desk.terminals.issue_code(PROTOCOL, terminal_id, digest, said(message)):
                    verdict, code = Verdict(result=RegisterResult.TERMINAL_UNKNOWN), ""
                await desk.directory.refresh(terminal_id)
        except StorageUnavailable:
            return  # it asks again
        self._send(
            RegisterAnswer(answered_serial=frame.header.serial, result=verdict.result, code=code),
        )

    def _authenticate(self, frame: Frame, message: Authenticate) -> Coroutine[Any, Any, None] | None:
        terminal_id = frame.header.phone
        known = self._desk.directory.get(terminal_id)
        if known is None or known.state == "waiting":
            return self._refuse_stranger(frame)
        reason = None
        if not known.is_approved:
            reason = "blocked"
        elif known.code_digest is None:
            reason = "not_registered"
        elif not is_code(message.code, known.code_digest):
            reason = "wrong_code"
        if reason is not None:
            # The code that was tried is nobody's business.
            self._refuse_frame(frame, reason, "", without_body=True)
            self._answer([frame.header.serial], frame.header.message_id, Result.FAILED)
            return None
        if self._desk.live.get(terminal_id, self) is not self:
            return self._sign_on_beside(frame, message)
        self._sign_on(frame, known)
        return None

    async def _sign_on_beside(self, frame: Frame, message: Authenticate) -> None:
        """Sign on a terminal that is there already, if the one that is there does not answer any more."""
        if not await self._is_alone(frame, frame.header.phone):
            self._answer([frame.header.serial], frame.header.message_id, Result.FAILED)
        elif (again := self._authenticate(frame, message)) is not None:  # what was decided since counts
            await again

    def _sign_on(self, frame: Frame, known: Terminal) -> None:
        assert known.device_id is not None
        assert known.code_digest is not None
        self.terminal_id = known.terminal_id
        self._device_id, self._digest = known.device_id, known.code_digest
        self._connected_ms = self._desk.now_ms()
        self._desk.live[known.terminal_id] = self
        self._link.signed_on()
        self._note(self._connected_ms)
        self._answer([frame.header.serial], frame.header.message_id, Result.OK)
        self._deliver(self._connected_ms)

    async def _is_alone(self, frame: Frame, terminal_id: str) -> bool:
        """Whether nobody else is this terminal; one that is there and silent is parted with."""
        while (rival := self._desk.live.get(terminal_id)) is not None and rival is not self:
            heard, ends_s = rival.heard, asyncio.get_running_loop().time() + RIVAL_S
            rival.ask_location()
            while rival.is_open and rival.heard == heard:
                if asyncio.get_running_loop().time() >= ends_s:
                    rival.part("replaced")
                    break
                await asyncio.sleep(RIVAL_LOOK_S)
            else:
                if rival.is_open:
                    self._note_conflict(frame, terminal_id)
                    return False
            if self._desk.live.get(terminal_id) is rival:
                del self._desk.live[terminal_id]
        return True

    def _note_conflict(self, frame: Frame, terminal_id: str) -> None:
        desk = self._desk
        detail = f"{terminal_id} is connected and answers; another signed on from {self._link.address}"
        self._refuse_frame(frame, "already_connected", detail, without_body=True)
        desk.book.later(
            desk.terminals.note_conflict(
                PROTOCOL, terminal_id, at_ms=desk.now_ms(), address=self._link.address
            )
        )

    async def _refuse_stranger(self, frame: Frame) -> None:
        """Refuse somebody who has not signed on; who is not known, is put down as waiting."""
        header = frame.header
        known = self._desk.directory.get(header.phone)
        try:
            if known is None or known.state == "waiting":
                await self._knock(frame, Verdict(result=RegisterResult.TERMINAL_UNKNOWN), {})
            else:
                self._refuse_frame(
                    frame, "not_signed_on", "", without_body=header.message_id == _AUTHENTICATE
                )
        except StorageUnavailable:
            return
        self._answer([header.serial], header.message_id, Result.FAILED)

    async def _knock(self, frame: Frame, verdict: Verdict, told: dict[str, Any]) -> Verdict:
        desk, terminal_id = self._desk, frame.header.phone
        if desk.may_knock(terminal_id, told):
            told = told or _said_before(desk.directory.get(terminal_id))
            if await desk.terminals.knock(PROTOCOL, terminal_id, told, self._link.address):
                await desk.directory.refresh(terminal_id)
            else:
                self._refuse_frame(frame, "too_many_wait", "")
        return verdict

    # Commands.

    def _deliver(self, now_ms: int) -> None:
        """Send what the terminal is asked, again where it was not answered for a while."""
        terminal = self._desk.directory.get(self.terminal_id or "")
        command = None if terminal is None else terminal.command
        if command is None or not self._asking.is_due(command, now_ms):
            return
        if self._asking.is_hopeless(command):
            self._desk.book.later(self._desk.terminals.command_answered(command.id, "failed"))
            return
        self._asking.asked(command, self._send(message_of(command)), now_ms)
        self._desk.book.later(self._desk.terminals.command_sent(command.id))

    def _answered(self, serial: int, result: Result) -> None:
        if (command_id := self._asking.answered(serial)) is not None:
            self._desk.book.later(self._desk.terminals.command_answered(command_id, RESULTS[result]))

    # Parts.

    def _joined(self, frame: Frame) -> Frame | None:
        if self._parts is None:
            self._parts = Parts()
        return self._parts.add(frame, self._desk.now_ms())

    def _lose_parts(self, now_ms: int | None) -> None:
        assert self._parts is not None
        for lost in self._parts.close() if now_ms is None else self._parts.given_up(now_ms):
            detail = f"{lost.arrived} of {lost.total} parts came: {lost.detail}"
            self._refuse(self.terminal_id, Reason.BAD_PART, detail, lost.raw)

    # Sending and writing down.

    def _answer(self, serials: Sequence[int], message_id: int, result: Result) -> None:
        for serial in serials:
            self._send(PlatformAnswer(answered_serial=serial, answered_id=message_id, result=result))

    def _send(self, message: Message) -> int:
        serial = self._serial
        for data in encode_message(
            message, phone=self._phone or self.terminal_id or "0", serial=serial, version=self._version
        ):
            self._link.write(data)
            self._serial = (self._serial + 1) % 0x10000
        return serial

    def _note(self, connected_ms: int | None) -> None:
        assert self.terminal_id is not None
        self._desk.book.seen(
            self.terminal_id, address=self._link.address, connected_ms=connected_ms, frames=self._frames
        )
        self._frames = 0
        self._noted_ms = self._desk.now_ms()

    def _refuse_frame(self, frame: Frame, reason: str, detail: str, *, without_body: bool = False) -> None:
        raw = unescape(frame.raw)[: -len(frame.body) - 1] if without_body else frame.raw
        self._refuse(frame.header.phone, reason, detail, raw)

    def _refuse(self, terminal_id: str | None, reason: str, detail: str, raw: bytes) -> None:
        known = None if terminal_id is None else self._desk.directory.get(terminal_id)
        self._desk.book.refuse(
            terminal_id=terminal_id,
            device_id=None if known is None else known.device_id,
            address=self._link.address,
            reason=reason,
            detail=detail,
            raw=raw,
        )


_LOCATION = 0x0200
_AUTHENTICATE = 0x0102


def _said_before(known: Terminal | None) -> dict[str, Any]:
    return {} if known is None else known.said
