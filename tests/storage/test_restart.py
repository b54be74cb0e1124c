"""What a restart reads: checkpoints, and exactly the reports after them, in each device's own order."""

import random

import msgspec
import pytest

from domain.quantity import Flag, Quantity
from domain.report import Cover, Load, PositionReport, StatusReport
from storage.batch import Batch, Checkpoint
from storage.stations import StationReader
from tests.storage.made import T0, background, dust, position, positions, restored

FULL = position(
    seq=7,
    accuracy_m=4.5,
    speed_kmh=0.0,
    heading_deg=359.9,
    altitude_m=-3.25,
    ignition=False,
    load=Load.PARTIAL,
    weight_t=17.3,
    lift=True,
    cover=Cover.OPEN,
    odometer_km=123456.7,
    alarms=("power_cut", "渣土\x00车"),
    extra_json='{"x":"\\u0000渣土车"}',
)


def checkpoint(report: PositionReport, state: bytes = b"state") -> Checkpoint:
    return Checkpoint(
        device_id=report.device_id,
        judged_time_ms=report.time_ms,
        judged_seq=report.seq,
        judged_digest=report.digest,
        ruleset_version=3,
        state=state,
    )


@pytest.mark.parametrize("others", [0, 100], ids=["inserted", "copied"])
async def test_a_report_comes_back_as_it_was_stored(store, others):
    blind = position(at_s=1, lon=None, lat=None, fix=False, alarms=())
    reading = dust(
        values={Quantity.PM10: 1e308, Quantity.NOISE: -0.0}, flags={Quantity.PM10: Flag.OVER_RANGE}
    )
    hour = background(pm10_ugm3=81.5, aqi=104.0, primary_pollutant="PM10", extra_json="{}")
    await store.commit(
        Batch(positions=(FULL, blind, *positions(others, "T2")), dust=(reading,), background=(hour,))
    )
    read = [report for report in await restored(store) if getattr(report, "device_id", "") != "T2"]
    assert read == [FULL, blind, reading, hour]


@pytest.mark.parametrize("others", [0, 100], ids=["inserted", "copied"])
@pytest.mark.parametrize(
    ("time_ms", "received_ms"),
    [
        (0, 0),
        (-1, 1),
        (999, T0 + 1),
        (T0 + 123, T0 + 999),
        (4_102_444_800_123, 253_402_200_000_999),
        (-62_135_596_800_000, 7),
    ],
)
async def test_times_are_exact_to_the_millisecond(store, time_ms, received_ms, others):
    one = position(time_ms=time_ms, received_ms=received_ms)
    await store.commit(Batch(positions=(one, *positions(others, "T2"))))
    again = await store.commit(Batch(positions=(one,)))
    read = next(report for report in await restored(store) if report.device_id == "T1")
    assert (again.duplicate, read.time_ms, read.received_ms) == (1, time_ms, received_ms)


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), 1e308, 5e-324, -0.0], ids=str)
async def test_extreme_values_are_stored_as_they_are(store, value):
    one = position(altitude_m=value, seq=2**63 - 1)
    reading = dust(values={Quantity.TEMPERATURE: value})
    await store.commit(Batch(positions=(one,), dust=(reading,)))
    assert repr(await restored(store)) == repr([one, reading])


async def test_reports_of_a_device_come_in_its_one_order_whatever_the_order_of_arrival(store):
    reports = [
        position("T1", at_s, content=str(n), seq=seq)
        for n, (at_s, seq) in enumerate(
            [(0, None), (0, None), (0, 0), (0, 2), (0, 2), (1, None), (1, -1), (2, 1)]
        )
    ]
    shuffled = random.Random(1).sample(reports, len(reports))
    for report in shuffled:
        await store.commit(Batch(positions=(report,)))
    assert await restored(store) == sorted(reports, key=lambda report: report.order)


