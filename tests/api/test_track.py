"""The track of a vehicle, over a real database: whole, thinned, within the districts, and refused in words."""

import pytest

from alerts.facts import Fact, FactKind
from domain.identifiers import DeviceId, VehicleId
from domain.instant import DAY_MS, to_rfc3339
from domain.person import Person, Role, Scope
from storage.batch import Batch
from tests.api import district
from tests.api.serving import sign_in

T0 = district.START_MS
OUT = 0.5
"""So many degrees east there is no district any more."""


def span(from_s: float, to_s: float, **more: object) -> dict[str, object]:
    return {"from": to_rfc3339(T0 + round(from_s * 1000)), "to": to_rfc3339(T0 + round(to_s * 1000))} | more


async def drive(store, *, count: int = 100, step_s: int = 10, first_s: int = 0, **fields: object) -> None:
    fixes = (district.fix(1, T0 + (first_s + n * step_s) * 1000, **fields) for n in range(count))
    await store.commit(Batch(positions=tuple(fixes)))


@pytest.fixture
async def world(store):
    await district.save_registry(store)


async def test_a_track_tells_points_gaps_and_what_was_found(client, store, world):
    await drive(store, count=10)
    await drive(store, count=10, first_s=1000, load=None, cover=None)
    trip = Fact(
        device_id=DeviceId("T0001"), vehicle_id=VehicleId("V1"), kind=FactKind.TRIP, about="Z-source",
        started_ms=T0, known_ms=T0,
    )  # fmt: skip
    await store.commit(Batch(facts=(trip,)))
    await store.commit(district.raised(district.finding(1, T0 + 50_000, vehicle=1)))
    track = (await client.get("/api/vehicles/V1/track", params=span(0, 2000))).json()
    assert (track["device_id"], track["total"], len(track["points"])) == ("T0001", 20, 20)
    assert [(gap["started_at"], gap["ended_at"], gap["why"]) for gap in track["gaps"]] == [
        (to_rfc3339(T0 + 90_000), to_rfc3339(T0 + 1_000_000), "no_reports")
    ]
    assert [alert["rule"] for alert in track["alerts"]] == ["forbidden_zone"]
    assert track["facts"][0]["about"] == "Z-source"
    assert track["facts"][0]["ended_at"] is None
    assert track["totals"]["trips"] == 1
    assert track["totals"]["moving_s"] == 180
    assert track["points"][-1]["load"] is None


async def test_a_long_track_is_thinned_and_says_of_how_many(client, store, world):
    await drive(store, count=500)
    track = (await client.get("/api/vehicles/V1/track", params=span(0, 6000, max_points=50))).json()
    assert track["total"] == 500
    assert len(track["points"]) <= 50
    assert track["points"][0]["time"] == to_rfc3339(T0)
    assert track["points"][-1]["time"] == to_rfc3339(T0 + 4_990_000)


async def test_what_lies_outside_the_districts_is_left_out_and_the_way_is_broken_there(client, store, world):
    await drive(store, count=5)
    await drive(store, count=3, first_s=50, east=OUT)
    await drive(store, count=5, first_s=80)
    await store.commit(district.raised(district.finding(0, T0 + 60_000, vehicle=1, district_id=None)))
    scoped = Person(user_id="a", name="A", role=Role.VIEWER, scope=Scope(frozenset({"D1"})))
    headers = await sign_in(store, scoped)
    track = (await client.get("/api/vehicles/V1/track", params=span(0, 600), headers=headers)).json()
    assert track["total"] == 10
    assert all(point["lon"] < district.LON + 0.1 for point in track["points"])
    assert [gap["why"] for gap in track["gaps"]] == ["other_district"]
    assert track["alerts"] == []
    assert track["totals"]["distance_km"] == 0
    whole = (await client.get("/api/vehicles/V1/track", params=span(0, 600))).json()
    assert (whole["total"], len(whole["alerts"])) == (13, 1)


async def test_a_vehicle_that_never_was_in_the_districts_is_not_there(client, store, world):
    await drive(store, count=5, east=OUT)
    headers = await sign_in(
        store, Person(user_id="a", name="A", role=Role.VIEWER, scope=Scope(frozenset({"D1"})))
    )
    answer = await client.get("/api/vehicles/V1/track", params=span(0, 600), headers=headers)
    assert answer.status_code == 404
    assert answer.json() == (
        await client.get("/api/vehicles/V9/track", params=span(0, 600), headers=headers)
    ).json() | {"error": {"code": "not_found", "message": "There is no vehicle V1 that reports"}}


async def test_an_empty_span_is_an_empty_track(client, world):
    track = (await client.get("/api/vehicles/V1/track", params=span(0, 600))).json()
    assert (track["total"], track["points"], track["gaps"]) == (0, [], [])


@pytest.mark.parametrize(
    ("params", "says"),
    [
        (span(0, 7 * DAY_MS / 1000 + 1), "up to 7 days"),
        (span(10, 0), "up to 7 days"),
        ({"from": "yesterday", "to": "2026-01-01T00:00:00Z"}, "not a time with an offset"),
        ({"from": "0001-01-01T00:00:00Z", "to": "0001-01-02T00:00:00Z"}, "up to 7 days"),
    ],
)
async def test_a_span_that_cannot_be_used_is_refused_with_the_reason(client, world, params, says):
    answer = await client.get("/api/vehicles/V1/track", params=params)
    assert answer.status_code == 422
    assert says in answer.json()["error"]["message"]
