"""Facts: kept with the batch that told them, told again without effect, replaced where a device is judged again."""

import pytest

from alerts.facts import Fact, FactKind
from domain.identifiers import DeviceId, VehicleId, ZoneId
from domain.rule import RuleKind
from storage.batch import Batch, FactsAgain
from storage.facts import AreaNews
from storage.maintenance import Retention, maintain
from storage.store import Store
from tests.storage.made import T0, finding

DAY_S = 86_400


@pytest.fixture
async def store(database: str):
    store = await Store.connect(database)
    yield store
    await store.close()


def visit(
    from_s: float = 0,
    to_s: float | None = None,
    *,
    zone: str = "Z1",
    known_s: float | None = None,
    device="T1",
):
    told_s = known_s if known_s is not None else from_s if to_s is None else to_s
    return Fact(
        device_id=DeviceId(device),
        vehicle_id=VehicleId(f"V-{device}"),
        kind=FactKind.VISIT,
        about=zone,
        started_ms=T0 + round(from_s * 1000),
        ended_ms=None if to_s is None else T0 + round(to_s * 1000),
        known_ms=T0 + round(told_s * 1000),
    )


async def during(store: Store, from_s: float, to_s: float, zone: str = "Z1") -> list[Fact]:
    found = await store.visits_during([ZoneId(zone)], T0 + round(from_s * 1000), T0 + round(to_s * 1000))
    return sorted(found, key=lambda fact: fact.key)


async def new(store: Store) -> list[tuple[Fact, bool, bool]]:
    found = [(one.fact, one.withdrawn, one.found_late) for one in await store.new_facts()]
    return sorted(found, key=lambda each: each[0].key)


async def look(store: Store) -> None:
    await store.save_area(AreaNews(looked_at=tuple(await store.new_facts()), looked_to=0))


async def test_a_visit_is_stored_open_and_closed_when_it_ends(store):
    await store.commit(Batch(facts=(visit(0),)))
    assert await during(store, 500, 600) == [visit(0)]
    await store.commit(Batch(facts=(visit(0, 100),)))
    assert await during(store, 0, 600) == [visit(0, 100)]
    assert await new(store) == [(visit(0, 100), False, False)]


@pytest.mark.parametrize(
    ("from_s", "to_s", "overlaps"),
    [(100, 200, False), (99.999, 200, True), (-50, 0, False), (-50, 0.001, True), (20, 30, True)],
)
async def test_a_visit_and_a_span_overlap_by_more_than_an_instant(store, from_s, to_s, overlaps):
    await store.commit(Batch(facts=(visit(0, 100), visit(0, 100, zone="Z2"))))
    assert await during(store, from_s, to_s) == ([visit(0, 100)] if overlaps else [])


async def test_a_fact_that_is_told_again_is_no_news_and_an_older_word_on_it_changes_nothing(store):
    await store.commit(Batch(facts=(visit(0, 100),)))
    await look(store)
    await store.commit(Batch(facts=(visit(0, 100),)))
    await store.commit(Batch(facts=(visit(0),)))
    assert await new(store) == []
    assert await during(store, 0, 100) == [visit(0, 100)]


async def test_what_changed_after_it_was_read_stays_new(store):
    await store.commit(Batch(facts=(visit(0), visit(0, device="T2"))))
    read = tuple(await store.new_facts())
    await store.commit(Batch(facts=(visit(0, 100),)))
    await store.save_area(AreaNews(looked_at=read, looked_to=0))
    assert await new(store) == [(visit(0, 100), False, False)]


