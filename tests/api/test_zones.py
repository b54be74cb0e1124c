"""Drawing: what a shape would have seen of the last 24 h, within the scope; places in other systems."""

import pytest
import pytest_asyncio

from domain.person import Person, Role, Scope
from runtime.clock import now_ms
from storage import nearby
from storage.batch import Batch
from storage.nearby import load_nearby
from tests.api import district
from tests.api.serving import sign_in

PLACE = {"type": "Point", "coordinates": [district.LON, district.LAT]}
ZONE = {"kind": "zones", "entry": {"id": "new", "kind": "no_go", "geometry": PLACE, "radius_m": 300}}
ELSEWHERE = 0.2
"""Degrees east: outside district D1."""


@pytest_asyncio.fixture
async def world(store):
    await district.save_registry(store)


async def drive(store, vehicle, *seconds_ago, east=0.0):
    """A truck that stands at the middle of the district."""
    at_ms = now_ms()
    place = {"lon": district.LON + east, "lat": district.LAT, "speed_kmh": 0.0, "accuracy_m": 8.0}
    made = [district.fix(vehicle, at_ms - s * 1000, east=east, **place) for s in seconds_ago]
    await store.commit(Batch(positions=tuple(made)))


async def effect(client, shape=ZONE, **headers):
    answer = await client.post("/api/zones/effect", json=shape, **headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def counts(found):
    return found["vehicles_inside"], found["vehicles_passed"], found["long_stays"]


async def test_a_drawn_zone_says_what_it_would_have_seen(client, store, world):
    await drive(store, 0, 3600, 3590, 3450)
    await drive(store, 1, 7200, 7190)
    await drive(store, 2, 90_000, 89_990)  # more than a day ago
    found = await effect(client)
    assert counts(found) == (2, 0, 1)
    assert (found["vehicles_heard"], found["accuracy_m"], found["exit_buffer_m"]) == (2, 8.0, 20.0)
    assert found["area_m2"] == pytest.approx(3.14159 * 300**2, rel=0.001)
    east = max(lon for lon, _ in found["exit_outline"]["coordinates"][0])
    assert (east - district.LON) * 95_900 == pytest.approx(320, rel=0.01)


async def test_hours_matter_and_a_route_is_as_wide_as_it_is_drawn(client, store, world):
    await drive(store, 0, 3600, 3590)
    hour = (now_ms() // 3_600_000 + 8 - 4) % 24  # four hours ago by the clock of the registry
    closed = [{"from": f"{hour:02}:00", "to": f"{hour:02}:01"}]
    assert counts(await effect(client, {**ZONE, "entry": ZONE["entry"] | {"windows": closed}})) == (0, 0, 0)
    line = {"type": "LineString", "coordinates": [[district.LON, district.LAT + 0.0004], [district.LON + 0.01, district.LAT + 0.0004]]}  # fmt: skip
    found = [
        await effect(client, {"kind": "routes", "entry": {"geometry": line, "half_width_m": width_m}})
        for width_m in (20, 60)
    ]
    assert [one["vehicles_inside"] for one in found] == [0, 1]
    assert found[0]["length_m"] == pytest.approx(958, rel=0.01)
    assert found[0]["area_m2"] is None


async def test_only_what_lies_in_the_persons_districts_is_counted(client, store, world):
    await drive(store, 0, 3600, 3590)
    await drive(store, 1, 3600, 3590, east=ELSEWHERE)
    wide = {**ZONE, "entry": ZONE["entry"] | {"radius_m": 30_000}}
    assert (await effect(client, wide))["vehicles_inside"] == 2
    person = Person(user_id="a", name="A", role=Role.ANALYST, scope=Scope(frozenset({"D1"})))
    found = await effect(client, wide, headers=await sign_in(store, person))
    assert (found["vehicles_inside"], found["vehicles_heard"]) == (1, 1)


@pytest.mark.parametrize(
    ("entry", "where"),
    [
        ({"geometry": {"type": "Point", "coordinates": [104, 30]}}, "entry.radius_m"),
        ({"geometry": {"type": "Polygon", "coordinates": [[[104, 30], [104.1, 30.1], [104.1, 30], [104, 30.1], [104, 30]]]}}, "entry.geometry.coordinates[0]"),
        ({}, "entry.geometry"),
    ],
)  # fmt: skip
async def test_a_shape_that_is_none_is_refused_and_the_place_named(client, world, entry, where):
    answer = await client.post("/api/zones/effect", json={"kind": "zones", "entry": entry})
    assert answer.status_code == 422
    assert answer.json()["error"]["details"][0]["where"] == where


async def test_too_many_reports_make_the_answer_reach_less_far_back(client, store, world, monkeypatch):
    await drive(store, 0, *range(10, 15))
    await drive(store, 1, *range(4000, 4010))
    box = (district.LON - 1, district.LAT - 1, district.LON + 1, district.LAT + 1)
    to_ms = now_ms()
    async with store.connection() as connection:
        whole = await load_nearby(connection, box, to_ms)
        most = await load_nearby(connection, box, to_ms, most=8)
        none = await load_nearby(connection, box, to_ms, most_s=0.0)
    assert (len(whole.reports), whole.from_ms) == (15, to_ms - 86_400_000)
    assert (len(most.reports), most.from_ms) == (5, to_ms - 3_600_000)
    assert (len(none.reports), none.from_ms) == (0, to_ms)
    monkeypatch.setattr(nearby.load_nearby, "__kwdefaults__", {"most": 1, "most_s": 4.0})
    assert counts(await effect(client)) == (None, None, None)


async def test_who_may_not_tune_may_not_ask(client, store, world):
    headers = await sign_in(store, Person(user_id="v", name="V", role=Role.VIEWER))
    assert (await client.post("/api/zones/effect", json=ZONE, headers=headers)).status_code == 403


async def test_places_go_to_another_system_and_back_and_the_shift_is_told(client):
    there = await client.post(
        "/api/places/convert", json={"from_crs": "GCJ02", "to_crs": "WGS84", "places": [[104.06, 30.66], [0, 0]]}
    )  # fmt: skip
    (lon, lat), nowhere = there.json()["places"]
    assert (lon, lat) == (pytest.approx(104.0575, abs=0.0005), pytest.approx(30.6624, abs=0.0005))
    assert nowhere == [0, 0]
    shift_m, none_m = there.json()["shifts_m"]
    assert 300 < shift_m < 500
    assert none_m == 0
    back = await client.post(
        "/api/places/convert", json={"from_crs": "WGS84", "to_crs": "GCJ02", "places": [[lon, lat]]}
    )
    assert back.json()["places"] == [[pytest.approx(104.06, abs=1e-8), pytest.approx(30.66, abs=1e-8)]]


async def test_places_that_are_none_are_refused(client):
    for given in ({"from_crs": "X", "to_crs": "WGS84", "places": []}, {"from_crs": "GCJ02", "to_crs": "WGS84", "places": [[200, 0]]}):  # fmt: skip
        assert (await client.post("/api/places/convert", json=given)).status_code == 422
