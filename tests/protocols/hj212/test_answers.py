"""What the platform answers."""

import pytest

from protocols.hj212.answers import ExeRtn, QnRtn, confirmation, execution_answer, refusal, request_answer
from protocols.hj212.framing import encode_frame
from protocols.hj212.segment import decode_segment, encode_segment
from tests.protocols.hj212 import published


def asked(flag="Flag=5;", command="2011"):
    return decode_segment(f"QN=20160801085000001;ST=39;CN={command};PW=123456;MN=M1;{flag}CP=&&&&".encode())


@pytest.mark.parametrize(
    ("flag", "answered"),
    [
        ("Flag=5;", b"Flag=4;"),
        ("Flag=7;", b"Flag=4;"),
        ("Flag=9;", b"Flag=8;"),
        ("Flag=1;", b"Flag=0;"),
        ("", b"Flag=4;"),
    ],
)
def test_data_is_confirmed_with_its_request_number_in_the_version_it_came_in(flag, answered):
    assert (
        encode_segment(confirmation(asked(flag)))
        == b"QN=20160801085000001;ST=91;CN=9014;PW=123456;MN=M1;" + answered + b"CP=&&&&"
    )


def test_a_confirmation_is_byte_for_byte_the_published_one():
    segment = confirmation(decode_segment(published.THREE_DIGITS[5:-4]))
    assert encode_frame(encode_segment(segment)) == (
        b"##0087QN=20160801085000001;ST=91;CN=9014;PW=123456;MN=010000A8900016F000169DC0;Flag=4;CP=&&&&C241\r\n"
    )


@pytest.mark.parametrize(("command", "answer"), [("2061", "9014"), ("9015", "9014"), ("1013", "9013")])
def test_a_notice_is_confirmed_as_one(command, answer):
    assert confirmation(asked(command=command)).cn == answer


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("bad_checksum", 9),
        ("wrong_password", 3),
        ("unknown_terminal", 4),
        ("bad_system", 5),
        ("bad_command", 8),
        ("encrypted", 2),
        ("bad_field", 100),
        ("anything", 100),
    ],
)
def test_a_refusal_says_why_and_confirms_nothing(reason, code):
    answer = refusal(asked(), reason)
    assert answer.cn == "9011"
    assert answer.cp == ((("QnRtn", str(code)),),)


def test_requests_are_answered_with_the_codes_of_the_standard():
    assert encode_segment(request_answer(asked("Flag=5;"), QnRtn.READY)).endswith(
        b"CN=9011;PW=123456;MN=M1;Flag=4;CP=&&QnRtn=1&&"
    )
    assert encode_segment(execution_answer(asked(), ExeRtn.NO_DATA)).endswith(
        b"CN=9012;PW=123456;MN=M1;Flag=4;CP=&&ExeRtn=100&&"
    )
