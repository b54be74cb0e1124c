"""Cutting a stream into frames: nothing that comes ends it, and nothing bad costs a good frame."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.jt808.framing import LONGEST_STRETCH, Frame, Reader, encode_frame
from protocols.jt808.header import Header
from protocols.refused import Refused

HEARTBEAT = encode_frame(Header(message_id=0x0002, phone="13912345678", serial=7), b"")
LOCATION = encode_frame(Header(message_id=0x0200, phone="13912345678", serial=8), bytes(range(100, 180)))
OTHERS = {
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n": "HTTP",
    b"POST /a HTTP/1.1\r\n\r\n": "HTTP",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03": "TLS",
    b"##0101QN=20160801085857223;ST=32;": "HJ 212",
    b"\x30\x31\x63\x64\x81\xe2\x00\x00\x01\x39\x12\x34": "JT/T 1078 media",
    b"SSH-2.0-OpenSSH_9.6\r\n": "SSH",
}


def told(pieces: list[bytes]) -> list[str]:
    """What a reader says of these pieces: serials of frames, reasons of the rest."""
    reader = Reader()
    return [say(one) for piece in pieces for one in reader.feed(piece)] + [say(one) for one in reader.close()]


def say(one: Frame | Refused) -> str:
    return str(one.header.serial) if isinstance(one, Frame) else one.reason


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (HEARTBEAT, ["7"]),
        (HEARTBEAT + LOCATION, ["7", "8"]),
        (HEARTBEAT + LOCATION[1:], ["7", "8"]),  # one 7E ends a frame and begins the next
        (b"\x7e\x7e\x7e" + HEARTBEAT + b"\x7e\x7e", ["7"]),
        (HEARTBEAT + b"rubbish" + LOCATION, ["7", "bad_length", "8"]),
        (HEARTBEAT + b"longer rubbish than a header" + LOCATION, ["7", "bad_checksum", "8"]),
        (b"rubbish" + HEARTBEAT, ["not_this_protocol", "7"]),
        (HEARTBEAT[:-1] + LOCATION, ["7", "8"]),  # the mark at the end is lost
        (HEARTBEAT[:9] + LOCATION, ["bad_length", "8"]),  # cut off, then the stream goes on
        (LOCATION[:40] + HEARTBEAT, ["bad_checksum", "7"]),
        (HEARTBEAT + LOCATION[:40], ["7", "cut_off"]),
        (b"\x7e\x00\x02\x7d\x03\x00\x7e" + HEARTBEAT, ["bad_escape", "7"]),
        (b"\x7e\x00\x02\x00\x7d\x7e" + HEARTBEAT, ["bad_escape", "7"]),
        (b"\x7e" + b"\x00" * 5000 + HEARTBEAT, ["too_long", "7"]),
        (b"\x00" * 5000 + HEARTBEAT, ["too_long", "7"]),
        (HEARTBEAT + b"\x30\x31\x63\x64 media" + HEARTBEAT, ["7", "not_this_protocol", "7"]),
        (b"", []),
    ],
)
@pytest.mark.parametrize("step", [1, 2, 7, 100_000])
def test_a_stream_in_any_pieces(stream: bytes, expected: list[str], step: int):
    assert told([stream[at : at + step] for at in range(0, len(stream), step)]) == expected


@pytest.mark.parametrize(("sent", "name"), OTHERS.items())
def test_another_protocol_is_named_before_any_mark_comes(sent: bytes, name: str):
    reader = Reader()
    (refused,) = list(reader.feed(sent))
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.detail, refused.raw) == ("not_this_protocol", name, sent)
    assert list(reader.feed(sent * 100)) == []
    assert [say(one) for one in reader.feed(HEARTBEAT)] == ["7"]


@pytest.mark.parametrize(("sent", "name"), OTHERS.items())
def test_another_protocol_is_named_though_it_comes_byte_by_byte(sent: bytes, name: str):
    reader = Reader()
    refused = [one for byte in sent for one in reader.feed(bytes((byte,)))]
    assert [(one.reason, one.detail) for one in refused if isinstance(one, Refused)] == [
        ("not_this_protocol", name)
    ]


def test_a_length_that_the_body_does_not_have_is_refused():
    raw = bytearray(HEARTBEAT)
    raw[4] ^= 1
    raw[-2] ^= 1
    assert told([bytes(raw)]) == ["bad_length"]


def test_a_phone_number_that_is_no_bcd_is_refused_by_field():
    raw = bytearray(HEARTBEAT)
    raw[5] ^= 0xB0
    raw[-2] ^= 0xB0
    (refused,) = Reader().feed(bytes(raw))
    assert isinstance(refused, Refused)
    assert refused.reason == "bad_field"
    assert "phone" in refused.detail


def test_an_encrypted_frame_is_a_frame_that_says_so():
    (frame,) = Reader().feed(encode_frame(Header(message_id=0x0200, phone="1", serial=1, encryption=1), b"x"))
    assert isinstance(frame, Frame)
    assert frame.header.encrypted


def test_what_is_refused_is_kept_as_it_came_but_not_at_any_length():
    reader = Reader()
    (refused,) = list(reader.feed(b"\x7e" + bytes(10_000_000)))
    assert isinstance(refused, Refused)
    assert len(refused.raw) == LONGEST_STRETCH + 1
    assert list(reader.feed(bytes(10_000_000))) == []


def test_the_longest_frame_is_read_though_every_byte_is_escaped():
    frame = encode_frame(Header(message_id=0x7E7E, phone="1", serial=0x7E7E), b"\x7e" * 1023)
    (read,) = Reader().feed(frame)
    assert isinstance(read, Frame)
    assert read.body == b"\x7e" * 1023


@given(
    stretches=st.lists(st.one_of(st.just(HEARTBEAT), st.just(LOCATION), st.binary(max_size=40)), max_size=12),
    cuts=st.lists(st.integers(0, 600), max_size=8),
)
def test_every_good_frame_between_marks_is_read_whatever_comes_around_it(
    stretches: list[bytes], cuts: list[int]
):
    # A mark before each, for without one the rubbish before would be a part of it.
    stream = b"".join(b"\x7e" + stretch for stretch in stretches)
    bounds = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    pieces = [stream[start:end] for start, end in pairwise(bounds)]
    serials = [one for one in told(pieces) if one in ("7", "8")]
    assert serials == ["7" if one is HEARTBEAT else "8" for one in stretches if one in (HEARTBEAT, LOCATION)]
    assert told(pieces) == told([stream])
