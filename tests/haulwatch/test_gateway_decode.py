"""`gateway decode`: how a frame is read, field by field, and where it is wrong."""

import json

import pytest

from haulwatch.frame_reading import bytes_of, read_frames
from protocols.jt808.batch import batch_of
from protocols.jt808.framing import encode_frame
from protocols.jt808.header import Header
from protocols.jt808.location import Item, located
from protocols.jt808.messages import encode_message
from protocols.jt808.model import ready_made
from protocols.jt808.version import Version
from tests.haulwatch.test_commands import haulwatch

ANSWER = "7E 80 01 00 05 00 20 02 60 43 23 00 09 00 EE 02 00 00 43 7E"
GENERIC = ready_made()["generic"]
HERE = located(time_ms=1_731_945_600_000, lon=113.5, lat=22.5, items=[Item(id=0xF1, value=b"\2\2\3\4\xd2")])
# A serial that is escaped, so that places after it are not those of the message.
SENT = encode_message(HERE, phone="13912345678", serial=0x7E7D, version=Version.V2019)[0]


def rows(data: bytes) -> dict[str, tuple[int, str, str]]:
    (reading,) = read_frames(data, GENERIC)
    return {field.name: (field.offset, field.bytes, field.value) for field in reading.fields}


def test_every_field_is_shown_at_its_place_with_the_bytes_as_they_came():
    shown = rows(SENT)
    assert shown["message_id"] == (1, "02 00", "0x0200 location")
    assert shown["phone"][2] == "13912345678"
    assert shown["serial"] == (16, "7D 02 7D 01", str(0x7E7D))
    assert shown["status"][0] == 24
    assert shown["longitude_udeg"][2] == "113.500000°"
    assert shown["time_ms"][2] == "2024-11-19T00:00:00+08:00"
    assert shown["item_f1"][1] == "F1 05 02 02 03 04 D2"
    for offset, raw, _ in shown.values():
        assert SENT[offset : offset + len(bytes.fromhex(raw))] == bytes.fromhex(raw)


def test_the_fields_leave_no_byte_out():
    fields = sorted((offset, bytes.fromhex(raw)) for offset, raw, _ in rows(SENT).values())
    assert b"".join(raw for _, raw in fields) == SENT[1:-1]


@pytest.mark.parametrize(
    ("digits", "reason", "offset"),
    [
        (ANSWER.replace("43 7E", "44 7E"), "bad_checksum", 18),
        (ANSWER.replace("00 EE", "7D EE"), "bad_escape", 13),
        (encode_frame(Header(message_id=0x0200, phone="1", serial=1), bytes(28)).hex(), "bad_field", 35),
        (encode_frame(Header(message_id=0x0200, phone="1", serial=1), bytes(20)).hex(), "bad_length", 33),
        (encode_frame(Header(message_id=0x0801, phone="1", serial=1), bytes(4)).hex(), "unknown_message", 13),
        (encode_frame(Header(message_id=2, phone="1", serial=1, encryption=1), b"").hex(), "encrypted", 3),
        (encode_frame(Header(message_id=0x0704, phone="1", serial=1), bytes(4)).hex(), "bad_length", 16),
    ],
)
def test_what_is_wrong_is_pointed_at(digits: str, reason: str, offset: int):
    (reading,) = read_frames(bytes_of(digits), GENERIC)
    assert reading.fault is not None
    assert (reading.fault.reason, reading.fault.offset) == (reason, offset)


def test_sub_packets_are_joined_and_read():
    sent = encode_message(
        batch_of((HERE,) * 3), phone="1", serial=0xFFFF, version=Version.V2013, longest_body=50
    )
    readings = read_frames(b"".join(reversed(sent)), GENERIC)
    assert [reading.message is not None for reading in readings] == [False] * len(sent) + [True]
    assert len(readings[-1].positions) == 3


def test_the_command_shows_the_position_by_the_model_it_is_told():
    done = haulwatch("gateway", "decode", SENT.hex(" "), "--model", "simulated")
    assert done.returncode == 0, done.stderr
    for shown in ("0x0200 location", "113.500000°", "cover: open", "lift: True", "weight_t: 12.34"):
        assert shown in done.stdout


def test_the_command_takes_a_model_of_one_s_own_and_says_what_is_wrong_with_it(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text('id = "own"\nname = "Own"\n[signals.cover]\nitem = 0xF1\nvalues = { 2 = "closed" }\n')
    done = haulwatch("gateway", "decode", SENT.hex(), "--model", str(file), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[0]["positions"][0]["cover"] == "closed"
    file.write_text(file.read_text().replace("closed", "shut"))
    refused = haulwatch("gateway", "decode", SENT.hex(), "--model", str(file))
    assert refused.returncode == 2
    assert "$.signals.cover.values" in refused.stderr


def test_the_command_ends_with_1_and_a_mark_under_what_is_wrong():
    done = haulwatch("gateway", "decode", ANSWER.replace("43 7E", "44 7E"))
    assert done.returncode == 1
    assert "bad_checksum at byte 18: checksum: 44, but the bytes before it give 43" in done.stdout
    before, under = done.stdout.splitlines()[-2:]
    assert before[under.index("^^") :][:2] == "44"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["7E0"], "3 hexadecimal digits are no whole bytes"),
        (["7Exy"], "'x' (digit 3) is not hexadecimal"),
        (["7E7E"], "nothing between the marks"),
        ([ANSWER, "--model", "nonesuch"], "there is no model nonesuch"),
    ],
)
def test_what_the_command_cannot_take_is_said_in_one_line(arguments: list[str], said: str):
    done = haulwatch("gateway", "decode", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_models_are_listed_with_their_sources():
    done = haulwatch("gateway", "models")
    assert done.returncode == 0
    assert all(f"{name}: " in done.stdout for name in ready_made())
