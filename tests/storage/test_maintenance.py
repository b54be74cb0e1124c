"""What is old goes, what is needed stays, and roll-ups give the same rows under the same names everywhere."""

from datetime import timedelta

import psycopg
import pytest

from domain.person import Role
from domain.quantity import Quantity
from storage.batch import Batch, Checkpoint
from storage.errors import StorageUnavailable
from storage.maintenance import Retention, maintain
from storage.people import SESSION_MS, People
from tests.storage.made import T0, account, dust, finding, position, rejection, restored

DAY_S = 86_400
NOW_MS = T0 + DAY_S * 1000


def checkpoint(at_s: float, device_id: str = "T1") -> Checkpoint:
    return Checkpoint(
        device_id=device_id,
        judged_time_ms=T0 + round(at_s * 1000),
        judged_seq=None,
        judged_digest=b"d",
        ruleset_version=1,
        state=b"",
    )


async def test_reports_older_than_their_days_go_and_younger_ones_stay(store, database):
    at_days = (-40, -35, -20, -3, 0)
    await store.commit(
        Batch(
            positions=tuple(position(at_s=days * DAY_S) for days in at_days),
            dust=tuple(dust(at_s=days * DAY_S) for days in at_days),
        )
    )
    maintain(database, now_ms=NOW_MS, retention=Retention(reports_days=30))
    left = [(report.time_ms - T0) / 1000 / DAY_S for report in await restored(store)]
    assert [days for days in left if days >= -25] == [-20, -3, 0] * 2
    assert len([days for days in left if days < -40]) == 0
    assert -35 not in left[:1]
    assert (await store.latest_positions())[0].time_ms == T0


async def test_rejections_changes_and_accounts_have_days_of_their_own(store, database):
    old = rejection(b"old", received_ms=NOW_MS - 100 * DAY_S * 1000)
    await store.commit(
        Batch(rejections=(old, rejection(b"new")), findings=(finding(), finding("vehicle:V2")))
    )
    await store.set_forwarded("mqtt", 1)
    # Changes are dated by the server's own clock; a maintenance far in the future finds them old.
    maintained = maintain(database, now_ms=T0, retention=Retention(account_days=80))
    assert [row["payload"] for row in await store.rejections()] == [b"new"]
    assert (await account(store))["T1"].rejected == 1
    assert maintained.done["rejections"] == 1
    maintain(database, now_ms=4_000_000_000_000, retention=Retention())
    assert [change.number for change in await store.alert_changes(0)] == [2]
    assert await store.change_bounds() == (2, 2)
    assert len(await store.alerts(open_only=True)) == 2


async def test_sessions_go_once_they_have_expired(store, database):
    people = People(store)
    await people.add_user("u", name="U", role=Role.VIEWER, district_ids=None, password_hash="none")
    secrets = [
        await people.begin_session("u", expires_ms=NOW_MS + ms, address="test") for ms in (-1, SESSION_MS)
    ]
    assert maintain(database, now_ms=NOW_MS).done["sessions"] == 1
    assert maintain(database, now_ms=NOW_MS).done["sessions"] == 0
    assert await people.of_session(secrets[0]) is None


async def test_checkpoints_are_thinned_to_one_an_hour_for_two_days_and_one_a_day_while_late_reports_are_taken(
    store, database
):
    hours_ago_s = (-90 * DAY_S, -60 * DAY_S, -20 * DAY_S, -3 * DAY_S - 7200, -3 * DAY_S, -DAY_S, -DAY_S + 60)
    for at_s in (*hours_ago_s, 0):
        await store.commit(Batch(checkpoints=(checkpoint(at_s),)))
    await store.commit(Batch(checkpoints=(checkpoint(-50 * DAY_S, "T2"),)))
    maintain(database, now_ms=T0 + 60_000)
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "select device_id, (ms_of(judged_at) - %s) / 1000 from checkpoints order by 1, 2", (T0,)
        ).fetchall()
    kept_s = [-60 * DAY_S, -20 * DAY_S, -3 * DAY_S, -DAY_S + 60, 0]
    assert rows == [*(("T1", at_s) for at_s in kept_s), ("T2", -50 * DAY_S)]
    assert set(await store.load_checkpoints()) == {"T1", "T2"}


async def test_days_of_stations_stay_as_long_as_one_may_still_be_judged(store, database):
    await store.commit(Batch(dust=tuple(dust(at_s=-days * DAY_S) for days in (45, 39, 38, 1))))
    maintain(database, now_ms=T0)
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "select (at_ms(%s) at time zone 'Asia/Shanghai')::date - day from dust_days order by 1", (T0,)
        ).fetchall()
    assert rows == [(1,), (38,)]


async def test_a_second_maintenance_at_once_leaves_the_first_alone(store, database):
    with psycopg.connect(database) as other:
        other.execute("select pg_advisory_lock(7231480116)")
        assert maintain(database, now_ms=NOW_MS).is_busy
    assert not maintain(database, now_ms=NOW_MS).is_busy


async def test_maintaining_again_finds_nothing_to_do_and_progress_is_told(store, database):
    await store.commit(Batch(rejections=tuple(rejection(b"%d" % n, received_ms=0) for n in range(30))))
    told: list[tuple[str, int]] = []
    first = maintain(database, now_ms=NOW_MS, progress=lambda what, count: told.append((what, count)))
    again = maintain(database, now_ms=NOW_MS)
    assert ("rejections", 30) in told
    assert (first.done["rejections"], again.done["rejections"]) == (30, 0)


async def test_roll_ups_are_there_under_their_names(store, database):
    values = [10.0, 30.0, 50.0]
    readings = tuple(dust(at_s=n * 60, values={Quantity.PM10: value}) for n, value in enumerate(values))
    fixes = (position(at_s=0, speed_kmh=5.0), position(at_s=1, lon=None, lat=None, fix=False, speed_kmh=9.0))
    await store.commit(Batch(dust=readings, positions=fixes))
    maintain(database, now_ms=NOW_MS)
    with psycopg.connect(database) as connection:
        connection.execute("set timezone = 'UTC'")
        rows = connection.execute(
            "select bucket, readings, pm10_ugm3, pm10_top_ugm3 from dust_5min order by 1"
        ).fetchall()
        hours = connection.execute("select reports, fixes, top_speed_kmh from positions_hourly").fetchall()
    # T0 is 11:06:40: the third reading is at 11:08:40, all within 11:05–11:10.
    assert [(row[0].minute, *row[1:]) for row in rows] == [(5, 3, 30.0, 50.0)]
    assert hours == [(2, 1, 9.0)]
    assert rows[0][0].utcoffset() == timedelta(0)


def test_a_retention_is_at_least_a_day():
    with pytest.raises(ValueError, match="one day"):
        Retention(reports_days=0)


def test_a_server_that_is_not_there_is_unavailable():
    with pytest.raises(StorageUnavailable):
        maintain("postgresql://nobody@127.0.0.1:1/nothing", now_ms=NOW_MS)
