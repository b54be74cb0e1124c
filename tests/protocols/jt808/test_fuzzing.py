"""A few seconds of what `fuzzing` does for an hour: no crash, no hang, memory within its bounds."""

import tracemalloc

from tests.protocols.jt808 import fuzzing


def test_no_stream_gone_wrong_crashes_the_codec_or_costs_the_frame_after_it():
    counts = fuzzing.run(3_000, seed=808)
    # All kinds of fault are reached, so that the test is not empty.
    assert set(counts) >= {
        "message",
        "part",
        "bad_checksum",
        "bad_length",
        "bad_escape",
        "bad_field",
        "encrypted",
        "unknown_message",
        "not_this_protocol",
    }
    assert counts["message"] > 500


def test_a_connection_keeps_no_more_than_its_bounds():
    gateway = fuzzing.Gateway()
    draw = fuzzing.random.Random(1)
    inputs = [fuzzing.stream(draw) for _ in range(300)]
    for number, data in enumerate(inputs):
        gateway.take(data, number, [])
    tracemalloc.start()
    try:
        for number, data in enumerate(inputs * 3):
            gateway.take(data, number, [])
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 500_000
