"""The live stream over a real socket: nothing missed, nothing twice, nobody holds the others up."""

import asyncio
import time

import asyncpg
import pytest

from api.live import LiveBounds
from domain.instant import from_rfc3339
from runtime.clock import now_ms
from runtime.metrics import Metrics
from storage.batch import Batch
from tests.api import district
from tests.api.serving import make_app, serve
from tests.api.stream import listening

QUIET_S = 0.4  # several polls and heartbeats of the quick bounds


async def eventually(holds, *, within_s=60.0):
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110 - what is waited for is the state of another task
            await asyncio.sleep(0.02)


async def test_the_hello_states_the_newest_number_and_the_stream_goes_on_after_it(url, store):
    await district.raise_alerts(store, 5)
    async with listening(url) as earlier:
        await earlier.until(lambda message: message.get("number") == 5)
    async with listening(url) as client:
        assert (await client.next())["number"] == 5
        await district.raise_alerts(store, 3, first=5)
        await client.until_number(8)
        assert client.numbers == [6, 7, 8]


@pytest.mark.alone
async def test_a_change_arrives_whole_well_within_a_second(url, store):
    async with listening(url) as client:
        await client.until_type("heartbeat")
        before = time.perf_counter()
        [alert_id] = await district.raise_alerts(store, 1)
        message = await client.until_type("alert")
        assert time.perf_counter() - before < 1.0
    assert message["alert"]["id"] == str(alert_id)
    assert message["alert"]["severity"] == "critical"
    assert message["alert"]["evidence"]["type"] == "illegal_dumping"


async def test_a_client_that_was_cut_off_has_all_it_missed_in_order_once(url, store):
    await district.raise_alerts(store, 4)
    async with listening(url, after=0) as client:
        await client.until_number(4)
        last = client.numbers[-1]
    for first in range(4, 1204, 300):
        await district.raise_alerts(store, 300, first=first)
    async with listening(url, after=last) as client:
        hello = await client.next()
        await district.raise_alerts(store, 2, first=1204)
        await client.until_number(1206)
        assert hello["number"] == last
        assert client.numbers == list(range(last + 1, 1207))


async def test_a_client_catches_up_while_more_arrive_and_has_each_once(url, store):
    await district.raise_alerts(store, 700)

    async def go_on():
        for first in range(700, 800, 4):
            await district.raise_alerts(store, 4, first=first)

    raising = asyncio.create_task(go_on())
    async with listening(url, after=0) as client:
        await client.until_number(800)
        assert client.numbers == list(range(1, 801))
    await raising


async def test_the_same_alert_comes_again_when_it_ends(url, store):
    opened = district.finding(0, district.START_MS)
    async with listening(url) as client:
        await client.until_type("heartbeat")
        await store.commit(district.raised(opened))
        await store.commit(
            district.raised(district.finding(0, district.START_MS, ended_ms=district.START_MS + 9000))
        )
        await client.until_number(2)
        first, second = (m["alert"] for m in client.messages if m["type"] == "alert")
    assert first["id"] == second["id"] == str(opened.id)
    assert (first["ended_at"] is None, second["ended_at"] is None) == (True, False)


async def test_a_number_that_is_too_old_is_told_to_reload_and_the_stream_goes_on(url, store, database):
    await district.raise_alerts(store, 10)
    connection = await asyncpg.connect(database)
    await connection.execute("delete from alert_changes where number <= 6")
    await connection.close()
    async with listening(url, after=3) as client:
        message = await client.until_type("reload")
        assert (message["oldest"], message["newest"]) == (7, 10)
        await district.raise_alerts(store, 1, first=10)
        await client.until_number(11)
        assert client.numbers == [11]


async def test_the_oldest_number_that_can_be_resumed_is_the_one_before_the_oldest_kept(url, store, database):
    await district.raise_alerts(store, 10)
    connection = await asyncpg.connect(database)
    await connection.execute("delete from alert_changes where number <= 6")
    await connection.close()
    async with listening(url, after=6) as client:
        await client.until_number(10)
        assert client.numbers == [7, 8, 9, 10]


async def test_a_number_ahead_of_the_server_is_told_to_reload(url, store):
    await district.raise_alerts(store, 2)
    async with listening(url, after=50) as client:
        message = await client.until_type("reload")
        assert (message["oldest"], message["newest"]) == (1, 2)


async def test_a_number_that_is_none_is_refused_with_a_reason(url):
    for given in ("-1", "last", "1.5", "9" * 30, ""):
        async with listening(url, after=given) as client:
            message = await client.next()
            assert message["error"]["code"] == "invalid_request"
            assert await client.until_closed() == 1008


async def test_only_positions_that_changed_are_sent(url, store):
    time_ms = now_ms()
    await store.commit(Batch(positions=(district.fix(1, time_ms), district.fix(2, time_ms))))
    async with listening(url) as client:
        await client.look()
        assert set(await client.positions()) == {"T0001", "T0002"}
        client_rows = len(client.messages)
        await store.commit(Batch(positions=(district.fix(2, time_ms + 1000, east=0.01),)))
        assert set(await client.positions()) == {"T0002"}
        await asyncio.sleep(QUIET_S)
        await client.until_type("heartbeat")
    later = [one for one in client.messages[client_rows:] if one["type"] == "positions"]
    assert [len(one["rows"]) for one in later] == [1]
    assert later[0]["devices"] == [], "an id is told once"


