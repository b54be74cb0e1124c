"""Frames that others have published, each with the values that they state for it.

Sources: the vendor's page "JT808 common message parsing of GPS electronic lock" (huabaotelematics.com);
test vectors of emqx/emqx (apps/emqx_gateway_jt808), cuteLittleDevil/go-jt808 (protocol/model),
SmallChi/JT808 (src/JT808.Protocol.Test) and makeclan/xtream-codec (debug UI).
"""

from datetime import datetime

import msgspec
import pytest

from protocols.jt808.answers import (
    PlatformAnswer,
    PlatformAsksParts,
    Result,
    TerminalAnswer,
    TerminalAsksParts,
)
from protocols.jt808.batch import Batch
from protocols.jt808.framing import Frame, Reader, encode_frame
from protocols.jt808.items import Crossing, Overspeed, Segment, read_item
from protocols.jt808.location import AskLocation, Location
from protocols.jt808.messages import decode_message, encode_body
from protocols.jt808.model import ready_made
from protocols.jt808.parameters import AskParameters, ParameterId, SetParameters, meaning
from protocols.jt808.position import to_position
from protocols.jt808.sign_on import Authenticate, Heartbeat, Register, RegisterAnswer, RegisterResult
from protocols.jt808.version import Version

LOCK = """7E 02 00 00 52 00 20 02 60 43 23 00 A4 00 02 00 00 00 0C 00 02 01 58 B9 1B 06 CB 70 61 00 46
00 00 00 59 21 09 22 16 37 58 01 04 00 00 00 01 03 02 00 00 25 04 00 00 00 01 30 01 11 31 01 10 E3 01 00
D5 1B 02 20 02 60 43 23 27 95 93 78 61 60 00 12 20 00 00 12 34 27 95 93 78 61 58 00 12 86 7E"""
EMQX_BATCH = "7E0704013901887663897200E7000501003C00000000000400030131732B0691D351001F00A600AB170831104933010400003C55030200002504000000002A0200002B040000000030010031010C003C00000000000400030131724A0691D402001D00DE007D02170831104938010400003C55030200002504000000002A0200002B040000000030010031010C003C000000000004000301316DDE0691E150002501A9006D170831105011010400003C59030200002504000000002A0200002B040000000030010031010C003C000000000004000301315AEB06920018002B02880072170831105111010400003C63030200002504000000002A0200002B040000000030010031010C003C000000000004000301315B7806922B15002B02F70053170831105214010400003C6F030200002504000000002A0200002B040000000030010031010C847E"


def read(hexadecimal: str) -> tuple[Frame, object]:
    """The one frame in these digits and its message; both come back as the same bytes."""
    raw = bytes.fromhex(hexadecimal)
    (frame,) = Reader().feed(raw)
    assert isinstance(frame, Frame), frame
    assert encode_frame(frame.header, frame.body) == raw
    return frame, decode_message(frame)


def local(text: str) -> int:
    return int(datetime.fromisoformat(text + "+08:00").timestamp()) * 1000


def test_the_lock_maker_s_authentication():
    frame, message = read(
        "7E 01 02 00 0D 00 20 02 60 43 25 00 01 38 33 30 30 32 30 30 32 36 30 34 33 32 13 7E"
    )
    assert (frame.header.message_id, len(frame.body), frame.header.phone) == (0x0102, 13, "2002604325")
    assert (frame.header.serial, frame.header.version) == (1, Version.V2013)
    assert message == Authenticate(code="8300200260432")


def test_the_lock_maker_s_platform_answer():
    frame, message = read("7E 80 01 00 05 00 20 02 60 43 23 00 09 00 EE 02 00 00 43 7E")
    assert (len(frame.body), frame.header.phone, frame.header.serial) == (5, "2002604323", 9)
    assert message == PlatformAnswer(answered_serial=0xEE, answered_id=0x0200, result=Result.OK)


def test_the_lock_maker_s_location():
    frame, message = read(LOCK)
    assert (len(frame.raw), len(frame.body), frame.raw[-1]) == (95, 82, 0x86)
    assert isinstance(message, Location)
    assert [item.id for item in message.items] == [0x01, 0x03, 0x25, 0x30, 0x31, 0xE3, 0xD5]
    position = to_position(message, ready_made()["generic"], serial=frame.header.serial)
    assert position == {
        "time": local("2021-09-22T16:37:58"),
        "lat": 22.591771,
        "lon": 113.995873,
        "speed_kmh": 0.0,
        "heading_deg": 89,
        "altitude_m": 70,
        "ignition": False,
        "alarms": [],
        "seq": 0xA4,
        "status_bits": 0x000C0002,
        "alarm_bits": 0x00020000,
        "odometer_km": 0.1,
        "recorder_speed_kmh": 0.0,
        "vehicle_signals": 1,
        "signal_strength": 17,
        "satellites": 16,
        "item_e3": "00",
        "item_d5": "022002604323279593786160001220000012342795937861580012",
    }


