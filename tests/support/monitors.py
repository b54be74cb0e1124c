"""A dust monitor of HJ 212 as a test holds it: sends frames, reads answers."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Self

from protocols.hj212.framing import Frame, Reader, encode_frame
from protocols.hj212.moments import encode_moment, encode_request_number
from protocols.hj212.segment import Segment, decode_segment

ANSWER_S = 30.0


class TestMonitor:
    """One connection."""

    __test__ = False

    def __init__(self, port: int, mn: str = "M1", *, address: str = "127.0.0.1") -> None:
        self.mn = mn
        self._port = port
        self._address = address
        self._reader = Reader()
        self._answers: list[Segment] = []

    async def __aenter__(self) -> Self:
        self._in, self._out = await asyncio.open_connection(
            "127.0.0.1", self._port, local_addr=(self._address, 0)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self._out.close()
        with contextlib.suppress(ConnectionError):
            await self._out.wait_closed()

    def write(self, data: bytes) -> None:
        self._out.write(data)

    def abort(self) -> None:
        """Be gone without a word."""
        self._out.transport.abort()

    async def read(self) -> list[Segment]:
        """The answers that came with the next bytes; raises ConnectionError once the gateway has closed."""
        data = await asyncio.wait_for(self._in.read(65536), ANSWER_S)
        if not data:
            raise ConnectionError("closed")
        found = list(self._reader.feed(data))
        assert all(isinstance(one, Frame) for one in found), found
        return [decode_segment(one.segment) for one in found if isinstance(one, Frame)]

    async def until(self, fits: Callable[[Segment], bool]) -> Segment:
        """The first answer that fits."""
        while True:
            for at, one in enumerate(self._answers):
                if fits(one):
                    return self._answers.pop(at)
            self._answers += await self.read()

    async def next(self) -> Segment:
        """The next answer, whatever it is."""
        return await self.until(lambda _: True)

    async def answer_to(self, qn: str) -> Segment:
        """The answer to a request number."""
        return await self.until(lambda one: one.qn == qn)

    def send(self, content: str, time_ms: int, **fields: str) -> str:
        """Send data of a moment; gives its request number."""
        qn = encode_request_number(time_ms)
        self.write(data_frame(content, time_ms, mn=self.mn, **fields))
        return qn

    async def sends(self, content: str, time_ms: int, **fields: str) -> Segment:
        """Send data of a moment and wait for the answer."""
        return await self.answer_to(self.send(content, time_ms, **fields))


def data_frame(
    content: str,
    time_ms: int,
    *,
    mn: str,
    cn: str = "2011",
    pw: str = "123456",
    flag: str = "5",
    st: str = "39",
) -> bytes:
    """A frame of data."""
    return encode_frame(
        f"QN={encode_request_number(time_ms)};ST={st};CN={cn};PW={pw};MN={mn};Flag={flag};"
        f"CP=&&DataTime={encode_moment(time_ms)};{content}&&".encode()
    )
