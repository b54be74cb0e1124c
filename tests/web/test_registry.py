"""The registry edited on the page: permits, unknown devices, merging with whoever was quicker, going back."""

import asyncio
import json

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import expect

from domain.registry_edits import Edit
from domain.report import RejectReason
from runtime.clock import now_ms
from storage.batch import Batch
from storage.drafts import Drafts
from storage.store import Store
from tests.api import district
from tests.api.serving import SIGNED_IN, make_app, serve
from tests.end_to_end.site import site
from tests.support.brokers import Publisher
from tests.web.conftest import WEB_DIR, missing
from tests.web.watching import watching

pytestmark = pytest.mark.slow

WIDE = {"viewport": {"width": 1366, "height": 768}}
WITHIN_S = 180
PERMITS = 5_000
SITE_LON = district.LON - 0.02


@pytest.fixture
def running(tmp_path_factory):
    if (reason := missing()) is not None:
        pytest.skip(reason)
    with site(tmp_path_factory.mktemp("permitted")) as found:
        yield found


@pytest_asyncio.fixture
async def url(store):
    async with serve(make_app(store, web_dir=WEB_DIR)) as url:
        yield url


async def put_in_force(page, note: str) -> None:
    await page.locator("[data-force]").click()
    await page.fill("[name=draft_note]", note)
    await page.locator("[data-force-now]").click()
    await page.locator("[data-draft-saved]").wait_for()


async def haul(broker_url: str, first_ms: int, *, load: str) -> int:
    """Truck T0001 loads in the site and leaves it; gives the time of its last report."""
    way = [(0, 0.0, load), (10, 0.0, "full"), (20, 0.0, "full"), (50, -0.01, "full"), (60, -0.0115, "full")]
    with Publisher(broker_url) as publisher:
        for second, east, state in way:
            report = {
                "time": first_ms + second * 1000, "lon": SITE_LON + east, "lat": district.LAT,
                "speed_kmh": 0.0 if east == 0 else 40.0, "accuracy_m": 5.0, "ignition": True, "load": state,
            }  # fmt: skip
            await asyncio.to_thread(
                publisher.send, "haulwatch/v1/T0001/position", json.dumps(report).encode()
            )
    return first_ms + way[-1][0] * 1000


async def until_judged(store: Store, time_ms: int) -> None:
    """Reports and what they raise are stored together."""
    async with asyncio.timeout(WITHIN_S):
        while not any(one.time_ms == time_ms for one in await store.latest_positions()):  # noqa: ASYNC110 - a database's state
            await asyncio.sleep(0.2)


async def test_a_truck_without_a_permit_is_permitted_on_the_page_and_hauls_on(browser, running):
    store = await Store.connect(running.dsn)
    try:
        await store.save_registry(
            json.dumps(district.registry()).encode(), author="test", effective_from_ms=0
        )
        running.ingest.start()
        await asyncio.to_thread(running.ingest.wait_for, "ingest_ready", 60)
        await until_judged(store, await haul(running.broker_url, now_ms() - 200_000, load="empty"))
        (alert,) = await store.alerts(rule="no_permit")
        assert (alert.vehicle_id, alert.ended_ms) == ("V1", None)
        async with (
            serve(make_app(store, web_dir=WEB_DIR)) as url,
            watching(browser, f"{url}/?page=registry", **WIDE) as watched,
        ):
            page = watched.page
            await page.locator("[data-new-entry]").click()
            await page.fill("[name=id]", "锦准001")
            await page.fill("[name=vehicle_ids]", "10001")
            await page.keyboard.press("Enter")
            await page.fill("[name=source_zone_ids]", "锦江")
            await page.keyboard.press("Enter")
            await page.locator("[data-save-entry]").click()
            await page.locator("[data-entry='锦准001']", has_text="川A").wait_for()
            await put_in_force(page, "补办准运证")
            async with httpx.AsyncClient(base_url=url, headers=SIGNED_IN, timeout=60) as client:
                async with asyncio.timeout(WITHIN_S):
                    while (await client.get("/api/registry")).json()["version"] != 2:  # noqa: ASYNC110 - a service's state
                        await asyncio.sleep(0.2)
            assert watched.complaints == []
        in_force = (await store.registry_timeline())[-1]
        first_ms = max(now_ms(), in_force.effective_from_ms) + 1000
        await until_judged(store, await haul(running.broker_url, first_ms, load="full"))
        # The first haul ended where it came back to the site; the second raised nothing.
        (alert,) = await store.alerts(rule="no_permit")
        assert alert.ended_ms == first_ms
    finally:
        await store.close()


