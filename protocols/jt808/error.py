"""Why a frame or a message of JT/T 808 cannot be read; one exception, one list of short codes."""

from enum import StrEnum


class Reason(StrEnum):
    """What is wrong, as it is counted."""

    NOT_THIS_PROTOCOL = "not_this_protocol"
    TOO_LONG = "too_long"
    CUT_OFF = "cut_off"
    BAD_ESCAPE = "bad_escape"
    BAD_CHECKSUM = "bad_checksum"
    BAD_LENGTH = "bad_length"
    BAD_FIELD = "bad_field"
    BAD_PART = "bad_part"
    ENCRYPTED = "encrypted"
    UNKNOWN_MESSAGE = "unknown_message"


class Jt808Error(ValueError):
    """Bytes that are not what they should be.

    `field` names what could not be read; `offset` counts bytes from the first of the header (in a
    joined body: from its own first), `length` how many are at fault.
    """

    def __init__(
        self, reason: Reason, detail: str, *, field: str = "", offset: int = 0, length: int = 0
    ) -> None:
        """Name the fault."""
        super().__init__(f"{field}: {detail}" if field else detail)
        self.reason = reason
        self.detail = detail
        self.field = field
        self.offset = offset
        self.length = length
