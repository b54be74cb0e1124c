"""Messages in several packets (PNUM, PNO): each packet stands on its own, with the DataTime of its message.

Packets are answered one by one, so none may wait for the next. A packet without DataTime takes it from one
of the same message that came before; what has no earlier one is sent again, because nothing confirms it.
"""

from msgspec import structs

from protocols.hj212.segment import Segment

MOST_MESSAGES = 8
"""How many messages of a connection are remembered; packets of one follow each other."""

DATA_TIME = "DataTime"


class Packets:
    """The DataTime of the newest messages of one connection."""

    __slots__ = ("_times",)

    def __init__(self) -> None:
        """Begin with none."""
        self._times: dict[tuple[str | None, ...], str] = {}

    def complete(self, segment: Segment) -> Segment:
        """The segment, with its message's DataTime where it is a packet without one of its own."""
        if segment.pnum is None or segment.pnum < 2 or segment.qn is None:
            return segment
        message = (segment.mn, segment.cn, segment.qn)
        for group in segment.cp:
            for name, value in group:
                if name == DATA_TIME:
                    self._remember(message, value)
                    return segment
        known = self._times.get(message)
        return segment if known is None else structs.replace(segment, cp=(((DATA_TIME, known),), *segment.cp))

    def _remember(self, message: tuple[str | None, ...], data_time: str) -> None:
        self._times.pop(message, None)
        self._times[message] = data_time
        while len(self._times) > MOST_MESSAGES:
            del self._times[next(iter(self._times))]
