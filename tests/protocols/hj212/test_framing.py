"""Frames out of a stream, whatever the stream is."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.hj212.checksum import Checksum
from protocols.hj212.framing import LONGEST_FRAME, Frame, Reader, encode_frame
from protocols.refused import Refused
from tests.protocols.hj212 import published

SEGMENT = b"QN=20260801085857223;ST=39;CN=2011;MN=M1;Flag=5;CP=&&DataTime=20260801085857;a34002-Rtd=66,a34002-Flag=N&&"
GOOD = encode_frame(SEGMENT)


def read(*pieces):
    """What a stream that comes in these pieces gives, its end included."""
    reader = Reader()
    found = [one for piece in pieces for one in reader.feed(piece)]
    return [*found, *reader.close()]


def told(*pieces):
    """As read, in short: a segment, or a reason with its bytes."""
    return [one.segment if isinstance(one, Frame) else (one.reason.value, one.raw) for one in read(*pieces)]


@given(st.binary(max_size=400).map(lambda content: content + b"&&"), st.sampled_from(Checksum))
def test_a_frame_is_read_as_it_was_written(segment, form):
    (frame,) = read(encode_frame(segment, form))
    assert frame.segment == segment
    assert not frame.is_length_wrong


def test_a_segment_longer_than_four_digits_can_say_cannot_be_written():
    assert len(encode_frame(b"x" * 9999)) == 9999 + 12
    with pytest.raises(ValueError):
        encode_frame(b"x" * 10_000)


def test_a_frame_may_come_in_any_two_pieces():
    for cut in range(len(GOOD) + 1):
        assert told(GOOD[:cut], GOOD[cut:]) == [SEGMENT], cut


def test_a_frame_may_come_byte_by_byte():
    assert told(*(GOOD[at : at + 1] for at in range(len(GOOD)))) == [SEGMENT]


def test_frames_may_be_joined_with_and_without_line_ends():
    assert told(GOOD + GOOD[:-2] + GOOD + b"\r\n\r\n" + GOOD) == [SEGMENT] * 4


def test_rubbish_between_frames_is_told_and_passed():
    assert told(b"hello" + GOOD + b"\x7e\x02\x00\x7e" + GOOD) == [
        ("not_this_protocol", b"hello"),
        SEGMENT,
        ("not_this_protocol", b"\x7e\x02\x00\x7e"),
        SEGMENT,
    ]


@pytest.mark.parametrize(
    "other",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        bytes.fromhex("16030100c8010000c4030359"),
        bytes.fromhex("7e02000026123456789012007d02000000010000"),
        b"\x10\x16\x00\x04MQTT\x04\x02\x00\x3c\x00\x0a",
    ],
    ids=["http", "tls", "jt808", "mqtt"],
)
def test_another_protocol_on_the_port_is_told_as_that(other):
    assert {reason for reason, _ in told(other)} == {"not_this_protocol"}


@pytest.mark.parametrize("head", [b"##9249", b"##0300", b"##0001", b"##0000", b"##106"])
def test_a_wrong_length_is_forgiven_where_the_checksum_proves_the_frame(head):
    first, second = read(head + GOOD[6:], GOOD)
    assert (first.segment, first.is_length_wrong) == (SEGMENT, True)
    assert (second.segment, second.is_length_wrong) == (SEGMENT, False)


def test_a_frame_with_too_great_a_length_is_not_waited_for():
    (frame,) = Reader().feed(b"##0300" + GOOD[6:])
    assert frame.segment == SEGMENT


def test_a_changed_byte_costs_one_frame_wherever_it_is():
    for at in range(len(GOOD) - 2):
        spoilt = bytearray(GOOD)
        spoilt[at] ^= 0x55
        found = read(bytes(spoilt), GOOD)
        assert found[-1] == Frame(
            segment=SEGMENT, checksum=Checksum.STANDARD, is_length_wrong=False, raw=GOOD[:-2]
        ), at
        assert all(
            isinstance(one, Refused) or (one.segment == SEGMENT and one.is_length_wrong) for one in found[:-1]
        ), at


def test_a_frame_cut_off_anywhere_costs_itself_alone():
    for cut in range(1, len(GOOD) - 6):
        found = told(GOOD[:cut] + GOOD)
        assert found[-1] == SEGMENT, cut
        assert all(isinstance(one, tuple) for one in found[:-1]), cut


def test_a_wrong_checksum_is_refused_at_once_with_all_its_bytes():
    spoilt = GOOD.replace(b"=66,", b"=67,")
    (refused,) = Reader().feed(spoilt)
    assert refused == Refused(reason="bad_checksum", raw=spoilt[:-2])


def test_what_was_left_when_the_peer_went_is_told():
    assert told(GOOD[:40]) == [("cut_off", GOOD[:40])]
    assert told(GOOD[:-2] + b"\r") == [SEGMENT]


def test_a_frame_that_never_ends_is_let_go_and_memory_stays_bounded():
    reader = Reader()
    found = [one for _ in range(50) for one in reader.feed(b"##9999" + b"x" * 994)]
    assert {one.reason for one in found} <= {"too_long", "bad_length"}
    assert sum(len(one.raw) for one in found) + LONGEST_FRAME + 1000 > 50_000
    assert [one.segment for one in reader.feed(GOOD) if isinstance(one, Frame)] == [SEGMENT]


def test_what_begins_as_a_frame_and_goes_on_for_ever_is_told_as_too_long():
    reader = Reader()
    assert list(reader.feed(b"##9999".ljust(LONGEST_FRAME - 1, b"x"))) == []
    (refused,) = reader.feed(b"x")
    assert (refused.reason, len(refused.raw)) == ("too_long", LONGEST_FRAME)


@given(
    st.lists(
        st.one_of(
            st.just(GOOD),
            st.just(GOOD[:-2]),
            st.binary(max_size=40),
            st.sampled_from([b"##", b"#", b"##0106", b"&&", b"&&0000\r\n", b"\r\n", GOOD[:60], GOOD[40:]]),
        ),
        max_size=8,
    ),
    st.lists(st.integers(0, 900), max_size=12),
)
def test_how_a_stream_is_cut_into_pieces_changes_no_frame(parts, cuts):
    stream = b"".join(parts)
    places = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    pieces = [stream[begin:end] for begin, end in pairwise(places)]
    in_one = [one.segment for one in read(stream) if isinstance(one, Frame)]
    assert [one.segment for one in read(*pieces) if isinstance(one, Frame)] == in_one


@given(st.lists(st.binary(max_size=60), max_size=6))
def test_a_good_frame_after_anything_and_a_line_end_is_read(rubbish):
    found = read(*rubbish, b"&&0000\r\n", GOOD)
    assert found[-1].segment == SEGMENT


@pytest.mark.parametrize(
    ("frame", "form"),
    [
        (published.SWAPPED_AND_PRIVATE, Checksum.SWAPPED),
        (published.SUFFIX_CUT, Checksum.STANDARD),
    ],
)
def test_the_form_of_the_checksum_is_told(frame, form):
    (found,) = read(frame)
    assert found.checksum is form


def test_a_published_frame_with_a_length_of_three_digits_is_read():
    (found,) = read(published.THREE_DIGITS + b"\r\n")
    assert (found.is_length_wrong, len(found.segment)) == (True, 453)


def test_a_published_frame_with_a_wrong_checksum_is_refused():
    assert told(published.SUFFIX_TWICE) == [("bad_checksum", published.SUFFIX_TWICE)]
