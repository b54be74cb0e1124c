"""Text ↔ the fields of a segment."""

import pytest
from hypothesis import given

from protocols.hj212.error import Hj212Error
from protocols.hj212.segment import Flag, Segment, decode_segment, encode_segment
from tests.protocols.hj212 import published
from tests.protocols.hj212.strategies import SEGMENTS


@given(SEGMENTS)
def test_a_segment_is_read_as_it_was_written(segment):
    assert decode_segment(encode_segment(segment)) == segment


@pytest.mark.parametrize(
    "frame",
    [
        published.STANDARD_EXAMPLE,
        published.REQUEST_ANSWERED,
        published.NINE_FACTORS,
        published.QN_OF_14_DIGITS,
        published.NO_DATA_FLAGS,
        published.HOURLY_MEANS,
        published.REGISTRATION,
    ],
)
def test_a_published_segment_is_written_as_it_was_read(frame):
    written = frame[6:-4]
    assert encode_segment(decode_segment(written)) == written


def test_the_standards_example_says_what_the_standard_says():
    assert decode_segment(published.STANDARD_EXAMPLE[6:-4]) == Segment(
        qn="20160801085857223",
        st="32",
        cn="1062",
        pw="100000",
        mn="010000A8900016F000169DC0",
        flag=Flag(5),
        cp=((("RtdInterval", "30"),),),
    )


def test_a_registration_has_neither_name_nor_content():
    segment = decode_segment(published.REGISTRATION[6:-4])
    assert (segment.mn, segment.has_cp) == (None, False)
    assert segment.others == (("USCC", "91440101MA59F70720"), ("IMEI", "867732039951777"))


@pytest.mark.parametrize(
    ("bits", "version", "is_numbered", "wants_answer"),
    [
        (0, 0, False, False),
        (3, 0, True, True),
        (4, 1, False, False),
        (5, 1, False, True),
        (7, 1, True, True),
        (8, 2, False, False),
        (9, 2, False, True),
    ],
)
def test_a_flag_tells_version_packets_and_answer(bits, version, is_numbered, wants_answer):
    flag = Flag(bits)
    assert (flag.version, flag.is_numbered, flag.wants_answer) == (version, is_numbered, wants_answer)


def test_an_answer_that_nobody_spoke_of_is_not_wanted():
    assert not decode_segment(b"CN=2011;CP=&&&&").wants_answer


@pytest.mark.parametrize(
    "written",
    [
        b"cn=2011;mn=M1;FLAG=5;PNum=2;pno=1;CP=&&DataTime=20260801000000&&",
        b"CN=2011; MN=M1 ;Flag=5;PNUM=2;PNO=1;CP=&& DataTime = 20260801000000 &&",
        b";CN=2011;;MN=M1;PW=;Flag=5;PNUM=2;PNO=1;CP=&&;DataTime=20260801000000;;&&",
        b"MN=M1;PNO=1;CN=2011;PNUM=2;Flag=5;CP=&&DataTime=20260801000000",
    ],
    ids=["case", "spaces", "empty fields", "order, and no end"],
)
def test_spelling_order_and_gaps_are_forgiven(written):
    assert decode_segment(written) == Segment(
        cn="2011", mn="M1", flag=Flag(5), pnum=2, pno=1, cp=((("DataTime", "20260801000000"),),)
    )


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (b"CN=2011;Flag=N;CP=&&&&", "bad_field"),
        (b"CN=2011;Flag=256;CP=&&&&", "bad_field"),
        (b"CN=2011;PNUM=-1;CP=&&&&", "bad_field"),
        (b"CN=2011;PNO=99999999999999999999;CP=&&&&", "bad_field"),
        ("CN=2011;PNO=２;CP=&&&&".encode(), "bad_field"),
        (b"CN=2011;MN=A;MN=B;CP=&&&&", "bad_field"),
        (b"CN=2011;MN=\xff\xff;CP=&&&&", "bad_text"),
        (b"CN=2011;CP=&&\xff\xff&&", "bad_text"),
    ],
)
def test_a_segment_that_contradicts_itself_is_refused_with_its_reason(written, reason):
    with pytest.raises(Hj212Error) as raised:
        decode_segment(written)
    assert raised.value.reason == reason


def test_chinese_of_older_devices_is_read():
    assert decode_segment("MN=M1;CP=&&info=扬尘&&".encode("gb18030")).cp == ((("info", "扬尘"),),)


@pytest.mark.parametrize(
    "content",
    [
        bytes.fromhex("8f13a9c20bb1d6ff03e47a5511223344"),
        b"8F13A9C20BB1D6FF03E47A5511223344",
        b"jxOpwgux1v8D5HpVESIzRA==",
        b"AxOpwgux1v8D5HpVESIzRA=",
    ],
    ids=["bytes", "hexadecimal", "base64", "base64 with one ="],
)
@pytest.mark.parametrize("command", ["2011", "2051", "2999", "1014", "3020"])
def test_an_encrypted_content_of_the_form_of_2025_is_refused_as_that(command, content):
    with pytest.raises(Hj212Error) as raised:
        decode_segment(b"ST=39;CN=%b;MN=M1;Flag=9;CP=&&%b&&" % (command.encode(), content))
    assert raised.value.reason == "encrypted"


def test_a_plain_content_under_the_flag_of_2025_is_read():
    segment = decode_segment(b"ST=39;CN=2011;MN=M1;Flag=9;CP=&&DataTime=20260801000000;a34002-Rtd=1&&")
    assert len(segment.cp) == 2
    assert decode_segment(b"ST=39;CN=2011;MN=M1;Flag=9;CP=&&&&").cp == ()
