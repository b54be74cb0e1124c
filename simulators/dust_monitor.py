"""An HJ 212 monitor: says its name in every frame, and keeps a reading until it is confirmed (9014)."""

import asyncio
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any

from protocols.hj212.answers import DATA_ANSWER
from protocols.hj212.framing import Frame, Reader, encode_frame
from protocols.hj212.segment import decode_segment, encode_segment
from simulators.as_hj212 import segment_of
from simulators.device_line import Answer, DeviceLine


class DustMonitor(DeviceLine):
    """One monitor, named by its MN."""

    def __init__(self, host: str, port: int, *, mn: str) -> None:
        super().__init__(host, port)
        self._mn = mn
        self._request_ms = 0
        self._reader = Reader()

    async def sign_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:  # noqa: ARG002
        """There is no signing on."""
        self._reader = Reader()

    def frames_of(self, elements: Sequence[dict[str, Any]]) -> Iterator[tuple[Hashable, bytes]]:
        """One frame a reading, answered by its request number."""
        for element in elements:
            self._request_ms = max(self._request_ms + 1, int(element["time"]))
            segment = segment_of(element, mn=self._mn, request_ms=self._request_ms)
            yield segment.qn, encode_frame(encode_segment(segment))

    def answers_in(self, data: bytes) -> Iterable[Answer]:
        """Confirmations of data, and refusals."""
        for frame in list(self._reader.feed(data)):
            if isinstance(frame, Frame):
                segment = decode_segment(frame.segment)
                yield Answer(segment.qn, segment.cn == DATA_ANSWER)
