"""The HJ 212 gateway: who is let in, what is answered, and what becomes of data."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from ingest.gateway.connections import Limits
from ingest.gateway.hj212 import run_hj212
from protocols.hj212.checksum import Checksum
from protocols.hj212.framing import encode_frame
from runtime.clock import now_ms
from tests.ingest.gateway.conftest import Running, eventually, gateway, hearing
from tests.support.brokers import EmbeddedBroker
from tests.support.monitors import TestMonitor, data_frame

MN = "010000A8900016F000169DC0"
DEVICE = "S1"
CONTENT = "a34002-Rtd=66.0,a34002-Flag=N;LA-Rtd=57.9,LA-Flag=N"
AT = 1_793_000_000_000
hj212 = partial(gateway, run=run_hj212)


@pytest_asyncio.fixture
async def running(store, broker) -> AsyncIterator[Running]:
    """A gateway that runs."""
    async with hj212(store, broker) as one:
        yield one


async def approve(running, mn: str = MN, device_id: str = DEVICE, **settings) -> None:
    """Let a monitor knock, and approve it; returns when the gateway takes its frames."""
    async with TestMonitor(running.port, mn) as monitor:
        assert qn_rtn(await monitor.sends(CONTENT, AT)) == "4"
        assert await running.terminals.decide(
            "hj212", mn, "approved", by="test", device_id=device_id, settings=settings
        )

        async def is_taken():
            monitor.write(heartbeat(mn, settings.get("password", "123456")))
            return (await monitor.next()).cn == "9014"

        await eventually(is_taken)


def heartbeat(mn: str = MN, pw: str = "123456") -> bytes:
    return encode_frame(f"QN=20260801080000000;ST=39;CN=9015;PW={pw};MN={mn};Flag=5;CP=&&&&".encode())


def qn_rtn(answer) -> str | None:
    """The code of a refusal, None where the answer confirms."""
    if answer.cn == "9014":
        return None
    assert answer.cn == "9011"
    return dict(answer.cp[0])["QnRtn"]


async def refusals(running, mn: str = MN, least: int = 1, *, waiting: bool = False):
    """What was refused of a monitor, oldest first, once it is so much; frames of when it waited only on demand."""

    async def found():
        rows = await running.terminals.refused("hj212", mn, limit=100)
        told = [one for one in rows[::-1] if waiting or one.reason != "unknown_terminal"]
        return told if len(told) >= least else None

    return await eventually(found)


async def test_a_monitor_waits_is_approved_and_what_it_says_is_published(running, broker):
    with hearing(broker) as heard:
        await approve(running)
        async with TestMonitor(running.port, MN) as monitor:
            answer = await monitor.sends(CONTENT, AT)
            assert (answer.cn, answer.st, answer.mn) == ("9014", "91", MN)
            (report,) = await eventually(lambda: heard.reports(DEVICE))
    assert report == {
        "device_id": DEVICE,
        "time": AT,
        "interval_s": 60,
        "pm10_ugm3": 66.0,
        "noise_db": 57.9,
    }


async def test_an_unknown_monitor_waits_and_its_frames_are_kept_with_their_reason(running, broker):
    with hearing(broker) as heard:
        async with TestMonitor(running.port, MN) as monitor:
            assert qn_rtn(await monitor.sends(CONTENT, AT)) == "4"
            row = await running.terminals.terminal("hj212", MN)
            (refused,) = await refusals(running, waiting=True)
        assert heard.reports(DEVICE) == []
    assert (row.state, row.address, row.said) == ("waiting", "127.0.0.1", {"ST": "39"})
    assert (refused.reason, refused.payload) == ("unknown_terminal", data_frame(CONTENT, AT, mn=MN)[:-2])


async def test_what_a_registration_says_is_shown_with_the_monitor(running):
    async with TestMonitor(running.port, MN) as monitor:
        monitor.write(
            encode_frame(
                b"QN=20180904160638000;ST=39;CN=2011;PW=123456;USCC=91440101MA59F70720;IMEI=867732039951777&&"
            )
        )
        await monitor.sends(CONTENT, AT)
    row = await running.terminals.terminal("hj212", MN)
    assert row.said == {"ST": "39", "USCC": "91440101MA59F70720", "IMEI": "867732039951777"}


async def test_a_wrong_password_is_refused(running, broker):
    with hearing(broker) as heard:
        await approve(running, password="secret")
        async with TestMonitor(running.port, MN) as monitor:
            assert qn_rtn(await monitor.sends(CONTENT, AT)) == "3"
            assert qn_rtn(await monitor.sends(CONTENT, AT + 1000, pw="secret")) is None
            await eventually(lambda: heard.times(DEVICE) == [AT + 1000])
    (refused,) = await refusals(running)
    assert (refused.reason, b"PW=*;" in refused.payload) == ("wrong_password", True)


@pytest.mark.parametrize("form", [Checksum.MODBUS, Checksum.SWAPPED])
async def test_another_form_of_the_checksum_is_refused_until_it_is_set(running, form):
    def frame():
        return encode_frame(data_frame(CONTENT, AT, mn=MN)[6:-6], form)

    await approve(running)
    async with TestMonitor(running.port, MN) as monitor:
        monitor.write(frame())
        assert qn_rtn(await monitor.next()) == "9"
        assert await running.terminals.decide(
            "hj212", MN, "approved", by="test", device_id=DEVICE, settings={"checksums": [form]}
        )

        async def is_taken():
            monitor.write(frame())
            return qn_rtn(await monitor.next()) is None

        await eventually(is_taken)
    assert running.counted("forgiven_total", fault=f"checksum_{form}") >= 1
    assert running.counted("refused_total", reason="bad_checksum") >= 1


BAD = [
    (data_frame(CONTENT, AT, mn=MN, st="32"), "5", "bad_system"),
    (data_frame(CONTENT, AT, mn=MN, cn="2021"), "8", "bad_command"),
    (encode_frame(f"ST=39;CN=2011;MN={MN};Flag=5;CP=&&a34002-Rtd=1&&".encode()), "100", "bad_field"),
    (encode_frame(f"ST=39;CN=2011;MN={MN};Flag=9;CP=&&8F13A9C20BB1D6FF&&".encode()), "2", "encrypted"),
    (data_frame(CONTENT, AT, mn=MN).replace(b"66.0", b"67.0"), "9", "bad_checksum"),
]


async def test_bad_frames_are_answered_with_their_codes_kept_and_end_no_good_stream(running, broker):
    with hearing(broker) as heard:
        await approve(running)
        async with TestMonitor(running.port, MN) as monitor:
            for number, (sent, code, _) in enumerate(BAD):
                monitor.write(sent + data_frame(CONTENT, AT + number * 60_000, mn=MN))
                assert {qn_rtn(await monitor.next()), qn_rtn(await monitor.next())} == {code, None}
            await eventually(lambda: len(heard.times(DEVICE)) == len(BAD))
    refused = await refusals(running, least=len(BAD))
    assert [(one.reason, one.payload) for one in refused] == [
        (reason, sent.removesuffix(b"\r\n")) for sent, _, reason in BAD
    ]
    assert all(running.counted("refused_total", reason=reason) == 1 for _, _, reason in BAD)


async def test_rubbish_and_other_protocols_are_kept_under_their_address(running):
    async with TestMonitor(running.port, MN) as monitor:
        monitor.write(b"GET / HTTP/1.1\r\n\r\n" + heartbeat())
        await monitor.next()
    (refused, *_) = await refusals(running, "127.0.0.1")
    assert (refused.reason, refused.payload) == ("not_this_protocol", b"GET / HTTP/1.1\r\n\r\n")


async def test_nothing_but_rubbish_is_shut_out(store, broker):
    async with hj212(store, broker, limits=Limits(connections=10, refused_in_a_row=5)) as running:
        async with TestMonitor(running.port, MN) as monitor:
            monitor.write(b"##1\r\n" * 20)
            with pytest.raises(ConnectionError):
                await monitor.until(lambda _: False)
        await running.counts("closed_total", 1, why="rubbish")


async def test_an_answer_is_given_where_one_is_wanted_or_set(running):
    await approve(running)
    await approve(running, "M2", "S2", is_always_answered=True)
    async with TestMonitor(running.port, MN) as monitor:
        quiet = monitor.send(CONTENT, AT, flag="4")
        asked = monitor.send(CONTENT, AT + 1000)
        assert (await monitor.until(lambda one: one.qn in {quiet, asked})).qn == asked
    async with TestMonitor(running.port, "M2") as monitor:
        assert qn_rtn(await monitor.sends(CONTENT, AT, flag="4")) is None


async def test_a_request_for_the_time_is_answered_as_a_notice(running):
    await approve(running)
    async with TestMonitor(running.port, MN) as monitor:
        assert (await monitor.sends("", AT, cn="1013")).cn == "9013"


async def test_packets_of_one_message_are_published_each_and_confirmed_each(running, broker):
    def packet(number, content):
        return encode_frame(
            f"QN=20261026150320000;ST=39;CN=2011;PW=123456;MN={MN};Flag=7;PNUM=2;PNO={number};CP=&&{content}&&".encode()
        )

    with hearing(broker) as heard:
        await approve(running)
        async with TestMonitor(running.port, MN) as monitor:
            monitor.write(packet(1, "DataTime=20261026150320;a34001-Rtd=90"))
            assert qn_rtn(await monitor.next()) is None
            monitor.write(packet(2, "a34002-Rtd=66"))
            assert qn_rtn(await monitor.next()) is None
            await eventually(lambda: len(heard.reports(DEVICE)) == 2)
            first, second = heard.reports(DEVICE)
    assert (first["tsp_ugm3"], second["pm10_ugm3"]) == (90.0, 66.0)
    assert first["time"] == second["time"]


async def test_one_connection_may_speak_for_many_monitors(running, broker):
    with hearing(broker) as heard:
        await approve(running)
        await approve(running, "M2", "S2", unit="mg")
        async with TestMonitor(running.port) as station:
            station.write(
                data_frame("a34002-Rtd=66", AT, mn=MN) + data_frame("a34002-Rtd=0.077", AT + 1, mn="M2")
            )
            await eventually(lambda: heard.reports(DEVICE) and heard.reports("S2"))
        assert [one["pm10_ugm3"] for one in (*heard.reports(DEVICE), *heard.reports("S2"))] == [66.0, 77.0]


async def test_settings_count_from_the_next_frame_on(running, broker):
    with hearing(broker) as heard:
        await approve(running)
        async with TestMonitor(running.port, MN) as monitor:
            assert qn_rtn(await monitor.sends("a34002-Rtd=0.066", AT)) is None
            assert await running.terminals.decide(
                "hj212", MN, "approved", by="test", device_id=DEVICE, settings={"unit": "mg"}
            )

            async def is_seen():
                await monitor.sends("a34002-Rtd=0.066", AT + 60_000)
                return any("pm10_ugm3" in one for one in heard.reports(DEVICE))

            await eventually(is_seen)
    first = heard.reports(DEVICE)[0]
    assert first["flags"] == {"pm10_ugm3": "D"}
    assert heard.reports(DEVICE)[-1]["pm10_ugm3"] == 66.0


async def test_settings_that_cannot_be_read_are_told_with_the_frames_they_stop(running):
    await approve(running)
    async with TestMonitor(running.port, MN) as monitor:
        assert await running.terminals.decide(
            "hj212", MN, "approved", by="test", device_id=DEVICE, settings={"unit": "kg"}
        )
        await eventually(lambda: _is_refused(monitor))
    last = (await refusals(running))[-1]
    assert (last.reason, "unit" in last.detail) == ("bad_settings", True)


async def test_a_blocked_monitor_is_refused_from_the_next_frame_on(running):
    await approve(running)
    async with TestMonitor(running.port, MN) as monitor:
        assert qn_rtn(await monitor.sends(CONTENT, AT)) is None
        assert await running.terminals.decide("hj212", MN, "blocked", by="test")
        await eventually(lambda: _is_refused(monitor))
    assert (await refusals(running))[-1].reason == "blocked"


async def _is_refused(monitor) -> bool:
    return qn_rtn(await monitor.sends(CONTENT, AT)) is not None


async def test_a_monitor_that_comes_back_elsewhere_takes_over(running):
    await approve(running)
    async with (
        TestMonitor(running.port, MN) as old,
        TestMonitor(running.port, MN, address="127.0.0.2") as new,
    ):
        assert qn_rtn(await old.sends(CONTENT, AT)) is None
        for minute in range(1, 4):
            assert qn_rtn(await new.sends(CONTENT, AT + minute * 60_000)) is None
    row = await running.terminals.terminal("hj212", MN)
    assert row.conflict_ms is None


async def test_a_copy_is_refused_while_the_first_one_speaks_and_both_are_seen(running):
    await approve(running)
    async with TestMonitor(running.port, MN, address="127.0.0.2") as copy:
        async with TestMonitor(running.port, MN) as first:
            assert qn_rtn(await first.sends(CONTENT, AT)) is None
            assert qn_rtn(await copy.sends(CONTENT, AT + 1000)) is None
            assert qn_rtn(await first.sends(CONTENT, AT + 2000)) is None
            assert qn_rtn(await copy.sends(CONTENT, AT + 3000)) == "100"
        row = await eventually(lambda: _conflicting(running))
        assert row.conflict_address == "127.0.0.2"
        await eventually(lambda: _is_taken(copy))
    assert {one.reason for one in await refusals(running)} == {"another_connection"}


async def _conflicting(running):
    row = await running.terminals.terminal("hj212", MN)
    return row if row.conflict_ms is not None else None


async def _is_taken(monitor) -> bool:
    return qn_rtn(await monitor.sends(CONTENT, AT)) is None


async def test_what_is_cut_off_anywhere_is_not_confirmed_and_not_published(running, broker):
    frame = data_frame(CONTENT, AT, mn=MN)
    whole = len(frame) - 2
    with hearing(broker) as heard:
        await approve(running)
        for cut in range(1, len(frame), 7):
            async with TestMonitor(running.port, MN) as monitor:
                monitor.write(frame[:cut])
        async with TestMonitor(running.port, MN) as monitor:
            assert qn_rtn(await monitor.sends(CONTENT, AT + 60_000)) is None
        cuts = range(1, len(frame), 7)
        await running.counts("closed_total", len(cuts), why="by_peer")
        taken = sum(cut >= whole for cut in cuts)
        await eventually(lambda: sorted(heard.times(DEVICE)) == [*[AT] * taken, AT + 60_000])
    assert running.counted("refused_total", reason="cut_off") > 0


async def test_while_the_broker_is_away_nothing_is_confirmed_and_afterwards_all_is_there(
    store, tmp_path: Path
):
    broker = EmbeddedBroker(tmp_path / "nats")
    broker.start()
    try:
        async with hj212(store, broker.url) as running:
            with hearing(broker.url) as heard:
                await approve(running)
                confirmed = set()
                async with TestMonitor(running.port, MN) as monitor:
                    for second in range(5):
                        await monitor.sends(CONTENT, AT + second * 1000)
                        confirmed.add(AT + second * 1000)
                    broker.kill()
                    asked = monitor.send(CONTENT, AT + 10_000)
                    broker.start()
                    answer = await monitor.answer_to(asked)
                    assert answer.cn == "9014"
                    confirmed.add(AT + 10_000)
                await eventually(lambda: confirmed <= set(heard.times(DEVICE)), 60)
    finally:
        broker.stop()


async def test_the_monitors_that_are_there_are_written_down(running):
    await approve(running)
    async with TestMonitor(running.port, MN) as monitor:
        before_ms = now_ms()
        for second in range(3):
            await monitor.sends(CONTENT, AT + second * 1000)
    row = await eventually(lambda: _gone(running))
    assert row.frames >= 3
    assert row.last_seen_ms >= before_ms - 1000


async def _gone(running):
    row = await running.terminals.terminal("hj212", MN)
    return row if row.frames >= 3 and row.connected_ms is None else None
