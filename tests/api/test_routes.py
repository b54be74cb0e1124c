"""What each resource answers, over a real database."""

import json

import pytest

from runtime.clock import now_ms
from storage.batch import Batch
from tests.api import district


async def test_health_says_how_fresh_the_data_are(client, store):
    time_ms = now_ms()
    await store.commit(Batch(positions=(district.fix(1, time_ms),)))
    await district.raise_alerts(store, 3)
    # The stream's poll is what knows the newest data; it has at least one round before a heartbeat is due.
    for _ in range(100):
        health = (await client.get("/api/health")).json()
        if health["newest_data_time"] is not None:
            break
    assert health["status"] == "ok"
    assert health["edition"] == "plain"
    assert health["topic_prefix"] == "haulwatch/v1"
    assert (health["oldest_change"], health["newest_change"]) == (1, 3)
    assert 0 <= health["ingest_lag_s"] < 30


async def test_health_before_any_data_knows_no_lag(client):
    health = (await client.get("/api/health")).json()
    assert health["ingest_lag_s"] is None
    assert health["newest_data_time"] is None


async def test_the_registry_comes_ready_to_be_drawn(client, store):
    await district.save_registry(store)
    view = (await client.get("/api/registry")).json()
    assert view["version"] == 1
    assert view["timezone"] == "Asia/Shanghai"
    assert view["vehicles"][1]["plate"] == "川A10001"
    assert view["vehicles"][1]["company_name"] == "蓉城运输"
    assert view["stations"][0]["name"] == "锦江1号"
    assert [zone["properties"]["kind"] for zone in view["zones"]["features"]][:2] == [
        "source_site",
        "disposal_site",
    ]
    assert view["districts"]["features"][0]["properties"]["name"] == "锦江区"
    assert view["routes"]["features"][0]["geometry"]["type"] == "LineString"
    assert view["roads"]["features"] == []


async def test_a_zone_drawn_in_gcj02_comes_in_wgs84(client, store):
    zones = [{"id": "Z", "kind": "parking", "crs": "GCJ02", "geometry": district.box(104.06, 30.66, 0.01)}]
    await district.save_registry(store, zones=zones, routes=[])
    view = (await client.get("/api/registry")).json()
    lon, lat = view["zones"]["features"][0]["geometry"]["coordinates"][0][0]
    # Around Chengdu GCJ-02 lies some 250 m east and south of WGS-84.
    assert 0.001 < 104.05 - lon < 0.004
    assert 0.001 < abs(30.65 - lat) < 0.004


async def test_roads_of_the_document_are_passed_on(client, store):
    line = {"type": "LineString", "coordinates": [[104.0, 30.6], [104.1, 30.7]]}
    point = {"type": "Point", "coordinates": [104.0, 30.6]}
    roads = [
        {"id": "E1", "name": "一环路", "kind": "arterial", "geometry": line},
        {"id": "E2", "geometry": point},
        7,
    ]
    await district.save_registry(store, roads=roads)
    view = (await client.get("/api/registry")).json()
    assert view["roads"]["features"] == [
        {
            "type": "Feature",
            "properties": {"id": "E1", "name": "一环路", "kind": "arterial"},
            "geometry": line,
        }
    ]


@pytest.mark.parametrize("path", ["/api/registry", "/api/registry/document"])
async def test_the_registry_is_sent_once_and_again_when_it_changes(client, store, path):
    await district.save_registry(store)
    first = await client.get(path)
    again = await client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    await district.save_registry(store, vehicles=4)
    changed = await client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]
    assert len(changed.json()["vehicles"]) == 4


async def test_the_document_comes_exactly_as_it_was_given(client, store):
    given = await district.save_registry(store)
    assert (await client.get("/api/registry/document")).content == given


async def test_long_answers_are_compressed(client, store):
    await district.save_registry(store, vehicles=300)
    response = await client.get("/api/registry", headers={"accept-encoding": "gzip"})
    assert response.headers["content-encoding"] == "gzip"
    assert len(response.json()["vehicles"]) == 300


async def test_positions_say_what_is_known_and_leave_out_what_is_not(client, store):
    time_ms = district.START_MS
    await store.commit(
        Batch(positions=(district.fix(1, time_ms, load=None, heading_deg=None), district.fix(2, time_ms)))
    )
    items = {item["device_id"]: item for item in (await client.get("/api/positions")).json()["items"]}
    assert set(items) == {"T0001", "T0002"}
    assert items["T0001"]["speed_kmh"] == 36.0
    assert items["T0001"]["ignition"] is True
    assert "load" not in items["T0001"]
    assert "heading_deg" not in items["T0001"]
    assert "lift" not in items["T0001"]


