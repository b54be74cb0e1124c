"""Cutting PUBLISH packets out of a buffer, however it was split."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.publish_stream import cut_publishes, packet_end, puback


def publish(topic: str, payload: bytes, mid: int, *, dup: bool = False) -> bytes:
    name = topic.encode()
    body = len(name).to_bytes(2, "big") + name + mid.to_bytes(2, "big") + payload
    length, head = len(body), bytearray([0x3A if dup else 0x32])
    while True:
        head.append(length & 0x7F | (0x80 if length > 0x7F else 0))
        length >>= 7
        if not length:
            return bytes(head) + body


MESSAGES = st.lists(
    st.tuples(st.text(min_size=1, max_size=20), st.binary(max_size=400), st.integers(1, 65535), st.booleans())
)


@given(MESSAGES, st.integers(1, 50))
def test_messages_come_out_as_they_went_in_however_they_are_split(
    messages: list[tuple[str, bytes, int, bool]], size: int
) -> None:
    data = b"".join(publish(topic, payload, mid, dup=dup) for topic, payload, mid, dup in messages)
    found, buffer = [], b""
    for start in range(0, len(data), size):
        buffer += data[start : start + size]
        cut, used = cut_publishes(buffer)
        found += cut
        buffer = buffer[used:]
    assert buffer == b""
    assert [(one.topic, one.payload, one.mid, one.redelivered) for one in found] == messages


def test_what_is_no_publish_of_qos_1_is_left_for_paho() -> None:
    pingresp, qos0 = b"\xd0\x00", b"\x30\x05\x00\x01tab"
    message = publish("t", b"x" * 200, 5)
    for other in (pingresp, qos0):
        found, used = cut_publishes(message + other + message)
        assert len(found) == 1
        assert used == len(message)
        assert packet_end(other, 0) == len(other)


def test_a_malformed_packet_is_left_for_paho() -> None:
    assert cut_publishes(b"\x32\x04\x00\x09ab") == ([], 0)


def test_an_acknowledgement_is_four_bytes() -> None:
    assert puback(0x1234) == b"\x40\x02\x12\x34"
