"""Putting sub-packets together, in whatever order they come (§4.4.3, §8.6 of 2019).

A message is told by phone, message id and the serial of its first part; parts count their serials up.
What is missing is named for 0x8003. Time is an argument; memory and age are bounded, and what had to be
given up is told, so that nothing vanishes unseen.
"""

from msgspec import Struct

from protocols.jt808.framing import MARK, Frame
from protocols.jt808.version import Version

MOST_ASKED = 255  # the count of 0x8003 is a byte in 2013
MOST_KEPT = 10_000  # bytes of a message that was given up


class Key(Struct, frozen=True, kw_only=True):
    """What the parts of one message have in common."""

    phone: str
    message_id: int
    first_serial: int


class Missing(Struct, frozen=True, kw_only=True):
    """Parts to ask for again, lowest first; at most as many as one 0x8003 holds."""

    key: Key
    version: Version
    indices: tuple[int, ...]


class GivenUp(Struct, frozen=True, kw_only=True):
    """A message that never became whole; `raw` begins with its parts as they came, 7E 7E between them."""

    key: Key
    total: int
    arrived: int
    detail: str
    raw: bytes


class Limits(Struct, frozen=True, kw_only=True):
    """How much is kept, and for how long."""

    most_bytes: int = 64 * 1024  # ten thousand connections may all be half-way
    most_messages: int = 8
    keep_ms: int = 120_000  # after the last part
    ask_after_ms: int = 5_000  # of silence
    most_requests: int = 3


class _Gathering:
    """The parts of one message so far."""

    __slots__ = ("asked_ms", "heard_ms", "parts", "requests", "size", "total")

    def __init__(self, total: int) -> None:
        self.total = total
        self.parts: dict[int, Frame] = {}
        self.size = 0
        self.heard_ms = 0
        self.asked_ms = 0
        self.requests = 0


class Parts:
    """The unfinished messages of one connection."""

    def __init__(self, limits: Limits | None = None) -> None:
        """Begin with none."""
        self._limits = limits or Limits()
        self._gathering: dict[Key, _Gathering] = {}
        self._given_up: list[GivenUp] = []

    def add(self, frame: Frame, now_ms: int) -> Frame | None:
        """The whole message, once its last part is there; a frame that needs no joining is whole."""
        part = frame.header.part
        if part is None or frame.header.encrypted:
            return frame
        key = _key(frame)
        gathering = self._gathering.get(key)
        if gathering is not None and _differs(gathering, frame):
            self._give_up(key, "another message began under the same serial")
            gathering = None
        if gathering is None:
            gathering = self._gathering[key] = _Gathering(part.total)
        gathering.heard_ms = now_ms
        if part.index not in gathering.parts:
            gathering.parts[part.index] = frame
            gathering.size += len(frame.raw) + len(frame.body)
        if len(gathering.parts) == gathering.total:
            del self._gathering[key]
            return _joined(key, gathering)
        self._make_room()
        return None

    def missing(self, now_ms: int) -> list[Missing]:
        """What to ask for again now; the same is asked a few times only, after as long a silence."""
        found = []
        for key, gathering in self._gathering.items():
            quiet_ms = now_ms - max(gathering.heard_ms, gathering.asked_ms)
            if quiet_ms < self._limits.ask_after_ms or gathering.requests >= self._limits.most_requests:
                continue
            gathering.asked_ms = now_ms
            gathering.requests += 1
            version = next(iter(gathering.parts.values())).header.version
            found.append(Missing(key=key, version=version, indices=_absent(gathering)))
        return found

    def given_up(self, now_ms: int) -> list[GivenUp]:
        """The messages given up since the last call: too old now, or no room for them."""
        too_old = [
            key
            for key, gathering in self._gathering.items()
            if now_ms - gathering.heard_ms >= self._limits.keep_ms
        ]
        for key in too_old:
            self._give_up(key, "its other parts did not come in time")
        told, self._given_up = self._given_up, []
        return told

    def close(self) -> list[GivenUp]:
        """All that is unfinished, for the connection has ended."""
        for key in list(self._gathering):
            self._give_up(key, "the connection ended before its other parts came")
        told, self._given_up = self._given_up, []
        return told

    @property
    def size(self) -> int:
        """Bytes kept."""
        return sum(gathering.size for gathering in self._gathering.values())

    def _make_room(self) -> None:
        while len(self._gathering) > self._limits.most_messages or self.size > self._limits.most_bytes:
            self._give_up(next(iter(self._gathering)), "no room for more unfinished messages")

    def _give_up(self, key: Key, detail: str) -> None:
        gathering = self._gathering.pop(key)
        frames = [gathering.parts[index] for index in sorted(gathering.parts)]
        lost = GivenUp(key=key, total=gathering.total, arrived=len(frames), detail=detail, raw=_raw(frames))
        # What nobody asks about is bounded, too.
        self._given_up = [*self._given_up, lost][-self._limits.most_messages :]


def _key(frame: Frame) -> Key:
    header = frame.header
    index = header.part.index if header.part is not None else 1
    first_serial = (header.serial - index + 1) % 0x10000
    return Key(phone=header.phone, message_id=header.message_id, first_serial=first_serial)


def _differs(gathering: _Gathering, frame: Frame) -> bool:
    part = frame.header.part
    if part is None or part.total != gathering.total:
        return True
    before = gathering.parts.get(part.index)
    return before is not None and before.body != frame.body


def _absent(gathering: _Gathering) -> tuple[int, ...]:
    absent = (index for index in range(1, gathering.total + 1) if index not in gathering.parts)
    return tuple(index for index, _ in zip(absent, range(MOST_ASKED), strict=False))


def _joined(key: Key, gathering: _Gathering) -> Frame:
    frames = [gathering.parts[index] for index in range(1, gathering.total + 1)]
    first = frames[0].header
    header = type(first)(
        message_id=key.message_id,
        phone=key.phone,
        serial=key.first_serial,
        version=first.version,
        protocol_version=first.protocol_version,
    )
    return Frame(header=header, body=b"".join(frame.body for frame in frames), raw=_raw(frames))


def _raw(frames: list[Frame]) -> bytes:
    return (MARK + MARK).join(frame.raw for frame in frames)
