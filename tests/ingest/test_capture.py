"""Capture files: what went in comes out, and a bad line is named."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.capture import Captured, decode_captured, encode_captured
from ingest.capture import read_capture

CAPTURED = st.builds(
    Captured,
    received_ms=st.integers(0, 4_000_000_000_000),
    topic=st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    payload=st.one_of(
        st.binary(),
        st.sampled_from([b'{"a":1}', b"[1, 2]", b" {}", b'{\n"a":1}', b"NaN", b"null", b'"\\ud800"']),
    ),
)


@given(CAPTURED)
def test_a_line_read_again_is_the_message(message: Captured) -> None:
    line = encode_captured(message)
    assert line.count(b"\n") == 1
    assert decode_captured(line) == message


@pytest.mark.parametrize("name", ["c.ndjson", "c.ndjson.gz"])
def test_a_file_is_read_with_progress(name: str, tmp_path: Path) -> None:
    sent = [Captured(received_ms=n, topic=f"t/{n}", payload=b"%d" % n) for n in range(5000)]
    data = b"".join(encode_captured(one) for one in sent)
    path = tmp_path / name
    path.write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    shares: list[float] = []
    assert list(read_capture(path, on_progress=shares.append)) == sent
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


@pytest.mark.parametrize(
    "line",
    [b"{}", b"x", b'{"received_at":"today","topic":"t","payload":1}', b'{"received_at":"2025-01-01T00:00:00Z","topic":"t"}',
     b'{"received_at":"2025-01-01T00:00:00Z","topic":"t","payload_b64":"?"}'],
)  # fmt: skip
def test_a_bad_line_is_named(line: bytes, tmp_path: Path) -> None:
    path = tmp_path / "c.ndjson"
    path.write_bytes(encode_captured(Captured(received_ms=1, topic="t", payload=b"1")) + line + b"\n")
    with pytest.raises(ValueError, match="line 2"):
        list(read_capture(path))


def test_a_file_cut_short_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "c.ndjson.gz"
    lines = b"".join(
        encode_captured(Captured(received_ms=n, topic="t", payload=b"%d" % n)) for n in range(500)
    )
    path.write_bytes(gzip.compress(lines)[:-20])
    with pytest.raises(ValueError, match="damaged"):
        list(read_capture(path))
