"""What a client of the live stream is shown of the vehicles: its view, the difference, and nothing of others."""

import asyncio

import pytest

from api.live import LiveBounds, LiveHub
from api.sight import View
from domain.identifiers import DistrictId
from domain.person import Person, Role, Scope
from runtime.clock import now_ms
from storage.batch import Batch
from tests.api import district
from tests.api.serving import make_app, serve, sign_in
from tests.api.stream import EVERYWHERE, listening

HOUR_MS = 3_600_000


def around(vehicle, half_deg=0.004):
    place = district.fix(vehicle, 0)
    return [place.lon - half_deg, place.lat - half_deg, place.lon + half_deg, place.lat + half_deg]


@pytest.fixture
async def trucks(store):
    await district.save_registry(store, vehicles=8)
    await drive(store)


async def drive(store, *, east=0.0, vehicles=range(8), after_ms=0):
    time_ms = now_ms() + after_ms
    await store.commit(Batch(positions=tuple(district.fix(v, time_ms, east=east) for v in vehicles)))


async def test_nothing_is_sent_of_vehicles_until_the_client_says_what_it_looks_at(url, store, trucks):
    async with listening(url) as client:
        await client.until_type("heartbeat")
        await client.until_type("heartbeat")
        assert {one["type"] for one in client.messages} == {"hello", "heartbeat"}
        await client.look()
        assert len(await client.positions()) == 8


async def test_only_what_is_in_view_is_sent_and_what_is_picked(url, store, trucks):
    async with listening(url) as client:
        await client.look(bbox=around(1), devices=["T0005", "T9999"])
        assert set(await client.positions()) == {"T0001", "T0005"}
        await drive(store, after_ms=1)
        assert set(await client.positions()) == {"T0001", "T0005"}


async def test_another_view_brings_what_is_new_in_it_and_takes_the_rest(url, store, trucks):
    async with listening(url) as client:
        await client.look(bbox=around(1))
        [row] = (await client.positions()).values()
        await client.look(bbox=around(2))
        message = await client.until(lambda one: one["type"] == "positions" and one["rows"])
        assert set(client.by_id(message)) == {"T0002"}
        assert message["gone"] == [row[0]]
        await client.look(bbox=EVERYWHERE)
        message = await client.until(lambda one: one["type"] == "positions" and one["rows"])
        assert len(message["rows"]) == 7, "the one it has is not sent again"


async def test_a_truck_that_drives_out_of_view_is_told_as_gone_and_comes_back_whole(url, store, trucks):
    async with listening(url) as client:
        await client.look(bbox=around(1))
        [before] = (await client.positions()).values()
        await drive(store, east=0.02, vehicles=[1], after_ms=1)
        message = await client.until(lambda one: one["type"] == "positions" and one["gone"])
        assert message["gone"] == [before[0]]
        await drive(store, vehicles=[1], after_ms=2)
        [again] = (await client.positions()).values()
        assert again[2:] == before[2:]


async def test_no_view_shows_no_vehicle_but_counts_all_of_them(url, store, trucks):
    async with listening(url) as client:
        await client.look(bbox=None)
        message = await client.until(lambda one: one["type"] == "counts" and one["districts"])
        await client.until_type("heartbeat")
    assert message["districts"] == [{"district_id": "D1", "known": 8, "reporting": 8, "moving": 7}]
    assert [one["rows"] for one in client.messages if one["type"] == "positions"] == [[]]


async def test_a_vehicle_silent_for_a_day_is_in_no_view_but_named_as_lost_and_can_be_picked(
    url, store, trucks
):
    await store.commit(Batch(positions=(district.fix(9, now_ms() - 25 * HOUR_MS),)))
    async with listening(url) as client:
        await client.look()
        assert "T0009" not in await client.positions()
        lost = await client.until_type("lost")
        assert lost["devices"] == ["T0009"]
        await client.look(devices=["T0009"])
        assert set(await client.positions()) == {"T0009"}


async def test_moving_is_as_the_rules_have_it(url, store):
    time_ms = now_ms()
    at = [0.0, 0.001, 0.001]  # a thousandth of a degree east is 96 m, in 10 s 34 km/h
    speeds = [{"speed_kmh": None}, {"speed_kmh": None}, {"speed_kmh": 4.0}]
    told = []
    async with listening(url) as client:
        await client.look()
        for step, (east, speed) in enumerate(zip(at, speeds, strict=True)):
            await store.commit(
                Batch(positions=(district.fix(1, time_ms + 10_000 * step, east=east, **speed),))
            )
            told.append((await client.positions())["T0001"][6])
    assert told == [None, True, True]


