"""A location as the position object of WIRE.md: nothing invented, nothing lost."""

import msgspec
import pytest
from hypothesis import given

from ingest.wire import KnownDevices, decode
from protocols.jt808.location import (
    ACC_ON,
    COORDINATES_ENCRYPTED,
    POSITIONED,
    Item,
    Location,
    located,
)
from protocols.jt808.model import TerminalModel, ready_made
from protocols.jt808.position import ALARMS, alarms, to_position
from tests.protocols.jt808 import strategies

GENERIC = ready_made()["generic"]
KNOWN = KnownDevices(vehicles={"T1"}, stations=(), areas=())


def here(**fields: object) -> Location:
    return msgspec.structs.replace(located(time_ms=1_731_945_600_000, lon=113.5, lat=22.5), **fields)


def test_a_place_that_is_not_positioned_is_none():
    told = to_position(here(status=ACC_ON), GENERIC)
    assert told["fix"] is False
    assert not {"lon", "lat", "speed_kmh", "heading_deg", "altitude_m"} & told.keys()
    assert told["ignition"] is True


def test_encrypted_coordinates_are_no_place_and_the_reason_is_kept():
    told = to_position(here(status=POSITIONED | COORDINATES_ENCRYPTED), GENERIC)
    assert (told["fix"], told["no_position"]) == (False, "coordinates_encrypted")
    assert not {"lon", "lat"} & told.keys()


def test_the_alarms_that_the_rules_know_have_their_names():
    assert [ALARMS[bit] for bit in (0, 4, 5, 6, 7, 8)] == [
        "sos",
        "gnss_fault",
        "antenna_cut",
        "antenna_short",
        "low_power",
        "power_cut",
    ]
    assert alarms(here(alarm=1 << 8 | 1 << 5), GENERIC) == ["antenna_cut", "power_cut"]
    assert to_position(here(), GENERIC)["alarms"] == []


def test_an_altitude_that_cannot_be_is_unknown():
    assert "altitude_m" not in to_position(here(altitude_m=0xFFFF), GENERIC)
    assert to_position(here(altitude_m=0), GENERIC)["altitude_m"] == 0


def test_only_a_location_that_came_alone_has_a_running_number():
    assert to_position(here(), GENERIC, serial=9)["seq"] == 9
    assert "seq" not in to_position(here(), GENERIC)


def test_items_that_repeat_are_all_kept():
    items = (Item(id=0xE1, value=b"\1"), Item(id=0xE1, value=b"\2"))
    told = to_position(here(items=items, tail=b"\x25"), GENERIC)
    assert (told["item_e1"], told["item_e1_1"], told["tail"]) == ("01", "02", "25")


def test_compound_items_are_objects():
    told = to_position(here(items=(Item(id=0x12, value=bytes.fromhex("010000000501")),)), GENERIC)
    assert told["crossing"] == {"kind": 1, "area_id": 5, "direction": 1}


@given(location=strategies.locations)
@pytest.mark.parametrize("model", ready_made().values(), ids=lambda model: model.id)
def test_ingest_takes_every_position_and_knows_every_word_of_it(model: TerminalModel, location: Location):
    payload = msgspec.json.encode(to_position(location, model, serial=1))
    decoded = decode("haulwatch/v1/T1/position", payload, location.time_ms, KNOWN)
    place = location.latitude_udeg or location.longitude_udeg
    if decoded.rejections:
        assert {one.reason for one in decoded.rejections} == {"out_of_range"}
        assert location.latitude_udeg > 90_000_000 or location.longitude_udeg > 180_000_000 or not place
        return
    (report,) = decoded.positions
    assert report.time_ms == location.time_ms
    assert report.fix == (location.status & 0b100010 == POSITIONED)
    assert set(report.bad_fields) <= {"speed_kmh", "heading_deg", "weight_t"}  # the terminal's own nonsense
