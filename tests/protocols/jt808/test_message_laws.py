"""Encode and decode are inverse, for every message in each of its editions."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from protocols.jt808.error import Jt808Error
from protocols.jt808.framing import Frame, Reader, checksum, decode_frame, encode_frame, unescape
from protocols.jt808.items import KINDS, read_item, write_item
from protocols.jt808.messages import (
    FORMS,
    decode_body,
    decode_message,
    encode_body,
    encode_message,
    message_id_of,
)
from protocols.jt808.parts import Parts
from protocols.jt808.version import Version
from tests.protocols.jt808 import strategies


@pytest.mark.parametrize("version", Version)
@given(data=st.data())
def test_every_message_comes_back_as_it_was(version: Version, data: st.DataObject):
    message = data.draw(st.one_of(strategies.messages(version).values()))
    body = encode_body(message, version)
    assert decode_body(message_id_of(message), body, version) == message


@pytest.mark.parametrize("version", [Version.V2013, Version.V2019])
@given(data=st.data())
def test_every_message_comes_through_frames_and_sub_packets(version: Version, data: st.DataObject):
    message = data.draw(st.one_of(strategies.messages(version).values()))
    sent = encode_message(
        message,
        phone=data.draw(strategies.phones),
        serial=data.draw(strategies.words),
        version=version,
        longest_body=data.draw(st.integers(40, 1023)),
    )
    parts = Parts()
    frames = [frame for raw in sent for frame in Reader().feed(raw) if isinstance(frame, Frame)]
    wholes = [whole for frame in frames if (whole := parts.add(frame, 0)) is not None]
    assert [decode_message(whole) for whole in wholes] == [message]


def test_the_laws_speak_of_every_message():
    assert strategies.messages(Version.V2019).keys() == FORMS.keys()


@given(header=strategies.headers(), body=st.binary(max_size=1023))
def test_every_frame_comes_back_as_it_was(header, body: bytes):
    raw = encode_frame(header, body)
    assert raw[:1] == raw[-1:] == b"\x7e"
    assert b"\x7e" not in raw[1:-1]
    assert decode_frame(raw[1:-1]) == Frame(header=header, body=body, raw=raw[1:-1])


@given(st.binary(max_size=300))
def test_the_checksum_is_the_xor_of_all_bytes(data: bytes):
    plain = 0
    for byte in data:
        plain ^= byte
    assert checksum(data) == plain


@given(st.binary(max_size=60))
def test_unescaping_undoes_escaping(data: bytes):
    assert unescape(data.replace(b"\x7d", b"\x7d\x01").replace(b"\x7e", b"\x7d\x02")) == data


@given(before=st.binary(max_size=20), after=st.binary(max_size=20))
def test_any_other_escape_is_named_where_it_stands(before: bytes, after: bytes):
    escaped = before.replace(b"\x7d", b"\x7d\x01") + b"\x7d"
    assume(after[:1] not in (b"\x01", b"\x02"))
    with pytest.raises(Jt808Error) as caught:
        unescape(escaped + after)
    assert (caught.value.reason, caught.value.offset) == ("bad_escape", len(escaped) - 1)


@pytest.mark.parametrize("item_id", KINDS)
@given(data=st.data())
def test_every_standard_item_comes_back_as_it_was(item_id: int, data: st.DataObject):
    value = data.draw(strategies.item_values[item_id])
    item = write_item(item_id, value)
    assert item.id == item_id
    assert read_item(item) == (KINDS[item_id].name, value)


@given(item=strategies.raw_items)
def test_an_item_of_another_length_or_id_is_not_read(item):
    read = read_item(item)
    known = item.id in KINDS and len(item.value) in KINDS[item.id].lengths
    assert (read is not None) == known
