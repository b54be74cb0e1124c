"""The late driver over a real database: ids that are kept, turns that end, failures that are waited out."""

import pytest

from alerts import engine
from alerts.timeline import Timeline
from ingest.late import LONGEST_WAIT_S, QUIET_S, TURN_S
from storage.batch import Batch, Committed
from storage.errors import StorageUnavailable
from storage.store import Store
from tests.support.factories import World, stop
from tests.support.late_ingest import LateIngest
from tests.support.tracks import At, at, drive, position, stand


def world() -> World:
    return World().vehicle("V1", "D1").vehicle("V2", "D2")


def reports(rows: list[At], device_id: str = "D1"):
    return [position(world(), row, device_id) for row in rows]


FAST = [*drive((0, 0), (60, 600), v=30.0), *drive((70, 700), (160, 2500), v=95.0)]
SLOW = drive((170, 2600), (300, 3900), v=30.0)


async def test_an_alert_whose_start_late_data_moves_keeps_its_id_and_says_so(store: Store) -> None:
    ingest = LateIngest(world().ruleset(), store)
    made = reports([*FAST, *SLOW])
    await ingest.take([one for number, one in enumerate(made) if number not in {7, 8, 9}])
    (before,) = await store.alerts()
    await ingest.take(made[7:10])
    await ingest.catch_up()
    (after,) = await store.alerts()
    assert after.id == before.id
    assert (after.revision, after.found_late) == (before.revision + 1, True)
    assert (before.started_ms, after.started_ms) == (made[10].time_ms, made[7].time_ms)


async def test_an_ongoing_alert_that_late_data_moved_is_ended_by_live_reports_under_its_id(
    store: Store,
) -> None:
    ingest = LateIngest(world().ruleset(), store)
    made = reports([*FAST, *SLOW])
    await ingest.take([*made[:7], *made[10:15]])
    await ingest.take(made[7:10])
    await ingest.catch_up()
    (ongoing,) = await store.alerts()
    assert ongoing.ended_ms is None
    await ingest.take(made[15:])
    (over,) = await store.alerts()
    assert (over.id, over.ended_ms) == (ongoing.id, made[len(FAST)].time_ms)


async def test_what_late_data_contradicts_is_withdrawn_with_a_reason_and_kept(store: Store) -> None:
    ingest = LateIngest(world().ruleset(), store)
    first, last = reports([at(0, 0, v=30.0), at(2000, 10, v=30.0)])
    await ingest.take([first, last])
    (silence,) = await store.alerts()
    await ingest.take(reports(drive((10, 0), (1990, 10), every=300, v=0.0)))
    await ingest.catch_up()
    (withdrawn,) = await store.alerts()
    assert withdrawn.id == silence.id
    assert withdrawn.withdrawn == "reports that came late contradict it"
    assert withdrawn.found_late


async def test_late_reports_that_show_nothing_new_leave_the_alerts_alone(store: Store) -> None:
    ingest = LateIngest(world().ruleset(), store)
    made = reports([*FAST, *SLOW])
    await ingest.take([*made[:3], *made[4:]])
    before = await store.alerts()
    await ingest.take([made[3]])
    await ingest.catch_up()
    assert await store.alerts() == before


async def test_a_device_waits_until_its_late_reports_have_stopped_but_not_for_ever(store: Store) -> None:
    ingest = LateIngest(world().ruleset(), store)
    made = reports(FAST)
    await ingest.take([made[0], made[-1]])
    await ingest.take([made[1]])
    ingest.now_s += QUIET_S - 0.1
    assert not ingest.late.is_due
    ingest.now_s += 0.1
    assert ingest.late.is_due
    waited_s = QUIET_S
    for report in made[2:14]:
        await ingest.take([report])
        ingest.now_s += 1.0
        waited_s += 1.0
        assert ingest.late.is_due is (waited_s >= LONGEST_WAIT_S)


async def test_a_turn_ends_and_another_device_is_judged_before_the_next(store: Store) -> None:
    ingest = LateIngest(world().ruleset(), store, slice_size=3, slice_s=TURN_S / 2)
    made = reports([*FAST, *SLOW])
    await ingest.take([made[-1]])
    await ingest.take(made[:-1])
    await ingest.turn(after_s=10.0)
    assert await store.alerts() == []
    await ingest.take(reports(FAST, "D2"))
    assert [(one.device_id, one.found_late) for one in await store.alerts()] == [("D2", False)]
    await ingest.catch_up()
    found = {one.device_id: one.found_late for one in await store.alerts()}
    assert found == {"D1": True, "D2": False}


