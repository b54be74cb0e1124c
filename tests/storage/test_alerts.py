"""Findings become alerts and numbered changes; what was known already is no news."""

import asyncio
from uuid import UUID

import msgspec
import pytest

from alerts.evidence import SpeedEvidence
from domain.station import Severity
from storage.batch import Batch
from storage.store import Store
from tests.storage.made import T0, finding


async def test_a_finding_is_stored_as_an_alert_with_its_first_change(store):
    found = finding(zone_ids=("Z1", "Z2"), lon=114.25, lat=30.5, district_id="D")
    committed = await store.commit(Batch(findings=(found,)))
    alert = await store.alert(found.finding.id)
    assert (alert.revision, alert.severity, alert.zone_ids, alert.lon) == (1, "minor", ("Z1", "Z2"), 114.25)
    assert (alert.started_ms, alert.detected_ms, alert.ended_ms) == (T0, T0 + 10_000, None)
    assert msgspec.json.decode(alert.evidence)["top_speed_kmh"] == 80.0
    assert type(alert.id) is UUID
    changes = await store.alert_changes(0)
    assert [(change.number, change.alert) for change in changes] == [(committed.changes[0], alert)]


async def test_raising_an_alert_again_is_no_news(store):
    await store.commit(Batch(findings=(finding(),)))
    again = await store.commit(Batch(findings=(finding(version=2, late=True),)))
    assert again.changes == ()
    assert (await store.alerts(open_only=True))[0].ruleset_version == 1


@pytest.mark.parametrize(
    ("fields", "revision"),
    [
        pytest.param({"severity": Severity.MAJOR}, 1, id="graver: it goes on"),
        pytest.param({"ended_ms": T0 + 60_000}, 1, id="ended: it goes on"),
        pytest.param(
            {"evidence": SpeedEvidence(top_speed_kmh=99.0, limit_kmh=60.0, zone_ids=())},
            1,
            id="more evidence",
        ),
        pytest.param({"severity": Severity.INFO}, 2, id="milder: corrected"),
        pytest.param({"started_ms": T0 - 5_000}, 2, id="started earlier: corrected"),
        pytest.param({"withdrawn": "late reports show that it was slower"}, 2, id="withdrawn: corrected"),
        pytest.param({"ended_ms": T0 + 60_000, "late": True}, 2, id="said by late data: corrected"),
    ],
)
async def test_an_alert_that_differs_keeps_its_id_and_a_correction_raises_its_revision(
    store, fields, revision
):
    await store.commit(Batch(findings=(finding(),)))
    committed = await store.commit(Batch(findings=(finding(**fields),)))
    alert = await store.alert(finding().finding.id)
    assert (committed.changes, alert.revision) == ((2,), revision)
    assert [change.alert.revision for change in await store.alert_changes(0)] == [1, revision]


async def test_states_of_one_batch_are_changes_in_their_order(store):
    ended = finding(ended_ms=T0 + 60_000)
    await store.commit(Batch(findings=(finding(), ended)))
    assert [change.alert.ended_ms for change in await store.alert_changes(0)] == [None, T0 + 60_000]


async def test_folding_again_past_the_stored_state_is_no_news(store):
    raised, ended = finding(), finding(ended_ms=T0 + 60_000)
    await store.commit(Batch(findings=(raised, ended)))
    again = await store.commit(Batch(findings=(raised, ended)))
    assert again.changes == ()


async def test_folding_again_from_before_the_stored_state_goes_on_from_it(store):
    raised, worse, ended = finding(), finding(severity=Severity.MAJOR), finding(ended_ms=T0 + 60_000)
    await store.commit(Batch(findings=(raised, worse)))
    again = await store.commit(Batch(findings=(raised, worse, ended)))
    assert len(again.changes) == 1
    assert (await store.alert(raised.finding.id)).ended_ms == T0 + 60_000


async def test_a_withdrawn_alert_found_again_stands_again(store):
    await store.commit(Batch(findings=(finding(), finding(withdrawn="no longer holds"))))
    assert await store.alerts(open_only=True) == []
    await store.commit(Batch(findings=(finding(late=True),)))
    alert = (await store.alerts(open_only=True))[0]
    assert (alert.revision, alert.withdrawn, alert.found_late) == (3, None, True)


