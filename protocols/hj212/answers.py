"""What the platform answers (HJ 212-2017, tables 6 and 7): the same request number, system 91.

9014 and 9013 say that data or a notice has been taken, and a monitor forgets what it has sent. What is
refused is told with 9011 and the reason instead, so that nothing is taken for delivered.
"""

from enum import IntEnum

from protocols.hj212.segment import Flag, Segment

PLATFORM = "91"
REQUEST_ANSWER, EXECUTION_ANSWER, NOTICE_ANSWER, DATA_ANSWER = "9011", "9012", "9013", "9014"
HEARTBEAT, CLOCK_REQUEST = "9015", "1013"
WITHOUT_DATA = frozenset({HEARTBEAT, CLOCK_REQUEST})
"""Commands that tell nothing to be kept."""

_NOTICES = frozenset({CLOCK_REQUEST})


class QnRtn(IntEnum):
    """What becomes of a request."""

    READY = 1
    REFUSED = 2
    WRONG_PW = 3
    WRONG_MN = 4
    WRONG_ST = 5
    WRONG_FLAG = 6
    WRONG_QN = 7
    WRONG_CN = 8
    WRONG_CRC = 9
    UNKNOWN = 100


class ExeRtn(IntEnum):
    """What has become of it."""

    DONE = 1
    FAILED = 2
    CONDITION = 3
    TIME_OUT = 4
    BUSY = 5
    FAULT = 6
    NO_DATA = 100


_QNRTN = {
    "bad_checksum": QnRtn.WRONG_CRC,
    "wrong_password": QnRtn.WRONG_PW,
    "unknown_terminal": QnRtn.WRONG_MN,
    "bad_system": QnRtn.WRONG_ST,
    "bad_command": QnRtn.WRONG_CN,
    "encrypted": QnRtn.REFUSED,
}


def confirmation(asked: Segment) -> Segment:
    """The answer that what was sent is kept: 9013 to a notice, 9014 to data and to a heartbeat."""
    return _answer(asked, NOTICE_ANSWER if asked.cn in _NOTICES else DATA_ANSWER)


def refusal(asked: Segment, reason: str) -> Segment:
    """The answer that what was sent is not kept, with the code of the reason."""
    return request_answer(asked, _QNRTN.get(reason, QnRtn.UNKNOWN))


def request_answer(asked: Segment, result: QnRtn) -> Segment:
    """9011: whether a request will be carried out."""
    return _answer(asked, REQUEST_ANSWER, ("QnRtn", str(result.value)))


def execution_answer(asked: Segment, result: ExeRtn) -> Segment:
    """9012: what came of a request."""
    return _answer(asked, EXECUTION_ANSWER, ("ExeRtn", str(result.value)))


def _answer(asked: Segment, command: str, *pairs: tuple[str, str]) -> Segment:
    version = 1 if asked.flag is None else asked.flag.version
    return Segment(
        qn=asked.qn,
        st=PLATFORM,
        cn=command,
        pw=asked.pw,
        mn=asked.mn,
        flag=Flag(version << 2),
        cp=tuple((pair,) for pair in pairs),
    )
