"""Every message we speak: its id, its type, and the two functions between bytes and value.

The table is the only list of them. A body that is longer than its message is refused, as one that is
shorter is; what a message may leave out, its own module knows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from msgspec import Struct

from protocols.jt808 import answers, batch, location, parameters, sign_on
from protocols.jt808.cursor import Cursor, Note
from protocols.jt808.error import Jt808Error, Reason
from protocols.jt808.framing import Frame, encode_frame
from protocols.jt808.header import LONGEST_BODY, Header, PartOf
from protocols.jt808.version import Version

Message: TypeAlias = (
    answers.TerminalAnswer
    | answers.PlatformAnswer
    | answers.TerminalAsksParts
    | answers.PlatformAsksParts
    | batch.Batch
    | location.AskLocation
    | location.Location
    | location.LocationAnswer
    | parameters.AskParameters
    | parameters.Parameters
    | parameters.SetParameters
    | sign_on.AskTime
    | sign_on.Authenticate
    | sign_on.Heartbeat
    | sign_on.LogOut
    | sign_on.Register
    | sign_on.RegisterAnswer
    | sign_on.ServerTime
)


class Form(Struct, frozen=True):
    """One message: how it is read and written."""

    kind: type[Message]
    decode: Callable[[Cursor, Version], Message]
    encode: Callable[[Any, Version], bytes]


def _empty(message: Message) -> Form:
    """The form of a message without a body."""
    return Form(type(message), lambda _cursor, _version: message, lambda _message, _version: b"")


FORMS: dict[int, Form] = {
    0x0001: Form(answers.TerminalAnswer, answers.decode_terminal_answer, answers.encode_answer),
    0x0002: _empty(sign_on.Heartbeat()),
    0x0003: _empty(sign_on.LogOut()),
    0x0004: _empty(sign_on.AskTime()),
    0x0005: Form(answers.TerminalAsksParts, answers.decode_terminal_asks_parts, answers.encode_asks_parts),
    0x0100: Form(sign_on.Register, sign_on.decode_register, sign_on.encode_register),
    0x0102: Form(sign_on.Authenticate, sign_on.decode_authenticate, sign_on.encode_authenticate),
    0x0104: Form(parameters.Parameters, parameters.decode_parameters, parameters.encode_parameters),
    0x0200: Form(location.Location, location.decode_location, location.encode_location),
    0x0201: Form(location.LocationAnswer, location.decode_location_answer, location.encode_location_answer),
    0x0704: Form(batch.Batch, batch.decode_batch, batch.encode_batch),
    0x8001: Form(answers.PlatformAnswer, answers.decode_platform_answer, answers.encode_answer),
    0x8003: Form(answers.PlatformAsksParts, answers.decode_platform_asks_parts, answers.encode_asks_parts),
    0x8004: Form(sign_on.ServerTime, sign_on.decode_server_time, sign_on.encode_server_time),
    0x8100: Form(sign_on.RegisterAnswer, sign_on.decode_register_answer, sign_on.encode_register_answer),
    0x8103: Form(
        parameters.SetParameters, parameters.decode_set_parameters, parameters.encode_set_parameters
    ),
    0x8104: _empty(parameters.AskParameters()),
    0x8201: _empty(location.AskLocation()),
}
_IDS = {form.kind: message_id for message_id, form in FORMS.items()}


def message_id_of(message: Message) -> int:
    """The id under which a message goes."""
    return _IDS[type(message)]


def decode_message(frame: Frame, *, notes: list[Note] | None = None) -> Message:
    """The message in a whole frame; raises Jt808Error, also for an encrypted or an unknown one.

    Offsets of errors and notes count from the first byte of the body.
    """
    if frame.header.encrypted:
        detail = f"encryption {frame.header.encryption} is not supported"
        raise Jt808Error(Reason.ENCRYPTED, detail, field="attributes")
    return decode_body(frame.header.message_id, frame.body, frame.header.version, notes=notes)


def decode_body(
    message_id: int, body: bytes, version: Version, *, notes: list[Note] | None = None
) -> Message:
    """The message in a body; raises Jt808Error."""
    form = FORMS.get(message_id)
    if form is None:
        raise Jt808Error(Reason.UNKNOWN_MESSAGE, f"0x{message_id:04X} is not supported")
    cursor = Cursor(body, notes=notes)
    message = form.decode(cursor, version)
    cursor.end()
    return message


def encode_body(message: Message, version: Version) -> bytes:
    """The body of a message; raises ValueError for what does not fit."""
    return FORMS[message_id_of(message)].encode(message, version)


def encode_message(
    message: Message, *, phone: str, serial: int, version: Version, longest_body: int = LONGEST_BODY
) -> list[bytes]:
    """The frames to send: one, or sub-packets with serials of their own, from `serial` on."""
    body = encode_body(message, version)
    pieces = [body[at : at + longest_body] for at in range(0, len(body), longest_body)] or [b""]
    return [
        encode_frame(
            Header(
                message_id=message_id_of(message),
                phone=phone,
                serial=(serial + number) % 0x10000,
                version=version,
                part=None if len(pieces) == 1 else PartOf(total=len(pieces), index=number + 1),
            ),
            piece,
        )
        for number, piece in enumerate(pieces)
    ]
