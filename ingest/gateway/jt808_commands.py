"""What a terminal is asked over one connection: when it is asked again, when it is given up, what its answer means."""

from domain.instant import MINUTE_MS
from protocols.jt808.answers import Result
from protocols.jt808.location import AskLocation
from protocols.jt808.messages import Message
from protocols.jt808.parameters import ParameterId, SetParameters, parameter
from storage.terminals import Command

ASK_AGAIN_MS = MINUTE_MS
MOST_ASKED = 3
"""How often a terminal is asked the same on one connection; then what it was asked next has its turn."""

RESULTS = {
    Result.OK: "done",
    Result.FAILED: "failed",
    Result.BAD_MESSAGE: "bad_message",
    Result.NOT_SUPPORTED: "not_supported",
    Result.ALARM_CONFIRMED: "failed",  # the platform's word; no answer of a terminal
}


class Asking:
    """The command that was asked last."""

    __slots__ = ("_asked_ms", "_command_id", "_serial", "_times")

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self._command_id: int | None = None
        self._serial = 0
        self._times = 0
        self._asked_ms = 0

    def is_due(self, command: Command, now_ms: int) -> bool:
        """Whether it is another command, or one that was not answered for a while."""
        return command.id != self._command_id or now_ms - self._asked_ms >= ASK_AGAIN_MS

    def is_hopeless(self, command: Command) -> bool:
        """Whether it was asked often enough."""
        return command.id == self._command_id and self._times >= MOST_ASKED

    def asked(self, command: Command, serial: int, now_ms: int) -> None:
        """It was sent under a serial."""
        self._times = self._times + 1 if command.id == self._command_id else 1
        self._command_id, self._serial, self._asked_ms = command.id, serial, now_ms

    def answered(self, serial: int) -> int | None:
        """The number of the command that an answer is to, None if it is to none."""
        return self._command_id if serial == self._serial else None


def message_of(command: Command) -> Message:
    """What is sent."""
    if command.kind == "locate":
        return AskLocation()
    assert command.interval_s is not None
    return SetParameters(parameters=(parameter(ParameterId.INTERVAL_S, command.interval_s),))
