"""`gateway decode` on the text of dust monitors."""

import json

import pytest
from typer.testing import CliRunner

from haulwatch.__main__ import app
from haulwatch.problem import USAGE, CommandError
from protocols.hj212.framing import encode_frame
from tests.protocols.hj212 import published


def decode(*frames: bytes, code: int = 0, **options: str) -> list[dict]:
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    text = "\n".join(frame.decode() for frame in frames)
    result = CliRunner().invoke(app, ["gateway", "decode", text, "--json", *arguments])
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def test_a_frame_is_shown_with_its_fields_its_dust_object_and_its_answer():
    (reading,) = decode(published.NINE_FACTORS, unit="ng")
    assert ["MN", "LXHB0CS0306310"] in reading["fields"]
    assert reading["notes"] == ["checksum as the standard reckons it"]
    assert reading["dust"][0]["pm25_ugm3"] == 75.6
    assert ";CN=9014;" in reading["answer"]


def test_what_was_forgiven_is_said():
    (reading,) = decode(published.THREE_DIGITS)
    assert reading["notes"][1] == "the length is wrong: the segment has 453 bytes"
    (reading,) = decode(published.SWAPPED_AND_PRIVATE)
    assert "swapped" in reading["notes"][0]
    assert "answer" not in reading


def test_a_wrong_checksum_is_told_with_the_right_one():
    (reading,) = decode(published.SUFFIX_TWICE, code=1)
    assert reading["fault"] == "bad_checksum: it would be BC81"


def test_several_frames_are_read_and_the_faulty_one_is_told():
    good, bad = decode(published.QN_OF_14_DIGITS, published.STANDARD_EXAMPLE, code=1)
    assert good["dust"][0]["pm10_ugm3"] == 24.0
    assert bad["fault"].startswith("bad_command")
    assert ";CN=9011;" in bad["answer"]


@pytest.mark.parametrize(
    "frame",
    [published.REGISTRATION, encode_frame(b"ST=39;CN=9015;MN=M1;Flag=5;CP=&&&&").strip()],
    ids=["registration", "heartbeat"],
)
def test_what_tells_nothing_to_be_kept_is_no_fault(frame):
    (reading,) = decode(frame)
    assert "dust" not in reading


def test_it_is_printed_line_by_line():
    result = CliRunner().invoke(app, ["gateway", "decode", published.NO_DATA_FLAGS.decode()])
    assert result.exit_code == 0
    assert "    a34002-Rtd  0.0\n" in result.stdout
    assert "    time: 2018-08-21T06:25:09.000Z\n" in result.stdout


def test_an_unknown_unit_is_told():
    result = CliRunner().invoke(app, ["gateway", "decode", published.NO_DATA_FLAGS.decode(), "--unit", "kg"])
    assert isinstance(result.exception, CommandError)
    assert (result.exception.code, "kg" in str(result.exception)) == (USAGE, True)