def test_emqx_s_location():
    frame, message = read(
        "7E0200003C01887663897200E5000000000004000001317A6706936851000E00000027171019193538010400003FB2030200002504000000002A0200002B040000000030011F310100AB7E"
    )
    assert (frame.header.phone, frame.header.serial) == ("18876638972", 229)
    assert isinstance(message, Location)
    assert (message.latitude_udeg, message.longitude_udeg) == (20019815, 110323793)
    assert (message.status, message.altitude_m, message.direction_deg) == (262144, 14, 39)
    assert message.time_ms == local("2017-10-19T19:35:38")
    assert dict(filter(None, map(read_item, message.items))) == {
        "odometer_km": 1630.6,
        "recorder_speed_kmh": 0.0,
        "vehicle_signals": 0,
        "io_status": 0,
        "analogues": (0, 0),
        "signal_strength": 31,
        "satellites": 0,
    }


def test_emqx_s_batch_with_an_escaped_byte():
    _, message = read(EMQX_BATCH)
    assert isinstance(message, Batch)
    assert (message.kind, message.stated_count, message.damaged) == (1, 5, ())
    rows = [(one.latitude_udeg, one.longitude_udeg, one.speed_kmh, one.time_ms) for one in message.locations]
    assert rows[:3] == [
        (20017963, 110220113, 16.6, local("2017-08-31T10:49:33")),
        (20017738, 110220290, 22.2, local("2017-08-31T10:49:38")),
        (20016606, 110223696, 42.5, local("2017-08-31T10:50:11")),
    ]
    assert len(rows) == 5
    assert [one.direction_deg for one in message.locations][:3] == [171, 126, 109]


@pytest.mark.parametrize(
    ("hexadecimal", "version", "model"),
    [
        (
            "7e010000200123456789010000001f007363640000007777772e3830382e3736353433323101b2e24131323334a17e",
            Version.V2011,
            "www.808.",
        ),
        (
            "7e0100002c0123456789010000001f007363640000007777772e3830382e636f6d0000000000000000003736353433323101b2e24131323334cc7e",
            Version.V2013,
            "www.808.com",
        ),
        (
            "7e0100405301000000000172998417380000001f007363640000000000000000007777772e3830382e636f6d0000000000000000000000000000000000000037363534333231000000000000000000000000000000000000000000000001b2e241313233343b7e",
            Version.V2019,
            "www.808.com",
        ),
    ],
)
def test_go_jt808_s_registrations_in_three_editions(hexadecimal: str, version: Version, model: str):
    frame, message = read(hexadecimal)
    assert message == Register(
        province=31,
        county=115,
        maker="cd",
        model=model,
        terminal_id="7654321",
        plate_color=1,
        plate="测A1234",
    )
    assert encode_body(message, version) == frame.body


def test_smallchi_s_registration():
    _, message = read(
        "7E0100002D000123456789000A002800323132333430736D616C6C6368693132333030303030303030304348493132333001D4C1413132333435BA7E"
    )
    assert message == Register(
        province=40,
        county=50,
        maker="12340",
        model="smallchi123000000000",
        terminal_id="CHI1230",
        plate_color=1,
        plate="粤A12345",
    )