async def test_a_page_of_one_district_is_never_sent_another_ones_vehicle(store):
    """Whatever the view, whatever is picked, and when a truck crosses the border both ways."""
    both = [
        {"id": name, "name": name, "geometry": district.box(district.LON + east, district.LAT, 0.07)}
        for name, east in (("D1", 0.0), ("D2", 1.0))
    ]
    await district.save_registry(store, vehicles=4, districts=both)
    await drive(store, vehicles=[0, 1])
    await drive(store, vehicles=[2, 3], east=1.0)
    of_one = Scope(frozenset({DistrictId("D1")}))
    async with serve(make_app(store)) as url:
        headers = await sign_in(store, Person(user_id="a", name="A", role=Role.DISPATCHER, scope=of_one))
        async with listening(url, headers=headers) as client:
            await client.look(bbox=EVERYWHERE, devices=["T0002", "T0003"])
            assert set(await client.positions()) == {"T0000", "T0001"}
            await drive(store, vehicles=[2], east=1.001, after_ms=1)
            await drive(store, vehicles=[1], east=1.0, after_ms=1)
            message = await client.until(lambda one: one["type"] == "positions" and one["gone"])
            assert len(message["gone"]) == 1
            await client.look(bbox=around(2, 2.0), devices=["T0001"])
            await drive(store, vehicles=[0], after_ms=2)
            assert set(await client.positions()) == {"T0000"}
            counts = [one for one in client.messages if one["type"] == "counts"][-1]
        assert [one["district_id"] for one in counts["districts"]] == ["D1"]
        told = [name for one in client.messages if one["type"] == "positions" for _, name in one["devices"]]
        assert sorted(told) == ["T0000", "T0001"]


async def test_another_registry_moves_the_vehicles_to_its_districts(store):
    await district.save_registry(store, vehicles=2)
    await drive(store, vehicles=[0, 1])
    of_one = Scope(frozenset({DistrictId("D1")}))
    async with serve(make_app(store)) as url:
        headers = await sign_in(store, Person(user_id="a", name="A", role=Role.VIEWER, scope=of_one))
        async with listening(url, headers=headers) as client:
            await client.look()
            held = {row[0] for row in (await client.positions()).values()}
            away = [
                {"id": "D1", "name": "D1", "geometry": district.box(district.LON + 1, district.LAT, 0.07)}
            ]
            await district.save_registry(store, vehicles=2, districts=away)
            message = await client.until(lambda one: one["type"] == "positions" and one["gone"])
            assert set(message["gone"]) == held


async def test_whoever_does_not_take_the_positions_gets_the_newest_alone_later(store, trucks):
    """A slow client costs one message's memory, and what it gets is true when it gets it."""
    hub = LiveHub(store, now_ms, bounds=LiveBounds(poll_s=0.05))
    running = asyncio.create_task(hub.run())
    await hub.wait_until_ready()
    with hub.subscribe() as outbox:
        hub.look(outbox, View(bbox=tuple(EVERYWHERE)))
        for step in range(1, 4):
            await drive(store, east=0.001 * step, after_ms=step)
            async with asyncio.timeout(60):
                while hub.fleet.columns.version[0] <= step:  # noqa: ASYNC110 - the state of another task
                    await asyncio.sleep(0.01)
        waiting = [text for number, text in outbox.waiting if '"positions"' in text]
        assert len(waiting) == 1
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_message_that_is_no_view_ends_the_connection_with_the_reason(url):
    for given in (
        "look",
        '{"type":"view","bbox":[1,2]}',
        '{"type":"view","devices":[1]}',
    ):
        async with listening(url) as client:
            await client.socket.send(given)
            message = await client.until_type("error")
            assert message["error"]["code"] == "invalid_request"
            assert await client.until_closed() == 1008


async def test_a_view_of_too_many_devices_is_refused(url):
    async with listening(url) as client:
        await client.look(devices=[f"T{n}" for n in range(501)])
        assert (await client.until_type("error"))["error"]["message"].startswith("no view: devices")