async def test_whoever_was_quicker_is_merged_entry_by_entry_and_gone_back_from(browser, store, url):
    permit = {"id": "P1", "vehicle_ids": ["V1"], "max_trip_min": 120}
    await district.save_registry(store, permits=[permit, {"id": "P2"}])
    async with (
        httpx.AsyncClient(base_url=url, headers=SIGNED_IN, timeout=30) as wang,
        watching(browser, f"{url}/?page=registry&entry=P1", **WIDE) as watched,
    ):
        page = watched.page
        await page.fill("[name=max_trip_min]", "60")
        await page.locator("[data-save-entry]").click()
        await page.locator("[data-draft]", has_text="1 处修改").wait_for()

        theirs = (await wang.post("/api/drafts", json={})).json()["id"]
        edits = [
            {"kind": "permits", "id": "P1", "entry": {**permit, "max_trip_min": 90}},
            {"kind": "permits", "id": "P2", "entry": None},
        ]
        await wang.put(f"/api/drafts/{theirs}/edits", json={"edits": edits})
        quicker = await wang.post(f"/api/drafts/{theirs}/in-force", json={"base_version": 1})
        assert quicker.json()["version"] == 2

        await page.locator("[data-draft-stale]", has_text="版本 2").wait_for(timeout=WITHIN_S * 1000)
        await page.locator("[data-merge]").click()
        conflict = page.locator("[data-conflict='permits/P1']")
        await expect(conflict).to_contain_text("单趟最长 min 60", use_inner_text=True)
        await expect(conflict).to_contain_text("单趟最长 min 90", use_inner_text=True)
        await expect(page.locator("[data-merge-now]")).to_be_disabled()
        await conflict.locator("input[value=mine]").check()
        await page.locator("[data-merge-now]").click()
        await page.locator("[data-draft-stale]").wait_for(state="detached")
        await put_in_force(page, "合并")
        assert [one.version for one in await store.registry_timeline()] == [1, 2, 3]
        merged = json.loads((await store.registry_version(3)).document)
        assert merged["permits"] == [{**permit, "max_trip_min": 60}]

        await page.locator("[data-undo-version]").click()
        await page.locator("[data-draft-saved]", has_text="版本 4").wait_for()
        assert (await store.registry_version(4)).document == (await store.registry_version(2)).document


async def test_what_does_not_pass_is_shown_at_its_entry_and_taken_back(browser, store, url):
    await district.save_registry(store)
    async with watching(browser, f"{url}/?page=registry&section=companies&entry=C1", **WIDE) as watched:
        page = watched.page
        await page.locator("[data-remove-entry]").click()
        await page.locator("[data-draft]", has_text="3 个问题").wait_for()
        await expect(page.locator("[data-force]")).to_be_disabled()
        await page.locator("[data-section=vehicles]").click()
        await page.locator("[data-entry=V1] button").click()
        await page.locator(
            "[data-entry-problems]", has_text="企业 'C1' 未登记：请先登记到“企业”，或改正"
        ).wait_for()
        await page.locator("[data-draft-changes]").click()
        await page.locator("[data-revert='companies/C1']").click()
        await page.locator("[data-draft]").wait_for(state="detached")


async def test_an_unknown_device_is_registered_through_the_draft(browser, store, url):
    await district.save_registry(store)
    refused = district.rejection(1)
    given = {name: getattr(refused, name) for name in refused.__struct_fields__}
    unknown = type(refused)(
        **{
            **given,
            "reason": RejectReason.UNKNOWN_DEVICE,
            "device_id": "T7777",
            "topic": "haulwatch/v1/T7777/position",
        }
    )
    await store.commit(Batch(rejections=(unknown,)))
    async with watching(browser, f"{url}/?page=devices", **WIDE) as watched:
        page = watched.page
        await page.locator("[data-unknown-device=T7777] [data-register=vehicles]").click()
        await expect(page.locator("[name=device_id]")).to_have_value("T7777")
        await page.fill("[name=id]", "V7777")
        await page.fill("[name=plate]", "川A77777")
        await page.locator("[data-save-entry]").click()
        await page.locator("[data-entry=V7777]").wait_for()
        await page.locator("[data-go=devices]").click()
        await page.locator("[data-unknown-device=T7777]", has_text="已在草稿中").wait_for()
        await page.locator("[data-go=registry]").click()
        await put_in_force(page, "登记终端")
        vehicles = json.loads((await store.newest_registry()).document)["vehicles"]
        assert vehicles[-1] == {
            "id": "V7777", "kind": "muck_truck", "plate": "川A77777", "device_id": "T7777"
        }  # fmt: skip


async def test_of_thousands_of_permits_only_those_in_sight_are_drawn(browser, store, url):
    permits = [{"id": f"P{n:04}", "vehicle_ids": [f"V{n % 3}"]} for n in range(PERMITS)]
    permits[-1]["valid_to"] = "2020-01-01"
    await district.save_registry(store, permits=permits)
    async with watching(browser, f"{url}/?page=registry&entry=P4321", **WIDE) as watched:
        page = watched.page
        await page.locator("[data-entry=P4321]").wait_for()
        assert await page.locator("[data-rows] [data-entry]").count() < 60
        await page.locator("[data-state=expired]").click()
        await page.locator("[data-entry=P4999]").wait_for()
        await expect(page.locator("[data-rows] [data-entry]")).to_have_count(1)
        await page.locator("[data-find]").fill("P0001")
        await page.locator("[data-state=expired]").click()
        await page.locator("[data-entry=P0001]").wait_for()
        await page.wait_for_url(lambda url: "q=P0001" in url)


