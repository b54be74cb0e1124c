"""EMQX's JSON of a frame is the location that its terminal sent, maker's items and all."""

import base64
import json

import pytest
from msgspec.structs import replace

from protocols.jt808.emqx import read_published
from protocols.jt808.error import Jt808Error
from protocols.jt808.items import write_item
from protocols.jt808.location import Item, Location
from protocols.jt808.written import write_time

TIME_MS = 1_789_000_000_000
PUBLISHED = Location(
    alarm=1 << 8,
    status=0b11 | 0b11 << 8,  # positioned, ignition on, full
    latitude_udeg=31_230_416,
    longitude_udeg=121_473_701,
    altitude_m=12,
    speed_kmh=41.3,
    direction_deg=270,
    time_ms=TIME_MS,
)
ITEMS = (
    write_item(0x01, 12345.6),
    write_item(0x03, 41.0),
    Item(id=0x06, value=(-3).to_bytes(2, signed=True)),
    Item(id=0x11, value=b"\x01" + (77).to_bytes(4)),
    Item(id=0x12, value=b"\x03" + (5).to_bytes(4) + b"\x01"),
    Item(id=0x13, value=(9).to_bytes(4) + (600).to_bytes(2) + b"\x00"),
    Item(id=0x25, value=(0b1000_1 << 27).to_bytes(4)),
    Item(id=0x2A, value=(0b01 << 14).to_bytes(2)),
    Item(id=0x2B, value=(0x0102_0304).to_bytes(4)),
    write_item(0x30, 25),
    write_item(0x31, 14),
    Item(id=0xE4, value=b"\x00\x00\x00\x03"),
    Item(id=0x51, value=b"\x10\x20"),
)


def text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


EXTRA = {
    "mileage": 123456,
    "speed": 410,
    "carriage_temp": -3,
    "overspeed_alarm": {"type": 1, "id": 77},
    "in_out_alarm": {"type": 3, "id": 5, "direction": 1},
    "path_time_alarm": {"id": 9, "time": 600, "result": 0},
    "signal": {"low_beam": 1, "high_beam": 0, "right_turn": 0, "left_turn": 0, "brake": 1},
    "io_status": {"deep_sleep": 0, "sleep": 1},
    "analog": {"ad1": 0x0102, "ad0": 0x0304},
    "rssi": 25,
    "gnss_sat_num": 14,
    "custome": {"228": text(b"\x00\x00\x00\x03")},
    "81": text(b"\x10\x20"),
}


def place(location: Location, extra: dict | None = None) -> dict:
    written = {
        "alarm": location.alarm,
        "status": location.status,
        "latitude": location.latitude_udeg,
        "longitude": location.longitude_udeg,
        "altitude": location.altitude_m,
        "speed": round(location.speed_kmh * 10),
        "direction": location.direction_deg,
        "time": write_time(location.time_ms).hex(),
    }
    return written if extra is None else written | {"extra": extra}


def published(message_id: int, body: dict, phone: object = "013900000000") -> bytes:
    header = {"msg_id": message_id, "encrypt": 0, "len": 28, "phone": phone, "msg_sn": 7}
    return json.dumps({"header": header, "body": body}).encode()


def test_a_location_comes_back_as_it_was_sent_with_every_item():
    found = read_published(published(512, place(PUBLISHED, EXTRA)))
    assert found is not None
    (location,) = found.locations
    assert (found.phone, found.serial, found.is_batch) == ("13900000000", 7, False)
    assert {item.id: item.value for item in location.items} == {item.id: item.value for item in ITEMS}
    assert replace(location, items=()) == PUBLISHED


def test_a_batch_and_an_answer_hold_places_too():
    found = read_published(published(1796, {"type": 1, "length": 2, "location": [place(PUBLISHED)] * 2}))
    assert found is not None
    assert (found.is_batch, found.locations) == (True, (PUBLISHED, PUBLISHED))
    answered = read_published(published(513, {"seq": 3, "params": place(PUBLISHED)}, phone=13900000000))
    assert answered is not None
    assert (answered.phone, answered.locations) == ("13900000000", (PUBLISHED,))


def test_messages_without_a_place_tell_nothing():
    assert read_published(published(2, {})) is None
    assert read_published(published(256, {"province": 31, "license_number": "沪A1"})) is None


@pytest.mark.parametrize(
    ("payload", "named"),
    [
        (b"{", "truncated"),
        (b'{"body": {}}', "header"),
        (published(512, {"alarm": 1}), "status"),
        (published(512, place(PUBLISHED) | {"time": "2613"}), "2613"),
        (published(512, place(PUBLISHED) | {"time": "261340000000"}), "time"),
        (published(512, place(PUBLISHED), phone="x"), "digits"),
        (published(512, place(PUBLISHED, {"81": "!"})), "Base64"),
        (published(512, place(PUBLISHED, {"999": ""})), "999"),
        (published(512, place(PUBLISHED, {"wings": 2})), "wings"),
        (published(512, place(PUBLISHED, {"rssi": 256})), "too big"),
        (published(512, place(PUBLISHED, {"rssi": "x"})), "to_bytes"),
        (published(512, place(PUBLISHED, {"io_status": {}})), "deep_sleep"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(payload, named):
    with pytest.raises(Jt808Error) as refused:
        read_published(payload)
    assert named in str(refused.value)
