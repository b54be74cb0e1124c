"""Messages in several packets."""

from protocols.hj212.packets import MOST_MESSAGES, Packets
from protocols.hj212.segment import decode_segment


def packet(number, content, qn="20260801080001000", of=2):
    return decode_segment(
        f"QN={qn};ST=39;CN=2011;MN=M1;Flag=7;PNUM={of};PNO={number};CP=&&{content}&&".encode()
    )


def data_times(segment):
    return [value for group in segment.cp for name, value in group if name == "DataTime"]


def test_a_packet_without_data_time_takes_its_messages():
    packets = Packets()
    first = packet(1, "DataTime=20260801080000;a34001-Rtd=90")
    assert packets.complete(first) == first
    second = packets.complete(packet(2, "a34002-Rtd=66"))
    assert second.cp == ((("DataTime", "20260801080000"),), (("a34002-Rtd", "66"),))


def test_a_packet_with_data_time_stands_on_its_own():
    second = packet(2, "DataTime=20260801080000;a34002-Rtd=66")
    assert Packets().complete(second) == second


def test_a_packet_of_another_message_or_out_of_order_gets_none():
    packets = Packets()
    assert data_times(packets.complete(packet(2, "a34002-Rtd=66"))) == []
    packets.complete(packet(1, "DataTime=20260801080000;a34001-Rtd=90"))
    assert data_times(packets.complete(packet(2, "a34002-Rtd=66", qn="20260801080101000"))) == []
    assert data_times(packets.complete(packet(2, "a34002-Rtd=66"))) == ["20260801080000"]


def test_a_message_in_one_packet_is_left_alone():
    packets = Packets()
    packets.complete(packet(1, "DataTime=20260801080000", of=1))
    assert data_times(packets.complete(packet(1, "a34002-Rtd=66", of=1))) == []


def test_only_the_newest_messages_are_remembered():
    packets = Packets()
    for minute in range(MOST_MESSAGES + 1):
        packets.complete(packet(1, f"DataTime=202608010800{minute:02d}", qn=f"QN{minute}"))
    assert data_times(packets.complete(packet(2, "a34002-Rtd=66", qn="QN0"))) == []
    assert data_times(packets.complete(packet(2, "a34002-Rtd=66", qn="QN1"))) == ["20260801080001"]
