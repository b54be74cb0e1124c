"""Lines of a capture file: what came in is what is read back, byte for byte, and a bad line says why."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.capture import Captured, decode_captured, encode_captured

AT_MS = 1_772_409_600_000


def line(**fields: object) -> bytes:
    return json.dumps({"received_at": "2026-03-02T00:00:00Z", "topic": "t", **fields}).encode()


@given(
    payload=st.binary()
    | st.sampled_from([b"{}", b'{"a": 1}', b" {}", b"{}\n", b'{"a":\r\n1}', b"\xff", b"[" * 99_999]),
    topic=st.text(),
    received_ms=st.integers(0, 4_000_000_000_000),
)
def test_what_is_kept_is_read_back_byte_for_byte_from_one_line(payload, topic, received_ms):
    message = Captured(received_ms=received_ms, topic=topic, payload=payload)
    kept = encode_captured(message)
    assert kept.endswith(b"\n")
    assert kept.count(b"\n") == 1
    assert decode_captured(kept) == message


def test_a_payload_that_is_json_can_be_read_in_the_file():
    kept = encode_captured(Captured(received_ms=AT_MS, topic="t", payload=b'{"a": 1}'))
    assert json.loads(kept)["payload"] == {"a": 1}
    assert b'{"a": 1}' in kept


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        pytest.param(b"\xef\xbb\xbf" + line(payload={}), "byte order mark", id="byte order mark"),
        pytest.param(line(), "needs payload or payload_b64", id="no payload"),
        pytest.param(line(payload_b64="%%"), "not base64", id="no base64"),
        pytest.param(line(payload={}, received_at="yesterday"), "yesterday", id="no time"),
        pytest.param(b"{", "truncated", id="no json"),
        pytest.param(line()[:-1] + b',"payload":' + b"[" * 99_999, "nested too deeply", id="too deep"),
    ],
)
def test_a_line_that_cannot_be_read_says_why(bad, why):
    with pytest.raises(ValueError, match=why):
        decode_captured(bad)