async def test_only_reports_after_the_newest_checkpoint_come_back(store):
    reports = sorted((position("T1", 5, content=str(n), seq=n // 2) for n in range(8)), key=lambda r: r.order)
    others = positions(3, "T2")
    await store.commit(Batch(positions=(*reports, *others), checkpoints=(checkpoint(reports[2]),)))
    assert await restored(store) == [*reports[3:], *others]


async def test_readings_after_the_checkpoint_come_back(store):
    readings = [dust("D1", 60 * n, values={Quantity.PM10: float(n)}) for n in range(4)]
    done = Checkpoint(
        device_id=readings[1].device_id,
        judged_time_ms=readings[1].time_ms,
        judged_seq=None,
        judged_digest=readings[1].digest,
        ruleset_version=1,
        state=b"",
    )
    await store.commit(Batch(dust=tuple(readings), checkpoints=(done,)))
    assert await restored(store) == readings[2:]


async def test_the_newest_checkpoint_of_each_device_is_loaded(store):
    hours = [position("T1", 3600 * n) for n in range(3)]
    never = Checkpoint(
        device_id="T0",
        judged_time_ms=None,
        judged_seq=None,
        judged_digest=None,
        ruleset_version=1,
        state=b"new",
    )
    for report in hours:
        await store.commit(Batch(checkpoints=(checkpoint(report, b"%d" % report.time_ms),)))
    await store.commit(
        Batch(checkpoints=(never, checkpoint(position("T2"), b"a"), checkpoint(position("T2", 9), b"b")))
    )
    loaded = await store.load_checkpoints()
    assert set(loaded) == {"T0", "T1", "T2"}
    assert loaded["T0"] == never
    assert loaded["T1"] == checkpoint(hours[2], b"%d" % hours[2].time_ms)
    assert loaded["T2"].state == b"b"


async def test_many_reports_come_in_several_lists(store):
    await store.commit(Batch(positions=tuple(p for n in range(13) for p in positions(1000, f"T{n:02d}"))))
    lists = [reports async for reports in store.reports_after_checkpoints()]
    flat = [report for reports in lists for report in reports]
    assert len(lists) > 1
    assert flat == sorted(flat, key=lambda report: (report.device_id, *report.order))
    assert len(flat) == 13_000


async def test_the_latest_position_is_the_newest_by_device_time(store):
    await store.commit(
        Batch(positions=(position("T1", 10, speed_kmh=33.0, load=Load.FULL), position("T1", 5)))
    )
    await store.commit(Batch(positions=(position("T1", 7), position("T2", 1, ignition=True))))
    first, second = await store.latest_positions()
    assert (first.device_id, first.time_ms, first.speed_kmh, first.load) == ("T1", T0 + 10_000, 33.0, "full")
    assert (second.device_id, second.ignition, second.online) == ("T2", True, None)
    assert [row.device_id for row in await store.latest_positions(changed_after_ms=T0 + 5_000)] == ["T1"]


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "two batches"])
async def test_a_report_without_a_fix_leaves_the_last_known_place(store, together):
    seen, blind = (
        position(at_s=0, speed_kmh=1.0),
        position(at_s=9, lon=None, lat=None, fix=False, speed_kmh=2.0),
    )
    for batch in [(seen, blind)] if together else [(seen,), (blind,)]:
        await store.commit(Batch(positions=batch))
    (latest,) = await store.latest_positions()
    assert (latest.time_ms, latest.lon, latest.lat, latest.speed_kmh) == (blind.time_ms, 114.3, 30.6, 2.0)


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "two batches"])
async def test_a_dust_report_without_values_leaves_the_last_known_ones(store, together):
    measured = dust(at_s=0, values={Quantity.PM10: 66.0})
    means = dust(at_s=9, extra_json='{"hj212":{"command":"2061"}}')
    for batch in [(measured, means)] if together else [(measured,), (means,)]:
        await store.commit(Batch(dust=batch))
    (heard,) = (await StationReader(store).heard()).values()
    assert (heard.time_ms, heard.values) == (means.time_ms, {Quantity.PM10: 66.0})
    await store.commit(Batch(dust=(dust(at_s=20, values={Quantity.NOISE: 50.0}),)))
    (heard,) = (await StationReader(store).heard()).values()
    assert heard.values == {Quantity.NOISE: 50.0}


async def test_status_is_shown_with_the_position(store):
    await store.commit(Batch(positions=(position("T1"),)))
    for online, received_ms in ((True, T0), (False, T0 + 2), (True, T0 + 1)):
        await store.commit(
            Batch(statuses=(StatusReport(device_id="T1", online=online, received_ms=received_ms),))
        )
    (latest,) = await store.latest_positions()
    assert latest.online is False


async def test_a_registry_is_a_new_version_only_where_it_differs(store):
    assert await store.newest_registry() is None
    document = msgspec.json.encode({"version": 1, "zones": ["渣土"]})
    versions = [
        await store.save_registry(document, author="li", effective_from_ms=T0),
        await store.save_registry(document, author="wang", effective_from_ms=T0 + 1),
        await store.save_registry(b"{}", author="wang", effective_from_ms=T0 + 2),
    ]
    newest = await store.newest_registry()
    assert versions == [1, 1, 2]
    assert (newest.version, newest.author, newest.effective_from_ms, newest.document) == (
        2,
        "wang",
        T0 + 2,
        b"{}",
    )


async def test_a_slot_reads_its_devices_only_and_every_background_value(store):
    await store.commit(
        Batch(
            positions=(*positions(3, "T1"), *positions(2, "T2")),
            dust=(dust("D1"), dust("D2")),
            background=(background(),),
            checkpoints=(checkpoint(position("T1")), checkpoint(position("T3"))),
        )
    )
    assert sorted(await store.devices()) == ["D1", "D2", "T1", "T2", "T3"]
    assert set(await store.load_checkpoints(["T2", "T3"])) == {"T3"}
    lists = [reports async for reports in store.reports_after_checkpoints(["T2", "D1"])]
    assert [[getattr(one, "device_id", "A1") for one in reports] for reports in lists] == [
        ["T2", "T2"],
        ["D1"],
        ["A1"],
    ]
