"""Sub-packets in any order, with what is missing named, and bounds on memory and age."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from protocols.jt808.framing import Frame
from protocols.jt808.header import Header, PartOf
from protocols.jt808.parts import Limits, Parts
from protocols.jt808.version import Version


def part(index: int, total: int, *, first: int = 100, body: bytes | None = None, phone: str = "1") -> Frame:
    """One part of a message whose body is its parts' own numbers."""
    header = Header(
        message_id=0x0704,
        phone=phone,
        serial=(first + index - 1) % 0x10000,
        part=PartOf(total=total, index=index),
    )
    body = bytes((index % 256,)) if body is None else body
    return Frame(header=header, body=body, raw=b"raw" + body)


@given(st.permutations(range(1, 8)), st.integers(0, 0xFFFF))
def test_parts_come_in_any_order_also_where_serials_begin_anew(order: list[int], first: int):
    parts = Parts()
    wholes = [parts.add(part(index, 7, first=first), 0) for index in order]
    assert wholes[:-1] == [None] * 6
    whole = wholes[-1]
    assert whole is not None
    assert (whole.body, whole.header.serial, whole.header.part) == (bytes(range(1, 8)), first, None)
    assert parts.size == 0


def test_messages_of_several_phones_and_serials_are_kept_apart():
    parts = Parts()
    for first, phone in ((1, "1"), (500, "1"), (1, "2")):
        assert parts.add(part(1, 2, first=first, phone=phone), 0) is None
    whole = parts.add(part(2, 2, first=500, phone="1"), 0)
    assert whole is not None
    assert (whole.header.serial, whole.header.phone) == (500, "1")


def test_a_frame_without_parts_is_whole_and_so_is_one_part_of_one():
    whole = Frame(header=Header(message_id=2, phone="1", serial=1), body=b"", raw=b"")
    assert Parts().add(whole, 0) is whole
    only = Parts().add(part(1, 1), 0)
    assert only is not None
    assert only.header.part is None


def test_a_part_that_comes_twice_changes_nothing():
    parts = Parts()
    parts.add(part(1, 3), 0)
    before = parts.size
    parts.add(part(1, 3), 10)
    assert parts.size == before


def test_what_is_missing_is_asked_for_after_silence_and_not_for_ever():
    parts = Parts(Limits(ask_after_ms=5_000, most_requests=2))
    for index in (1, 3, 5):
        parts.add(part(index, 5), 1_000)
    assert parts.missing(5_999) == []
    (missing,) = parts.missing(6_000)
    assert (missing.key.first_serial, missing.indices, missing.version) == (100, (2, 4), Version.V2013)
    assert parts.missing(10_999) == []
    assert len(parts.missing(11_000)) == 1
    assert parts.missing(100_000) == []


def test_no_more_is_asked_for_at_once_than_one_request_holds():
    parts = Parts()
    parts.add(part(1, 0xFFFF), 0)
    (missing,) = parts.missing(10_000)
    assert missing.indices == tuple(range(2, 257))


def test_what_never_becomes_whole_is_given_up_and_told_with_its_bytes():
    parts = Parts(Limits(keep_ms=60_000))
    parts.add(part(2, 3), 0)
    parts.add(part(1, 3), 1_000)
    assert parts.given_up(60_999) == []
    (lost,) = parts.given_up(61_000)
    assert (lost.arrived, lost.total, lost.raw) == (2, 3, b"raw\x01~~raw\x02")
    assert parts.given_up(61_000) == []
    assert parts.size == 0


def test_the_oldest_makes_room():
    parts = Parts(Limits(most_messages=2))
    for first in (100, 200, 300):
        parts.add(part(1, 2, first=first), first)
    assert [lost.key.first_serial for lost in parts.given_up(300)] == [100]
    assert [lost.key.first_serial for lost in parts.close()] == [200, 300]


def test_bytes_are_bounded_too():
    parts = Parts(Limits(most_bytes=10_000))
    for index in range(1, 100):
        parts.add(part(index, 100, body=bytes(1000)), 0)
        assert parts.size <= 10_000
    assert all("no room" in lost.detail for lost in parts.given_up(0))


def test_a_message_that_begins_anew_under_the_same_serial_is_another():
    parts = Parts()
    parts.add(part(1, 2, body=b"old"), 0)
    parts.add(part(1, 2, body=b"new"), 0)
    whole = parts.add(part(2, 2, body=b"!"), 0)
    assert whole is not None
    assert whole.body == b"new!"
    assert [lost.arrived for lost in parts.given_up(0)] == [1]


def test_a_part_of_another_total_begins_anew():
    parts = Parts()
    parts.add(part(1, 2), 0)
    assert parts.add(part(2, 3), 0) is None
    assert [lost.total for lost in parts.given_up(0)] == [2]


@given(
    st.lists(
        st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(0, 3), st.integers(0, 40_000)),
        max_size=60,
    )
)
def test_memory_stays_within_its_bounds_whatever_comes(arrivals: list[tuple[int, int, int, int]]):
    limits = Limits(most_bytes=60, most_messages=3, keep_ms=30_000)
    parts = Parts(limits)
    times_ms = sorted(at_ms for *_, at_ms in arrivals)
    assert all(before <= after for before, after in pairwise(times_ms))
    for (index, total, first, _), at_ms in zip(arrivals, times_ms, strict=True):
        parts.add(part(min(index, total), total, first=first * 10), at_ms)
        assert parts.size <= limits.most_bytes
        parts.missing(at_ms)
    parts.given_up(10**9)
    assert parts.size == 0