async def test_the_first_vehicle_ever_heard_of_is_sent_too(url, store):
    async with listening(url) as client:
        await client.look()
        whole = await client.until_type("positions")
        assert (whole["whole"], whole["rows"]) == (True, [])
        await store.commit(Batch(positions=(district.fix(1, now_ms()),)))
        assert set(await client.positions()) == {"T0001"}


async def test_a_batch_that_was_held_for_minutes_still_shows(url, store):
    time_ms = now_ms()
    await store.commit(Batch(positions=(district.fix(1, time_ms),)))
    async with listening(url) as client:
        await client.look()
        assert set(await client.positions()) == {"T0001"}
        await store.commit(Batch(positions=(district.fix(2, time_ms - 300_000),)))
        assert set(await client.positions()) == {"T0002"}


async def test_the_heartbeat_lets_a_quiet_feed_be_told_from_a_stopped_one(database, store):
    clock = iter(range(district.START_MS, district.START_MS + 10**9, 1000))
    await store.commit(Batch(positions=(district.fix(1, district.START_MS),)))
    async with serve(make_app(store, clock=lambda: next(clock))) as url, listening(url) as client:
        first = await client.until(lambda m: m["type"] == "heartbeat" and m["newest_data_time"] is not None)
        second = await client.until_type("heartbeat")
    assert from_rfc3339(second["server_time"]) > from_rfc3339(first["server_time"])
    assert from_rfc3339(first["newest_data_time"]) == district.START_MS
    assert first["newest_data_time"] == second["newest_data_time"]
    assert second["database_available"] is True


async def test_a_device_whose_clock_runs_ahead_does_not_hide_a_stopped_feed(url, store):
    ahead = district.fix(1, district.START_MS + 240_000, received_ms=district.START_MS)
    await store.commit(Batch(positions=(ahead,)))
    async with listening(url) as client:
        message = await client.until(lambda m: m["type"] == "heartbeat" and m["newest_data_time"] is not None)
    assert from_rfc3339(message["newest_data_time"]) == district.START_MS


async def test_a_client_that_does_not_read_is_dropped_and_the_others_are_not_held_up(store):
    metrics = Metrics()
    bounds = LiveBounds(poll_s=0.05, heartbeat_s=0.1, max_messages=300, farewell_s=0.2)
    app = make_app(store, metrics=metrics, bounds=bounds)
    hub = app.state.services.hub
    async with (
        serve(app) as url,
        listening(url, max_queue=1, compression=None) as slow,
        listening(url) as quick,
    ):
        await slow.next()
        await quick.until_type("heartbeat")
        raised = 0
        while hub.clients == 2:
            await district.raise_alerts(store, 250, first=raised)
            raised += 250
            await quick.until_number(raised)
            assert raised < 100_000, "a client that reads nothing was never dropped"
        assert quick.numbers == list(range(1, raised + 1))
        assert metrics.registry.get_sample_value("haulwatch_stream_drops_total") == 1
        assert await slow.until_closed() in {1013, None}


async def test_a_client_that_leaves_is_forgotten(store):
    app = make_app(store)
    hub = app.state.services.hub
    async with serve(app) as url:
        async with listening(url), listening(url) as second:
            await second.next()
            await eventually(lambda: hub.clients == 2)
        await eventually(lambda: hub.clients == 0)


async def test_a_hundred_clients_cost_the_database_one_listener(store, url, database):
    connection = await asyncpg.connect(database)
    clients = [listening(url) for _ in range(100)]
    listeners = await asyncio.gather(*(client.__aenter__() for client in clients))
    await asyncio.gather(*(listener.next() for listener in listeners))
    await district.raise_alerts(store, 1)
    await asyncio.gather(*(listener.until_number(1) for listener in listeners))
    connected = await connection.fetchval(
        "select count(*) from pg_stat_activity where datname = current_database()"
    )
    await asyncio.gather(*(client.__aexit__(None, None, None) for client in clients))
    await connection.close()
    # This connection, the listener, and the store's pool of at most four.
    assert connected <= 6


async def test_the_stream_survives_the_loss_of_its_connections(url, store, database):
    await district.raise_alerts(store, 1)
    async with listening(url, after=0) as client:
        await client.until_number(1)
        connection = await asyncpg.connect(database)
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        await connection.close()
        for first in range(1, 4):
            await raise_in_spite(store, first)
        await client.until_number(4)
        assert client.numbers == [1, 2, 3, 4]
        await client.until(lambda m: m["type"] == "heartbeat" and m["database_available"])


async def raise_in_spite(store, first):
    """Raise one alert although the pool may still hand out a dead connection."""
    for _ in range(20):
        try:
            return await district.raise_alerts(store, 1, first=first)
        except Exception:
            await asyncio.sleep(0.05)
    pytest.fail("the store never recovered")


async def test_a_client_is_asked_to_come_again_while_the_database_has_not_answered_yet(store):
    await store.close()
    async with serve(make_app(store)) as url, listening(url) as client:
        message = await client.next()
        assert message["error"]["code"] == "database_unavailable"
        assert await client.until_closed() == 1013
