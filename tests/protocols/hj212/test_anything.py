"""Whatever the bytes are, the codec gives frames, reasons and dust objects that ingest takes, and never fails."""

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.quantity import Flag, Quantity
from protocols.hj212.answers import confirmation
from protocols.hj212.dust import to_dust
from protocols.hj212.error import Hj212Error
from protocols.hj212.framing import Frame, Reader, encode_frame
from protocols.hj212.monitor import MonitorSettings
from protocols.hj212.segment import decode_segment, encode_segment
from tests.protocols.hj212.strategies import spoilt


def taken(segment):
    """What a segment comes to; its errors are ours."""
    try:
        decoded = decode_segment(segment)
        encode_frame(encode_segment(confirmation(decoded)))
        return to_dust(decoded, MonitorSettings())
    except Hj212Error:
        return []


def check(dust):
    """Only fields of the format, with values that could be true."""
    assert dust.keys() <= {"time", "interval_s", "flags", "hj212", *Quantity}
    assert all(isinstance(dust[quantity], float) for quantity in Quantity if quantity in dust)
    assert set(dust.get("flags", {}).values()) <= {flag for flag in Flag if flag is not Flag.NORMAL}


@settings(max_examples=300)
@given(st.lists(spoilt() | st.binary(max_size=60), max_size=5), st.integers(1, 200))
def test_a_stream_of_spoilt_frames_is_read_to_its_end(parts, step):
    stream = b"".join(parts)
    reader = Reader()
    found = [one for at in range(0, len(stream), step) for one in reader.feed(stream[at : at + step])]
    found += reader.close()
    assert sum(len(one.raw) for one in found) <= len(stream)
    for one in found:
        for dust in taken(one.segment) if isinstance(one, Frame) else ():
            check(dust)


@settings(max_examples=300)
@given(spoilt() | st.binary(max_size=200))
def test_a_spoilt_segment_under_a_good_checksum_is_read_or_refused(segment):
    for dust in taken(segment):
        check(dust)