async def test_an_alert_comes_as_the_wire_format_writes_it(client, store):
    [alert_id] = await district.raise_alerts(store, 1)
    alert = (await client.get(f"/api/alerts/{alert_id}")).json()
    assert alert["id"] == str(alert_id)
    assert alert["rule"] == "illegal_dumping"
    assert alert["severity"] == "critical"
    assert alert["started_at"].endswith("Z")
    assert alert["ended_at"] is None
    assert alert["withdrawn"] is False
    assert alert["evidence"]["type"] == "illegal_dumping"
    assert alert["evidence"]["signs"][1]["weight_after_t"] == 9.1


async def pages(client, **query):
    """All pages of a list, as the `next` of each leads to the other."""
    found, cursor = [], None
    for _ in range(1000):
        params = query | ({} if cursor is None else {"cursor": cursor})
        page = (await client.get("/api/alerts", params=params)).json()
        found.append([alert["id"] for alert in page["items"]])
        cursor = page["next"]
        if cursor is None:
            return found
    raise AssertionError("the pages never end")


@pytest.mark.parametrize("limit", [1, 7, 25, 26])
async def test_pages_hold_every_alert_once_newest_first(client, store, limit):
    ids = await district.raise_alerts(store, 25)
    found = await pages(client, limit=limit)
    assert [alert for page in found for alert in page] == [str(i) for i in reversed(ids)]
    assert all(0 < len(page) <= limit for page in found)


async def test_pages_hold_every_alert_once_where_all_were_detected_at_the_same_moment(client, store):
    found = [district.finding(n, district.START_MS, vehicle=n) for n in range(20)]
    await store.commit(district.raised(*found))
    listed = [alert for page in await pages(client, limit=3) for alert in page]
    assert len(listed) == 20
    assert set(listed) == {str(one.id) for one in found}


async def test_an_alert_raised_between_two_pages_moves_none(client, store):
    ids = await district.raise_alerts(store, 10)
    first = (await client.get("/api/alerts?limit=4")).json()
    await district.raise_alerts(store, 3, first=10)
    second = (await client.get("/api/alerts", params={"limit": 100, "cursor": first["next"]})).json()
    listed = [alert["id"] for alert in first["items"] + second["items"]]
    assert listed == [str(i) for i in reversed(ids)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param({"rule": "speeding"}, {2, 5, 8}, id="rule"),
        pytest.param({"severity": "major"}, {1, 4, 7}, id="severity"),
        pytest.param({"device": "T0001"}, {1, 4, 7}, id="device"),
        pytest.param({"open": "true"}, {0, 1, 2, 3, 4, 5, 6, 7}, id="open"),
        pytest.param({"severity": "minor", "open": "true"}, {2, 5}, id="two-filters"),
        pytest.param({"rule": "overload"}, set(), id="none"),
    ],
)
async def test_filters_choose(client, store, query, expected):
    found = [district.finding(n, district.START_MS + n, vehicle=n % 3) for n in range(9)]
    await store.commit(district.raised(*found))
    ended = district.finding(8, district.START_MS + 8, vehicle=2, ended_ms=district.START_MS + 60_000)
    await store.commit(district.raised(ended))
    listed = (await client.get("/api/alerts", params=query)).json()["items"]
    assert {alert["id"] for alert in listed} == {str(found[n].id) for n in expected}


async def test_the_loss_account_ties(client, store):
    await store.commit(Batch(positions=tuple(district.fix(1, district.START_MS + n) for n in range(5))))
    await store.commit(
        Batch(positions=(district.fix(1, district.START_MS),), rejections=(district.rejection(0),))
    )
    query = {"first": "2026-11-01", "last": "2026-11-30"}
    [row] = (await client.get("/api/loss", params=query)).json()["items"]
    assert row["device_id"] == "T0001"
    assert row["received"] == row["stored"] + row["duplicate"] + row["rejected"]
    assert (row["stored"], row["duplicate"], row["rejected"]) == (5, 1, 1)


async def test_rejections_come_whole_newest_first_page_by_page(client, store):
    payloads = [json.dumps({"n": n}).encode() for n in range(4)] + [b"\xff\x00"]
    for n, payload in enumerate(payloads):
        await store.commit(Batch(rejections=(district.rejection(n, payload),)))
    first = (await client.get("/api/rejections?limit=3")).json()
    second = (await client.get("/api/rejections", params={"before": first["next"]})).json()
    items = first["items"] + second["items"]
    assert second["next"] is None
    assert items[0]["payload_b64"] == "/wA="
    assert [item["payload"] for item in items] == [None, '{"n": 3}', '{"n": 2}', '{"n": 1}', '{"n": 0}']
    assert {item["reason"] for item in items} == {"bad_json"}


async def test_metrics_are_in_the_format_of_prometheus(client):
    response = await client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    assert "haulwatch_stream_clients 0.0" in response.text