async def test_alerts_are_filtered_and_read_in_pages(store):
    found = tuple(finding(f"vehicle:V{n}", start_s=n // 2, severity=list(Severity)[n % 4]) for n in range(9))
    ended = finding("vehicle:V9", start_s=100, ended_ms=T0 + 200_000, device_id="T9")
    await store.commit(Batch(findings=(*found, ended)))
    pages, before = [], None
    while page := await store.alerts(limit=3, before=before):
        pages.append(page)
        before = (page[-1].detected_ms, page[-1].id)
    read = [alert for page in pages for alert in page]
    assert [len(page) for page in pages] == [3, 3, 3, 1]
    assert len({alert.id for alert in read}) == 10
    assert [alert.detected_ms for alert in read] == sorted(
        (alert.detected_ms for alert in read), reverse=True
    )
    assert len(await store.alerts(open_only=True)) == 9
    assert [alert.subject for alert in await store.alerts(device_id="T9")] == ["vehicle:V9"]
    assert len(await store.alerts(severities=["critical"])) == 2
    assert await store.alerts(rule="off_route") == []
    assert len(await store.alerts(rule="speeding", limit=100)) == 10


async def test_changes_have_bounds_and_forwarders_remember_theirs(store):
    assert await store.change_bounds() == (1, 0)
    assert await store.forwarded("mqtt") == 0
    await store.commit(Batch(findings=(finding(), finding("vehicle:V2"))))
    await store.set_forwarded("mqtt", 1)
    await store.set_forwarded("mqtt", 2)
    assert (await store.change_bounds(), await store.forwarded("mqtt")) == ((1, 2), 2)
    assert await store.alert_changes(2) == []
    assert len(await store.alert_changes(0, limit=1)) == 1


async def test_whoever_waits_hears_of_each_commit(store):
    heard: list[int] = []

    async def listen() -> None:
        async for number in store.wait_for_changes():
            heard.append(number)
            if number == 3:
                return

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0.3)
    for n in range(3):
        await store.commit(Batch(findings=(finding(f"vehicle:V{n}"),)))
    await asyncio.wait_for(listening, 10)
    assert heard == sorted(heard)
    assert heard[-1] == 3


async def test_two_who_raise_the_same_alert_at_once_make_one(database):
    stores = [await Store.connect(database, pool_size=1) for _ in range(2)]
    for start_s in range(10):
        found = Batch(findings=(finding(start_s=start_s),))
        await asyncio.gather(*(store.commit(found) for store in stores))
    alerts, changes = await stores[0].alerts(), await stores[0].alert_changes(0)
    for store in stores:
        await store.close()
    assert (len(alerts), len(changes)) == (10, 10)


async def test_a_reader_never_sees_a_change_below_one_it_has_seen(database):
    writers = [await Store.connect(database, pool_size=1) for _ in range(8)]
    reader = await Store.connect(database, pool_size=1)
    seen: list[int] = []
    done = asyncio.Event()

    async def write(store: Store, name: int) -> None:
        for n in range(12):
            states = tuple(finding(f"vehicle:W{name}-{n}-{part}") for part in range(1 + n % 3))
            await store.commit(Batch(findings=states))

    async def read() -> None:
        while not (done.is_set() and seen[-1:] == [(await reader.change_bounds())[1]]):
            page = await reader.alert_changes(seen[-1] if seen else 0, limit=7)
            seen.extend(change.number for change in page)
            await asyncio.sleep(0)

    reading = asyncio.create_task(read())
    await asyncio.gather(*(write(store, name) for name, store in enumerate(writers)))
    oldest, newest = await writers[0].change_bounds()
    done.set()
    await reading
    for store in (*writers, reader):
        await store.close()
    assert (oldest, newest) == (1, 8 * (4 * 1 + 4 * 2 + 4 * 3))
    assert seen == list(range(1, newest + 1))
