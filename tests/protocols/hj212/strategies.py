"""Segments as they may be written, and frames spoilt in every way."""

from hypothesis import strategies as st

from protocols.hj212.segment import Flag, Segment
from tests.protocols.hj212 import published

NAME = st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,15}", fullmatch=True)
VALUE = st.text(st.sampled_from("0123456789.-+ABCNabcn扬尘"), min_size=1, max_size=12)
GROUP = st.lists(st.tuples(NAME, VALUE), min_size=1, max_size=4).map(tuple)
OWN = frozenset({"QN", "ST", "CN", "PW", "MN", "FLAG", "PNUM", "PNO", "CP"})

SEGMENTS = st.builds(
    Segment,
    qn=st.none() | VALUE,
    st=st.none() | VALUE,
    cn=st.none() | st.sampled_from(["2011", "2051", "2061", "2031", "2041", "9015", "3019"]),
    pw=st.none() | VALUE,
    mn=st.none() | VALUE,
    flag=st.none() | st.integers(0, 255).map(Flag),
    pnum=st.none() | st.integers(0, 9999),
    pno=st.none() | st.integers(0, 9999),
    others=st.lists(st.tuples(NAME.filter(lambda name: name.upper() not in OWN), VALUE), max_size=2).map(
        tuple
    ),
    cp=st.lists(GROUP, max_size=6).map(tuple),
)

FRAMES = [value + b"\r\n" for name, value in vars(published).items() if name.isupper()]


@st.composite
def spoilt(draw):
    """A published frame with some bytes changed, cut out or put in."""
    frame = bytearray(draw(st.sampled_from(FRAMES)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(frame)))
        until = min(len(frame), at + draw(st.integers(0, 5)))
        frame[at:until] = draw(
            st.binary(max_size=6)
            | st.sampled_from([b"##", b"&&", b";", b",", b"=", b"-", b"\r\n", b"##0020", b"\xff"])
        )
    return bytes(frame)
