"""Lists of terminals: what people keep in a sheet, and what is wrong with it by line and column."""

import pytest

from protocols.enrolment import Enrolment, EnrolmentError, read_enrolments, write_enrolments

HEAD = "protocol,terminal_id,device_id,model,settings\n"
LISTED = [
    Enrolment(protocol="jt808", terminal_id="13800000001", device_id="T1", model="e3-e4"),
    Enrolment(protocol="jt808", terminal_id="13800000002", device_id="T2"),
    Enrolment(protocol="hj212", terminal_id="MN.1", device_id="D1", settings={"unit": "mg", "reading_s": 30}),
]


def test_a_list_is_read_as_it_was_written():
    assert read_enrolments(write_enrolments(LISTED)) == LISTED


def test_a_sheet_with_a_byte_order_mark_and_spaces_is_read():
    found = read_enrolments("\ufeffdevice_id,protocol,terminal_id\r\n T1 ,jt808, 0013800000001\r\n")
    assert found == [Enrolment(protocol="jt808", terminal_id="13800000001", device_id="T1")]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("modbus,1,T1,,", "line 2: protocol"),
        ("jt808,138x,T1,,", "line 2: terminal_id: a phone number"),
        ("jt808,138,T/1,,", "line 2: device_id"),
        ('jt808,138,T1,,"{}"', "line 2: settings"),
        ("hj212,MN 1,D1,,", "line 2: terminal_id: an MN"),
        ("hj212,MN1,D1,e3-e4,", "line 2: model"),
        ('hj212,MN1,D1,,"{""unit"": ""kg""}"', "line 2: settings: Invalid enum value 'kg'"),
        ("hj212,MN1,D1,,{", "line 2: settings"),
        ("jt808,138,T1,,,x", "line 2: more columns"),
        ('jt808,138,T1,,"' + "x" * 200_000, "line 2: field larger than field limit"),
        ("jt808,138,T1,,\njt808,0138,T2,,", "line 3: jt808 138 stands in line 2 already"),
        ("jt808,138,T1,,\nhj212,MN1,T1,,", "line 3: device_id T1 stands in line 2 already"),
    ],
)
def test_a_line_that_is_not_right_is_named_with_its_column(lines, said):
    with pytest.raises(EnrolmentError) as refused:
        read_enrolments(HEAD + lines + "\n")
    assert said in str(refused.value)


def test_a_header_that_lacks_a_column_is_told_which():
    with pytest.raises(EnrolmentError, match="the header lacks device_id"):
        read_enrolments("protocol,terminal_id\njt808,138\n")