SHEET = """锦江区准运证台账,,,,,
序号,准运证号,车牌,工地,有效期至,运输时间
1,锦准001,川A·10001；川A10002D,锦江工地,2026/12/31,22:00-次日6:00
2,P0,川A10001,锦江工地,1/5/2026,
3,锦准003,川A99999,,,
"""


async def test_a_sheet_of_permits_is_looked_at_row_by_row_and_taken_into_the_draft(browser, store, url):
    await district.save_registry(store)
    async with watching(browser, f"{url}/?page=registry", **WIDE) as watched:
        page = watched.page
        await page.locator("[data-import-sheet]").click()
        given = {"name": "准运证.csv", "mimeType": "text/csv", "buffer": SHEET.encode("gb18030")}
        await page.set_input_files("[name=sheet_file]", given)
        rows = page.locator("[data-sheet] [data-entry]")
        await expect(rows).to_have_count(3)
        await expect(rows.nth(0)).to_contain_text("有效期至：'1/5/2026' 的日和月无法区分")
        await expect(rows.nth(1)).to_contain_text("车牌：'川A99999' 未登记")
        await expect(rows.nth(2)).to_contain_text("川A10001；川A10002D")
        await expect(page.locator("[data-rows-of=refused] b")).to_have_text("2")
        await page.locator("[data-take-sheet]").click()
        await page.locator("[data-entry='锦准001']", has_text="川A").wait_for()
        await expect(page.locator("[data-draft]")).to_contain_text("1 处修改")
        assert watched.complaints == []
    assert len(await store.registry_timeline()) == 1


async def test_the_registry_is_given_out_as_a_sheet_that_reads_back_as_nothing_changed(
    browser, store, url, tmp_path
):
    await district.save_registry(store)
    address = f"{url}/?page=registry&section=vehicles&sheet=1"
    async with watching(browser, address, **WIDE, locale="en-GB") as watched:
        page = watched.page
        async with page.expect_download() as started:
            await page.locator("[data-current]").click()
        await (await started.value).save_as(tmp_path / "vehicles.csv")
        await page.set_input_files("[name=sheet_file]", tmp_path / "vehicles.csv")
        await expect(page.locator("[data-rows-of=unchanged] b")).to_have_text("3")
        assert not await page.locator("[data-take-sheet]").is_enabled()
        assert watched.complaints == []


async def test_a_page_hears_of_a_version_that_others_put_in_force(browser, store, url):
    known = json.loads(await district.save_registry(store))
    async with watching(browser, f"{url}/?page=cases", **WIDE) as watched:
        await watched.until(lambda one: one["loaded"])
        known["vehicles"][1]["plate"] = "川A0000X"
        await store.save_registry(json.dumps(known).encode(), author="li", note="换了车牌")
        await watched.page.locator("[data-notice]", has_text="登记版本 2 已生效（li）换了车牌").wait_for()
        await watched.page.locator("[data-search]").fill("0000X")
        await expect(watched.page.locator("[data-found]")).to_have_count(1)
        assert watched.complaints == []


async def test_a_colleague_s_draft_is_seen_looked_at_and_taken_over(browser, store, url):
    await district.save_registry(store)
    drafts = Drafts(store)
    theirs = await drafts.begin(author="li", note="", base_version=1)
    permit = Edit(kind="permits", id="P1", entry={"id": "P1", "vehicle_ids": ["V1"]})
    await drafts.change(theirs, author="li", edits=[permit])
    async with watching(browser, f"{url}/?page=registry", **WIDE) as watched:
        page = watched.page
        other = page.locator(f"[data-draft-other='{theirs}']")
        await expect(other).to_contain_text("li")
        await other.locator("button").click()
        await page.locator("[data-draft-only]").wait_for()
        await page.locator("[data-entry=P1] button").click()
        await page.fill("[name=max_trip_min]", "60")
        await page.locator("[data-save-entry]").click()
        await page.locator("[data-draft-refused]", has_text="接手").wait_for()
        assert await page.locator("[data-force]").count() == 0
        await page.locator("[data-take-over]").click()
        await page.locator("[data-force]").wait_for()
        assert (await drafts.draft(theirs)).author == "test"
        await page.locator("[data-save-entry]").click()
        await page.locator("[data-draft-refused]").wait_for(state="detached")
        await put_in_force(page, "接手")
    document = json.loads((await store.registry_version(2)).document)
    assert document["permits"] == [{"id": "P1", "vehicle_ids": ["V1"], "max_trip_min": 60}]