@pytest.mark.parametrize(
    ("hexadecimal", "expected"),
    [
        (
            "7e000100050123456789017fff007b01c803bd7e",
            TerminalAnswer(answered_serial=123, answered_id=456, result=Result.NOT_SUPPORTED),
        ),
        (
            "7e8001000501234567890100007fff0002008e7e",
            PlatformAnswer(answered_serial=32767, answered_id=2, result=Result.OK),
        ),
        (
            "7e8001400501000000000139123443290000006f020000dc7e",
            PlatformAnswer(answered_serial=111, answered_id=0x0200, result=Result.OK),
        ),
        (
            "7e8100000e01234567890100000000003132333435363738393031377e",
            RegisterAnswer(answered_serial=0, result=RegisterResult.OK, code="12345678901"),
        ),
        (
            "7e8100400d01000000000139123443290000006f006f6b2e2e6f6b2e2e6f6bd27e",
            RegisterAnswer(answered_serial=111, result=RegisterResult.OK, code="ok..ok..ok"),
        ),
        ("7e0002000001234567890100008a7e", Heartbeat()),
        ("7e0102000b01234567890100003137323939383431373338b57e", Authenticate(code="17299841738")),
        ("7E010200090123456789003039343536313231313131BE7E", Authenticate(code="456121111")),
        (
            "7e0102402f010000000001729984173800000b3137323939383431373338313233343536373839303132333435332e372e31350000000000000000000000000000227e",
            Authenticate(code="17299841738", imei="123456789012345", software="3.7.15"),
        ),
        (
            "7e0005400a01000000000139123443290000006f0003000200030004537e",
            TerminalAsksParts(first_serial=111, indices=(2, 3, 4)),
        ),
        (
            "7e800300090139123443230000006f030002000300049d7e",
            PlatformAsksParts(first_serial=111, indices=(2, 3, 4)),
        ),
        (
            "7e8003400a01000000000139123443290000006f0003000200030004d57e",
            PlatformAsksParts(first_serial=111, indices=(2, 3, 4)),
        ),
        ("7e8104400001000000000139123443290000b07e", AskParameters()),
        ("7e8201400001000000000139123443290000b67e", AskLocation()),
    ],
)
def test_answers_and_sign_on_of_open_decoders(hexadecimal: str, expected: object):
    assert read(hexadecimal)[1] == expected


def test_smallchi_s_heartbeat_interval():
    _, message = read("7E 81 03 00 0A 00 01 23 45 67 89 00 0A 01 00 00 00 01 04 00 00 00 0A 05 7E")
    assert isinstance(message, SetParameters)
    assert [(one.id, meaning(one)) for one in message.parameters] == [(ParameterId.HEARTBEAT_S, 10)]


def test_go_jt808_s_location_with_an_escaped_latitude():
    _, message = read(
        "7e0200001c0123456789010000000004000000080007203b7d0202633df70138000300632410012359591c7e"
    )
    assert message == Location(
        alarm=1024,
        status=2048,
        latitude_udeg=119552894,
        longitude_udeg=40058359,
        altitude_m=312,
        speed_kmh=0.3,
        direction_deg=99,
        time_ms=local("2024-10-01T23:59:59"),
    )


def test_go_jt808_s_batch_whose_last_item_ends_in_a_short_tail():
    _, message = read(
        "7e070400610123456789017fff000301001c000004000000080006eeb6ad02633df7013800030063200707192359001c000004000000080006eeb6ad02633df70138000300632007071923590020000004000000080006eeb6ad02633df701380003006320070719235902010012177e"
    )
    assert isinstance(message, Batch)
    assert (len(message.locations), message.damaged) == (3, ())
    assert (message.locations[2].item(0x02), message.locations[2].tail) == (b"\x00", b"\x12")


def test_xtream_s_batch_of_2019():
    frame, message = read(
        "7e0704403f01000000000139123443290000000200001c000000010000000101d907f2073d336c029a00210059241029213903001c000000010000000101d907f3073d336d03090043005a241029213903f87e"
    )
    assert (frame.header.phone, frame.header.version) == ("13912344329", Version.V2019)
    assert isinstance(message, Batch)
    rows = [
        (
            one.alarm,
            one.status,
            one.latitude_udeg,
            one.longitude_udeg,
            one.altitude_m,
            one.speed_kmh,
            one.direction_deg,
        )
        for one in message.locations
    ]
    assert rows == [
        (1, 1, 31000562, 121451372, 666, 3.3, 89),
        (1, 1, 31000563, 121451373, 777, 6.7, 90),
    ]
    assert message.locations[0].time_ms == local("2024-10-29T21:39:03")


def test_xtream_s_location_of_2019_with_details_of_alarms():
    _, message = read(
        "7e0200407c010000000001391234432900000000007b000000de01d907f2073d336c029a004e000014102119510901040000006f020200de0302029a0402014d2504000003093001211206010000000001130700000001000000310137642f000000dedf6f03420b0c0d0e0f04d201d907f2073d336c1410211951090001313233343536371410211951090101008e7e"
    )
    assert isinstance(message, Location)
    named = dict(filter(None, map(read_item, message.items)))
    assert named == {
        "odometer_km": 11.1,
        "fuel_l": 22.2,
        "recorder_speed_kmh": 66.6,
        "event_to_confirm": 333,
        "vehicle_signals": 777,
        "signal_strength": 33,
        "crossing": Crossing(kind=1, area_id=0, direction=1),
        "segment_time": Segment(segment_id=1, time_s=0, result=0),
        "satellites": 55,
    }
    assert [item.id for item in message.items if read_item(item) is None] == [0x64]
    assert msgspec.to_builtins(Overspeed(kind=1, area_id=2)) == {"kind": 1, "area_id": 2}
