"""A vehicle's way: read in its order and by its span, with what was found of it."""

import pytest

from alerts.facts import Fact, FactKind
from domain.identifiers import DeviceId, VehicleId
from storage import tracks
from storage.batch import Batch
from storage.store import Store
from storage.tracks import TooManyReports
from tests.storage.made import T0, finding, position, positions


@pytest.fixture
async def store(database: str):
    store = await Store.connect(database)
    yield store
    await store.close()


def trip(from_s: float, to_s: float | None) -> Fact:
    return Fact(
        device_id=DeviceId("T1"),
        vehicle_id=VehicleId("V1"),
        kind=FactKind.TRIP,
        about="Z1",
        started_ms=T0 + round(from_s * 1000),
        ended_ms=None if to_s is None else T0 + round(to_s * 1000),
        known_ms=T0 + round((to_s or from_s) * 1000),
    )


async def test_the_reports_of_a_device_come_in_its_order_both_ends_included(store):
    others = positions(10, device_id="T2")
    await store.commit(Batch(positions=(*reversed(positions(10)), *others)))
    found = await store.track("T1", T0 + 2000, T0 + 5000)
    assert list(found.reports) == list(positions(4, start_s=2))


async def test_what_overlaps_the_span_comes_with_it_and_what_does_not_stays(store):
    await store.commit(Batch(positions=(position(),), facts=(trip(0, 100), trip(200, 300), trip(400, None))))
    await store.commit(
        Batch(findings=tuple(finding(f"vehicle:V{n}", at_s, ended_ms=end_ms)
                             for n, at_s, end_ms in ((1, 0, T0 + 100_000), (2, 250, None), (3, 900, None))))
    )  # fmt: skip
    found = await store.track("T1", T0 + 150_000, T0 + 500_000)
    assert [fact.started_ms - T0 for fact in found.facts] == [200_000, 400_000]
    assert [alert.subject for alert in found.alerts] == ["vehicle:V2"]


async def test_a_span_with_too_much_in_it_is_refused(store):
    await store.commit(Batch(positions=positions(6)))
    async with store.connection() as connection:
        found = await tracks.load_track(connection, "T1", T0, T0 + 5000, most=6)
        assert len(found.reports) == 6
        with pytest.raises(TooManyReports):
            await tracks.load_track(connection, "T1", T0, T0 + 5000, most=5)
