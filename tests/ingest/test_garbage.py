"""Garbage never stops decoding, and every element of it is accounted for."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.wire import MAX_BYTES, Decoded, KnownDevices, decode, decode_plainly
from tests.ingest.garbage import CORPUS, TOPICS, garbage

NOW_MS = 1_763_301_801_120
KNOWN = KnownDevices(vehicles={"T1"}, stations={"S1"}, areas={"A1"})


def elements_expected(payload: bytes, decoded: Decoded) -> int:
    """An array counts its elements unless it was refused whole; all else counts one; a status none."""
    whole = {"bad_topic", "too_large", "unknown_device", "bad_json"}
    if decoded.rejections and decoded.rejections[0].reason.value in whole:
        return 1
    value = json.loads(payload)
    return len(value) if isinstance(value, list) else 1


def test_a_hundred_thousand_bad_messages_are_all_accounted_for() -> None:
    refused = 0
    for topic, payload in garbage(100_000, seed=1, now_ms=NOW_MS):
        decoded = decode(topic, payload, NOW_MS, KNOWN)
        if not topic.endswith("/status"):
            assert decoded.elements == elements_expected(payload, decoded), payload
        refused += len(decoded.rejections)
    assert refused > 50_000


def test_both_paths_agree_on_garbage() -> None:
    for topic, payload in garbage(10_000, seed=2, now_ms=NOW_MS):
        assert decode(topic, payload, NOW_MS, KNOWN) == decode_plainly(topic, payload, NOW_MS, KNOWN)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(TOPICS),
    st.one_of(st.binary(max_size=300), st.sampled_from(CORPUS), st.text().map(str.encode)),
)
def test_any_bytes_decode_to_something(topic: str, payload: bytes) -> None:
    decoded = decode(topic, payload, NOW_MS, KNOWN)
    assert len(decoded.rejections) <= max(1, decoded.elements)


def test_a_message_at_the_limit_is_read_and_one_over_it_refused() -> None:
    head, tail = b'{"time":%d,"lon":1,"lat":1,"x":"' % NOW_MS, b'"}'
    fits = head + b"x" * (MAX_BYTES - len(head) - len(tail)) + tail
    assert len(decode(TOPICS[0], fits, NOW_MS, KNOWN).positions) == 1
    over = decode(TOPICS[0], fits + b" ", NOW_MS, KNOWN)
    assert [rejection.reason.value for rejection in over.rejections] == ["too_large"]


def test_what_is_nested_64_deep_is_read_and_one_deeper_is_no_json() -> None:
    def nested(levels: int) -> bytes:
        inside = b"[" * levels + b"]" * levels
        return b'{"time":%d,"lon":1,"lat":1,"x":%s}' % (NOW_MS, inside)

    assert len(decode(TOPICS[0], nested(63), NOW_MS, KNOWN).positions) == 1
    over = decode(TOPICS[0], nested(64), NOW_MS, KNOWN)
    assert [rejection.reason.value for rejection in over.rejections] == ["bad_json"]
