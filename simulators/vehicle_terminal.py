"""A JT/T 808 terminal: registers, signs on with the code it is given, and reports."""

import asyncio
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from protocols.jt808.answers import PlatformAnswer, Result
from protocols.jt808.batch import batch_of
from protocols.jt808.framing import Frame, Reader
from protocols.jt808.messages import Message, decode_message, encode_message
from protocols.jt808.model import TerminalModel
from protocols.jt808.sign_on import Authenticate, Register, RegisterAnswer, RegisterResult
from protocols.jt808.version import Version
from simulators.as_jt808 import location_of
from simulators.device_line import CHUNK, Answer, DeviceLine, NotLetIn

MAKER, MODEL = "HWSIM", "SIM-1"
_SERIALS = 0x10000

Answered = TypeVar("Answered", PlatformAnswer, RegisterAnswer)


class VehicleTerminal(DeviceLine):
    """One terminal, named by its phone number; `plate` may be empty."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        phone: str,
        plate: str,
        model: TerminalModel,
        version: Version = Version.V2019,
    ) -> None:
        super().__init__(host, port)
        self.phone, self._plate, self._model, self._version = phone, plate, model, version
        self._code: str | None = None
        self._serial = 0
        self._reader = Reader()

    async def sign_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Register if there is no code yet, and sign on with it; raises NotLetIn."""
        self._reader = Reader()
        if self._code is None:
            self._code = await self._register(reader, writer)
        writer.writelines(self._encode(Authenticate(code=self._code)))
        answer = await self._next(reader, PlatformAnswer)
        if answer.result is not Result.OK:
            self._code = None  # as a terminal does: it registers anew
            raise ConnectionResetError(f"{self.phone}: its code is not taken")

    def frames_of(self, elements: Sequence[dict[str, Any]]) -> Iterator[tuple[Hashable, bytes]]:
        """One location, or a batch of them; answered by the serial number of the frame, of a batch each part's."""
        locations = tuple(location_of(element, self._model) for element in elements)
        message: Message = locations[0] if len(locations) == 1 else batch_of(locations)
        first = self._serial
        for number, frame in enumerate(self._encode(message)):
            yield (first + number) % _SERIALS, frame

    def answers_in(self, data: bytes) -> Iterable[Answer]:
        """The platform's general answers; other messages of the platform are not for a simulated terminal."""
        for message in self._messages(data):
            if isinstance(message, PlatformAnswer):
                yield Answer(message.answered_serial, message.result is Result.OK)

    async def _register(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        me = Register(
            province=31,
            county=110,
            maker=MAKER,
            model=MODEL,
            terminal_id=self.phone[-7:],
            plate_color=2 if self._plate else 0,
            plate=self._plate,
        )
        writer.writelines(self._encode(me))
        answer = await self._next(reader, RegisterAnswer)
        if answer.result is not RegisterResult.OK:
            raise NotLetIn(f"terminal {self.phone} is not let in: {answer.result.name.lower()}")
        return answer.code

    async def _next(self, reader: asyncio.StreamReader, kind: type[Answered]) -> Answered:
        while True:
            data = await reader.read(CHUNK)
            if not data:
                raise ConnectionResetError("the gateway closed the connection")
            for message in self._messages(data):
                if isinstance(message, kind):
                    return message

    def _messages(self, data: bytes) -> Iterator[Message]:
        for frame in list(self._reader.feed(data)):
            if isinstance(frame, Frame):
                yield decode_message(frame)

    def _encode(self, message: Message) -> list[bytes]:
        frames = encode_message(message, phone=self.phone, serial=self._serial, version=self._version)
        self._serial = (self._serial + len(frames)) % _SERIALS
        return frames
