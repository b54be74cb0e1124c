"""0x0200 and 0x0704 as they come from the field: short tails, cut items, overstated counts, bad times."""

import msgspec
import pytest

from protocols.jt808.batch import Batch, BatchKind, batch_of
from protocols.jt808.error import Jt808Error
from protocols.jt808.location import SOUTH, WEST, Item, Location, located
from protocols.jt808.messages import decode_body, encode_body
from protocols.jt808.version import Version

TIME_MS = 1_731_945_600_000  # 2024-11-19 00:00:00 in Beijing
HERE = located(
    time_ms=TIME_MS, lon=113.5, lat=22.5, speed_kmh=36.5, items=[Item(id=1, value=b"\x00\x00\x00\x01")]
)
BODY = encode_body(HERE, Version.V2013)


def location_of(body: bytes) -> Location:
    message = decode_body(0x0200, body, Version.V2013)
    assert isinstance(message, Location)
    return message


def batch_in(body: bytes) -> Batch:
    message = decode_body(0x0704, body, Version.V2013)
    assert isinstance(message, Batch)
    return message


@pytest.mark.parametrize(
    ("lon", "lat", "bits"),
    [(113.5, 22.5, 0), (-70.25, -33.5, SOUTH | WEST), (18.5, -33.9, SOUTH), (-0.1, 51.5, WEST)],
)
def test_hemispheres_are_in_the_status(lon: float, lat: float, bits: int):
    there = located(time_ms=TIME_MS, lon=lon, lat=lat)
    assert there.status & (SOUTH | WEST) == bits
    read = location_of(encode_body(there, Version.V2019))
    assert (read.lon, read.lat) == (lon, lat)


@pytest.mark.parametrize("tail", [b"\x25", b"\x25\x04", b"\x25\x04\x00\x00", b"\xff\xff\x00"])
def test_an_item_that_is_cut_harms_no_other_field(tail: bytes):
    assert location_of(BODY + tail) == msgspec.structs.replace(HERE, tail=tail)


@pytest.mark.parametrize("length", [0, 1, 27])
def test_a_location_without_its_fixed_part_is_refused(length: int):
    with pytest.raises(Jt808Error) as caught:
        decode_body(0x0200, BODY[:length], Version.V2013)
    assert caught.value.reason == "bad_length"


@pytest.mark.parametrize(
    ("digits", "why"),
    [
        ("000000000000", "month"),
        ("241301000000", "month"),
        ("240230000000", "day"),
        ("240101240000", "hour"),
        ("240101006000", "minute"),
        ("240101000060", "second"),
        ("24010100000A", "BCD"),
        ("FFFFFFFFFFFF", "BCD"),
    ],
)
def test_a_time_that_is_none_is_refused_by_field_and_byte(digits: str, why: str):
    with pytest.raises(Jt808Error, match=why) as caught:
        decode_body(0x0200, BODY[:22] + bytes.fromhex(digits) + BODY[28:], Version.V2013)
    error = caught.value
    assert (error.reason, error.field, error.offset, error.length) == ("bad_field", "time_ms", 22, 6)


def test_times_are_beijing_s_and_have_no_daylight_saving():
    read = location_of(BODY[:22] + bytes.fromhex("260701080000") + BODY[28:])
    assert read.time_ms == 1_782_864_000_000  # 2026-07-01T00:00:00Z


def test_a_batch_that_overstates_its_count_is_taken_as_far_as_it_goes():
    whole = batch_of((HERE,) * 7, BatchKind.BLIND_AREA)
    overstated = encode_body(msgspec.structs.replace(whole, stated_count=9), Version.V2013)
    read = batch_in(overstated)
    assert (read.stated_count, len(read.locations), read.damaged) == (9, 7, ())


def test_a_batch_that_understates_its_count_is_taken_whole():
    read = batch_in(encode_body(Batch(kind=0, stated_count=1, locations=(HERE,) * 3), Version.V2013))
    assert len(read.locations) == 3


@pytest.mark.parametrize("cut", [1, 10, len(BODY)])
def test_a_cut_item_is_damaged_and_the_whole_ones_before_it_are_kept(cut: int):
    body = encode_body(batch_of((HERE,) * 3), Version.V2013)
    read = batch_in(body[:-cut])
    assert read.locations == (HERE, HERE)
    (damaged,) = read.damaged
    assert (damaged.reason, damaged.raw) == ("bad_length", body[3 + 2 * (2 + len(BODY)) : -cut])


def test_an_item_that_is_no_location_damages_itself_only():
    bad = BODY[:22] + bytes.fromhex("241301000000") + BODY[28:]
    items = b"".join(len(item).to_bytes(2) + item for item in (BODY, bad, BODY))
    read = batch_in(b"\x00\x03\x01" + items)
    assert read.locations == (HERE, HERE)
    (damaged,) = read.damaged
    assert (damaged.reason, damaged.raw) == ("bad_field", bad)
    assert damaged.offset == 3 + 2 + len(BODY) + 2 + 22


def test_an_empty_batch_has_no_locations():
    assert batch_in(b"\x00\x00\x00") == Batch(kind=0, stated_count=0, locations=())
    with pytest.raises(Jt808Error):
        decode_body(0x0704, b"\x00\x00", Version.V2013)


def test_what_is_damaged_is_not_sent():
    with pytest.raises(ValueError, match="damaged"):
        encode_body(batch_in(b"\x00\x01\x00\x00\x1c"), Version.V2013)
