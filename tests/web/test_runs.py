"""Collection runs and work plans put in by the office: added, mended where the draft finds fault, changed and ended."""

import json

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.api import district
from tests.api.serving import make_app, serve
from tests.web.conftest import WEB_DIR
from tests.web.test_accessible import AXE, violations
from tests.web.watching import watching

pytestmark = pytest.mark.slow

WIDE = {"viewport": {"width": 1366, "height": 768}}
TRUCK = {"id": "R1", "kind": "refuse_truck", "plate": "川A0R001"}


@pytest_asyncio.fixture
async def url(store):
    known = district.registry()
    known["vehicles"].append(TRUCK)
    await store.save_registry(json.dumps(known).encode(), author="test", effective_from_ms=district.START_MS)
    async with serve(make_app(store, web_dir=WEB_DIR)) as url:
        yield url


async def put_in_force(page, version: int) -> None:
    await page.locator("[data-force]").click()
    await page.fill("[name=draft_note]", "收运")
    await page.locator("[data-force-now]").click()
    await expect(page.locator("[data-draft-saved]")).to_contain_text(f"版本 {version} ")
    # The form is that of the new version once its document is there; until then it may still be the draft's.
    await expect(page.locator("[data-on-version]")).to_have_text(f"版本 {version} 的登记")


async def section(store, version: int, name: str) -> list:
    return json.loads((await store.registry_version(version)).document).get(name, [])


async def test_a_run_is_added_mended_changed_and_ended(browser, store, url):
    async with watching(browser, f"{url}/?page=registry&section=collection_runs", **WIDE) as watched:
        page = watched.page
        await page.locator("[data-new-entry]").click()
        await page.fill("[name=id]", "早班1号")
        await page.select_option("[name=vehicle_id]", "R1")
        await page.locator("[data-day=sun]").click()
        await page.locator("[data-add-stop]").click()
        await page.fill("[name=stop_name]", "春熙路北口")
        await page.fill("[name=stop_to]", "06:30")
        await page.select_option("[name=stop_crs]", "WGS84")
        await page.fill("[name=stop_place]", "30.66, 104.06")
        await expect(page.locator("[name=stop_lon]")).to_have_value("104.06")
        await page.locator("[data-add-stop]").click()
        await page.locator("[data-stop=S2] .head").click()  # closed as it is, without a place
        await page.locator("[data-save-entry]").click()
        problems = page.locator("[data-entry-problems] li")
        await expect(problems).to_have_count(2)
        await expect(problems.filter(has_text="收运点 2 · 经度")).to_have_count(1)
        await expect(page.locator("[data-force]")).to_be_disabled()
        if AXE.exists():
            assert await violations(watched) == []
        await page.locator("[data-stop=S2] [data-remove-stop]").click()
        await page.locator("[data-save-entry]").click()
        await expect(problems).to_have_count(0)
        await expect(page.locator("[data-entry='早班1号']")).to_contain_text("春熙路北口")
        await put_in_force(page, 2)
        stop = {
            "id": "S1", "radius_m": 30, "from": "06:00", "to": "06:30", "name": "春熙路北口", "lon": 104.06, "lat": 30.66,
        }  # fmt: skip
        run = {"id": "早班1号", "vehicle_id": "R1", "days": ["mon", "tue", "wed", "thu", "fri", "sat"]}
        assert await section(store, 2, "collection_runs") == [run | {"stops": [stop]}]

        await page.locator("[data-day=sun]").click()
        await page.locator("[data-save-entry]").click()
        await put_in_force(page, 3)
        del run["days"]
        assert await section(store, 3, "collection_runs") == [run | {"stops": [stop]}]

        await page.locator("[data-remove-entry]").click()
        await put_in_force(page, 4)
        assert await section(store, 4, "collection_runs") == []
        assert watched.complaints == []


async def test_a_work_plan_is_added_told_what_is_wrong_and_ended(browser, store, url):
    async with watching(browser, f"{url}/?page=registry&section=work_plans", **WIDE) as watched:
        page = watched.page
        await page.locator("[data-new-entry]").click()
        await page.fill("[name=id]", "PLAN1")
        await page.select_option("[name=vehicle_kind]", "sweeper")
        await page.fill("[name=km_per_year]", "9600")
        await page.fill("[name=working_from]", "12")
        await page.fill("[name=working_to]", "3")
        await page.locator("[data-save-entry]").click()
        await expect(page.locator("[data-entry-problems]")).to_contain_text("作业速度 · 到")
        await page.fill("[name=working_to]", "15")
        await page.locator("[data-save-entry]").click()
        await expect(page.locator("[data-entry-problems]")).to_have_count(0)
        await put_in_force(page, 2)
        await page.fill("[name=valid_to]", "2026-12-31")
        await page.locator("[data-save-entry]").click()
        await put_in_force(page, 3)
        (plan,) = await section(store, 3, "work_plans")
        assert plan == {
            "id": "PLAN1", "vehicle_kind": "sweeper", "km_per_year": 9600, "valid_to": "2026-12-31",
            "working_speed_kmh": {"from": 12, "to": 15},
        }  # fmt: skip