async def test_judging_again_replaces_what_later_reports_had_told_and_leaves_the_rest(store):
    before, across, gone, other = (
        visit(0, 100),
        visit(200, 400),
        visit(500, 600),
        visit(500, 600, device="T2"),
    )
    await store.commit(Batch(facts=(before, across, gone, other)))
    await look(store)
    again = FactsAgain(
        device_id=DeviceId("T1"), after_ms=T0 + 300_000, facts=(visit(200, 350), visit(450, 460))
    )
    await store.commit(Batch(facts_again=(again,)))
    assert await during(store, 0, 1000) == [before, visit(200, 350), visit(450, 460), other]
    assert await new(store) == [
        (visit(200, 350), False, True),
        (visit(450, 460), False, True),
        (gone, True, True),
    ]


async def test_a_fact_that_was_withdrawn_stands_again_once_it_is_told_again(store):
    nothing = FactsAgain(device_id=DeviceId("T1"), after_ms=None, facts=())
    await store.commit(Batch(facts=(visit(0, 100),)))
    await store.commit(Batch(facts_again=(nothing,)))
    assert await during(store, 0, 100) == []
    await store.commit(
        Batch(facts_again=(FactsAgain(device_id=DeviceId("T1"), after_ms=None, facts=(visit(0, 100),)),))
    )
    assert await during(store, 0, 100) == [visit(0, 100)]


async def test_old_facts_are_dropped_and_a_visit_that_lasts_is_not(store, database):
    await store.commit(Batch(facts=(visit(0), visit(0, 100, device="T2"), visit(0, 90 * DAY_S, device="T3"))))
    maintained = maintain(database, now_ms=T0 + 80 * DAY_S * 1000, retention=Retention(account_days=60))
    assert maintained.done["facts"] == 1
    assert [fact.device_id for fact in await during(store, 0, 10**7)] == ["T1", "T3"]


async def test_who_was_on_site_is_a_change_of_the_alert_that_the_engine_leaves_alone(store):
    alert = finding()
    await store.commit(Batch(findings=(alert,)))
    said = '[{"vehicle_id":"V1","entered_ms":1}]'
    numbers = await store.save_area(AreaNews(on_site={alert.finding.id: said}, looked_to=1))
    again = await store.save_area(AreaNews(on_site={alert.finding.id: said}, looked_to=2))
    assert (numbers, again) == ((2,), ())
    await store.commit(Batch(findings=(finding(ended_ms=T0 + 50_000),)))
    (row,) = await store.alerts()
    assert (row.on_site, row.revision, row.ended_ms, row.found_late) == (said, 1, T0 + 50_000, False)
    assert [(one.number, one.alert.on_site) for one in await store.alert_changes(0)] == [
        (1, None),
        (2, said),
        (3, said),
    ]
    assert await store.forwarded("area") == 2


async def test_late_data_that_changes_who_was_on_site_corrects_the_alert(store):
    alert = finding()
    await store.commit(Batch(findings=(alert,)))
    key = alert.finding.id
    await store.save_area(AreaNews(on_site={key: "[]"}, found_late=frozenset({key}), looked_to=1))
    (row,) = await store.alerts()
    assert (row.revision, row.found_late) == (2, True)


async def test_alerts_of_a_kind_are_found_by_their_span_and_by_every_start_they_had(store):
    over = finding("vehicle:V1", 0, ended_ms=T0 + 100_000)
    ongoing = finding("vehicle:V2", 0)
    await store.commit(Batch(findings=(over, ongoing)))
    moved = finding("vehicle:V2", 0, late=True, started_ms=T0 - 60_000)
    await store.commit(Batch(findings=(moved, finding("vehicle:V2", 0, late=True, started_ms=T0 + 60_000))))
    found = await store.alerts_of_rule(RuleKind.SPEEDING, T0 + 100_001, T0 + 200_000)
    assert [row.subject for row in found] == ["vehicle:V2"]
    assert len(await store.alerts_of_rule(RuleKind.SPEEDING, T0 + 100_000, T0 + 200_000)) == 2
    assert await store.alerts_of_rule(RuleKind.SPEEDING, T0 - 100_000, T0 - 1) == []
    assert await store.earliest_starts([ongoing.finding.id]) == {ongoing.finding.id: T0 - 60_000}