async def test_what_comes_late_while_a_device_is_judged_again_is_judged_too(store: Store) -> None:
    ingest = LateIngest(world().ruleset(), store, slice_size=3, slice_s=TURN_S / 2)
    made = reports([*FAST, *SLOW])
    await ingest.take([made[-1]])
    await ingest.take([*made[:8], *made[11:-1]])
    await ingest.turn(after_s=10.0)
    await ingest.turn()
    await ingest.take(made[8:11])
    await ingest.catch_up()
    (alert,) = await store.alerts()
    assert alert.started_ms == made[7].time_ms


async def test_after_an_upgrade_that_reads_no_older_checkpoint_a_device_is_judged_again_from_its_reports(
    store: Store,
) -> None:
    ingest = LateIngest(world().ruleset(), store)
    made = reports([*FAST, *SLOW])
    await ingest.take(made[: len(FAST)])
    (ongoing,) = await store.alerts()
    assert ongoing.ended_ms is None
    async with store.connection() as connection:
        await connection.execute("update checkpoints set state = '\\x33'::bytea || substring(state from 2)")
    await ingest.restart()
    await ingest.take(made[len(FAST) :])
    await ingest.catch_up()
    (over,) = await store.alerts()
    assert (over.id, over.ended_ms) == (ongoing.id, made[len(FAST)].time_ms)
    async with store.connection() as connection:
        states = [row["state"] for row in await connection.fetch("select state from checkpoints")]
    assert [engine.decode_state(state).device_id for state in states] == ["D1"]


class Away:
    """A store whose next commit fails, before or after it was done."""

    def __init__(self, store: Store, *, done: bool) -> None:
        self._store = store
        self._done = done
        self.failed = False

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def commit(self, batch: Batch) -> Committed:
        if not self.failed:
            self.failed = True
            if self._done:
                await self._store.commit(batch)
            raise StorageUnavailable("away")
        return await self._store.commit(batch)


@pytest.mark.parametrize("done", [False, True], ids=["not stored", "stored, but not told"])
async def test_a_database_that_goes_away_is_waited_out(store: Store, done: bool) -> None:
    ingest = LateIngest(world().ruleset(), store)
    made = reports([*FAST, *SLOW])
    await ingest.take([made[-1]])
    await ingest.take(made[:-1])
    away = Away(store, done=done)
    ingest.late._store = away
    await ingest.turn(after_s=10.0)
    assert away.failed
    assert not ingest.late.is_due
    await ingest.catch_up()
    (alert,) = await store.alerts()
    assert (alert.revision, alert.found_late) == (1, True)


async def test_work_that_a_commit_did_not_tell_of_is_looked_up(store: Store) -> None:
    ingest = LateIngest(world().ruleset(), store)
    made = reports([*FAST, *SLOW])
    await ingest.take([*made[:7], *made[10:]])
    late = frozenset((one.device_id, one.time_ms, one.digest) for one in made[7:10])
    await store.commit(Batch(positions=tuple(made[7:10]), late=late))
    assert not ingest.late.is_due
    ingest.late.doubt()
    await ingest.catch_up()
    (alert,) = await store.alerts()
    assert alert.started_ms == made[7].time_ms


async def test_a_registry_that_changes_meanwhile_is_the_one_it_is_judged_by(store: Store) -> None:
    ingest = LateIngest(world().ruleset(), store, slice_size=3, slice_s=TURN_S / 2)
    made = reports([*FAST, *SLOW])
    await ingest.take([made[-1]])
    await ingest.take(made[:-1])
    await ingest.turn(after_s=10.0)
    ingest.judge.use(
        Timeline.of(World().vehicle("V1", "D1", speed_limit_kmh=120).vehicle("V2", "D2").ruleset())
    )
    await ingest.catch_up()
    assert await store.alerts() == []


async def test_reports_of_a_time_when_no_version_knew_the_device_are_judged_by_none(store: Store) -> None:
    ingest = LateIngest(world().ruleset(), store)
    made = reports([*FAST, *SLOW])
    await ingest.take([made[-1]])
    await ingest.take(made[:-1])
    ingest.judge.use(Timeline.of(World().vehicle("V2", "D2").ruleset()))
    await ingest.catch_up()
    assert await store.alerts() == []


@pytest.mark.parametrize("every_s", [100, 700])
async def test_the_clock_alone_finds_a_missed_stop_after_a_look_that_found_nothing(
    store: Store, every_s: int
) -> None:
    """A look uses up what was planned, so that the next one is to be planned then."""
    run = World("2026-03-02 12:00").vehicle("V1", "D1", kind="refuse_truck")
    run.run(stop("ST1", 1000, "12:10", "12:20"), stop("ST2", 2000, "12:30", "12:40"))
    ingest = LateIngest(run.ruleset(), store)
    served = stand(660, 720, 1000, every=10, ign=False)
    await ingest.take([position(run, row, "D1") for row in served])
    for second in range(730, 4000, every_s):
        await ingest.tick(run.ms(second))
    (missed,) = [alert for alert in await store.alerts() if alert.rule == "missed_collection"]
    assert run.seconds(missed.started_ms) == 2400
