"""What a message may not be, and what is read though it is not as the standard writes it."""

import pytest

from protocols.jt808.answers import PlatformAnswer, Result
from protocols.jt808.cursor import Cursor
from protocols.jt808.error import Jt808Error
from protocols.jt808.framing import Frame
from protocols.jt808.header import Header, decode_header, encode_header
from protocols.jt808.messages import decode_body, decode_message, encode_body
from protocols.jt808.parameters import Parameter, ParameterId, meaning, parameter
from protocols.jt808.sign_on import Authenticate, Register
from protocols.jt808.version import Version

REGISTER = Register(
    province=44, county=300, maker="HW", model="M1", terminal_id="T1", plate_color=2, plate="粤B12345"
)


def test_a_phone_shows_the_same_in_12_and_in_20_digits():
    for version, length in ((Version.V2013, 12), (Version.V2019, 17)):
        raw = encode_header(Header(message_id=2, phone="13912345678", serial=1, version=version), 0)
        assert len(raw) == length
        header, _ = decode_header(Cursor(raw))
        assert (header.phone, header.version) == ("13912345678", version)


@pytest.mark.parametrize(
    "header",
    [
        Header(message_id=2, phone="1234567890123", serial=1),
        Header(message_id=2, phone="12a", serial=1),
        Header(message_id=0x10000, phone="1", serial=1),
        Header(message_id=2, phone="1", serial=-1),
    ],
)
def test_a_header_that_does_not_fit_is_not_written(header: Header):
    with pytest.raises(ValueError, match=r"digits|fit"):
        encode_header(header, 0)


@pytest.mark.parametrize(("total", "index"), [(0, 0), (0, 1), (3, 0), (3, 4)])
def test_there_is_no_such_part(total: int, index: int):
    raw = bytes.fromhex("0704200000000000000100 01".replace(" ", "")) + total.to_bytes(2) + index.to_bytes(2)
    with pytest.raises(Jt808Error) as caught:
        decode_header(Cursor(raw))
    assert caught.value.reason == "bad_part"


def test_a_message_we_do_not_speak_is_named():
    with pytest.raises(Jt808Error, match="0x0801") as caught:
        decode_body(0x0801, b"", Version.V2013)
    assert caught.value.reason == "unknown_message"


def test_an_encrypted_message_is_refused_with_that_reason():
    frame = Frame(header=Header(message_id=2, phone="1", serial=1, encryption=1), body=b"", raw=b"")
    with pytest.raises(Jt808Error) as caught:
        decode_message(frame)
    assert caught.value.reason == "encrypted"


def test_what_is_left_over_is_refused():
    body = encode_body(PlatformAnswer(answered_serial=1, answered_id=2, result=Result.OK), Version.V2013)
    for wrong in (body[:-1], body + b"\0"):
        with pytest.raises(Jt808Error) as caught:
            decode_body(0x8001, wrong, Version.V2013)
        assert caught.value.reason == "bad_length"


def test_a_result_that_there_is_not_is_refused_by_field():
    with pytest.raises(Jt808Error) as caught:
        decode_body(0x8001, b"\0\1\0\2\x09", Version.V2013)
    assert (caught.value.field, caught.value.offset) == ("result", 4)


def test_padding_of_either_kind_is_no_part_of_a_text():
    body = encode_body(REGISTER, Version.V2011)
    spaces = body.replace(b"M1\0\0\0\0\0\0", b"M1      ")
    assert spaces != body
    assert decode_body(0x0100, spaces, Version.V2013) == REGISTER


def test_a_name_that_is_no_gbk_shuts_no_truck_out():
    body = encode_body(REGISTER, Version.V2013)
    read = decode_body(0x0100, body.replace(b"HW", b"\xff\xff"), Version.V2013)
    assert isinstance(read, Register)
    assert (read.maker, read.plate) == ("\\xff\\xff", "粤B12345")


@pytest.mark.parametrize("text", [" HW", "HW\0", "HWHWHW", "€"])
def test_a_text_that_would_not_come_back_is_not_written(text: str):
    register = Register(province=0, county=0, maker=text, model="", terminal_id="", plate_color=0, plate="")
    with pytest.raises(ValueError, match=r"padding|longer|encode"):
        encode_body(register, Version.V2013)


def test_a_plate_so_long_that_2011_reads_as_2013_is_not_written():
    register = Register(
        province=0, county=0, maker="", model="", terminal_id="", plate_color=0, plate="LSVNV2182E2100001"
    )
    with pytest.raises(ValueError, match="too long"):
        encode_body(register, Version.V2011)


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        (b"", Authenticate(code="abc")),
        (b"8" * 15, Authenticate(code="abc", imei="8" * 15)),
        (b"8" * 15 + b"V1.2", Authenticate(code="abc", imei="8" * 15, software="V1.2")),
        (b"8" * 15 + b"\x04V1.2", Authenticate(code="abc", imei="8" * 15, software="V1.2")),
        (b"8" * 15 + b"V1.2".ljust(20, b"\0"), Authenticate(code="abc", imei="8" * 15, software="V1.2")),
    ],
)
def test_the_tail_of_an_authentication_of_2019_is_read_by_what_remains(tail: bytes, expected: Authenticate):
    assert decode_body(0x0102, b"\x03abc" + tail, Version.V2019) == expected


def test_the_editions_before_2019_have_no_imei():
    with pytest.raises(ValueError, match="IMEI"):
        encode_body(Authenticate(code="a", imei="1"), Version.V2013)


@pytest.mark.parametrize(
    ("parameter_id", "value", "raw"),
    [
        (ParameterId.INTERVAL_S, 30, b"\0\0\0\x1e"),
        (ParameterId.PROVINCE, 44, b"\0\x2c"),
        (ParameterId.PLATE_COLOR, 2, b"\2"),
        (ParameterId.PLATE, "粤B1", "粤B1".encode("gbk")),
    ],
)
def test_parameters_have_the_standard_s_lengths(parameter_id: ParameterId, value: int | str, raw: bytes):
    one = parameter(parameter_id, value)
    assert (one.value, meaning(one)) == (raw, value)


def test_a_parameter_of_another_kind_or_length_has_no_meaning():
    assert meaning(Parameter(id=0xF001, value=b"\1")) is None
    assert meaning(Parameter(id=ParameterId.INTERVAL_S, value=b"\1")) is None
    with pytest.raises(ValueError, match="number"):
        parameter(ParameterId.INTERVAL_S, "30")
    with pytest.raises(ValueError, match="text"):
        parameter(ParameterId.PLATE, 30)
