"""The live page in a real browser, over the real API and a real database."""

from datetime import datetime
from zoneinfo import ZoneInfo

import asyncpg
import pytest
import pytest_asyncio
from playwright.async_api import expect

from api.live import LiveBounds
from runtime.clock import now_ms
from storage.batch import Batch
from tests.api import district
from tests.api.serving import make_app, serve
from tests.web.conftest import WEB_DIR
from tests.web.watching import watching

pytestmark = pytest.mark.slow

BOUNDS = LiveBounds(poll_s=0.2, heartbeat_s=0.5)
IN_SHANGHAI = datetime.fromtimestamp(district.START_MS / 1000, ZoneInfo("Asia/Shanghai")).strftime(
    "%Y-%m-%d %H:%M:%S"
)


def app_of(store, bounds=BOUNDS):
    return make_app(store, web_dir=WEB_DIR, bounds=bounds)


@pytest_asyncio.fixture
async def stage(store, browser):
    """The page's address over a small district with three vehicles just heard of."""
    await district.save_registry(store)
    await drive(store, east=0.0)
    async with serve(app_of(store)) as url:
        yield url


async def drive(store, *, east, vehicles=3):
    time_ms = now_ms()
    await store.commit(Batch(positions=tuple(district.fix(v, time_ms, east=east) for v in range(vehicles))))


async def raise_now(store, number, **changes):
    found = district.finding(number, now_ms(), vehicle=number % 3, **changes)
    await store.commit(district.raised(found))
    return str(found.id)


async def test_webgl_is_there_so_that_the_other_tests_see_a_map(stage, browser):
    async with watching(browser, stage) as watched:
        state = await watched.until_ready()
        assert state["map"]["webgl"] is True
        renderer = await watched.page.evaluate(
            "() => { const gl = document.createElement('canvas').getContext('webgl2'); return gl && !gl.isContextLost() }"
        )
        assert renderer is True


async def test_a_vehicle_moves_and_an_alert_arrives_without_a_complaint_or_a_request_to_anyone_else(
    stage, browser, store
):
    async with watching(browser, stage) as watched:
        before = await watched.until(
            lambda s: s["map"] and s["map"]["ready"] and s["map"]["drawn"]["vehicles"] == 3
        )
        assert before["map"]["drawn"]["zones"] > 0
        assert before["counts"] == {"reporting": 3, "moving": 3, "registered": 3}

        await drive(store, east=0.02)
        after = await watched.until(lambda s: s["tracks"]["T0001"] != before["tracks"]["T0001"])
        assert after["tracks"]["T0001"][0] - before["tracks"]["T0001"][0] == pytest.approx(0.02)

        alert_id = await raise_now(store, 0)
        await watched.until(lambda s: s["ongoing"] == [alert_id] and s["map"]["drawn"]["badges"] == 1)
        row = watched.page.locator(f"[data-alert='{alert_id}']")
        await row.wait_for()
        text = await row.inner_text()
        assert "违规倾倒" in text
        assert "紧急" in text
        assert "载重 28.4→9.1 t" in text
        await expect(row.get_by_role("img", name="川A10000 黄牌")).to_have_count(1)
        assert watched.complaints == []
        assert watched.outside(stage) == []


async def test_a_vehicle_not_heard_of_for_a_day_is_not_drawn_and_neither_is_the_mark_of_its_alert(
    stage, browser, store
):
    day_ago_ms = now_ms() - 25 * 3_600_000
    await store.commit(Batch(positions=(district.fix(3, day_ago_ms),)))
    lost = district.finding(0, day_ago_ms, vehicle=3)
    await store.commit(district.raised(lost))
    async with watching(browser, stage) as watched:
        alert_id = await raise_now(store, 1)
        await watched.until(lambda s: len(s["ongoing"]) == 2 and s["map"] and s["map"]["drawn"]["badges"] > 0)
        await watched.page.wait_for_timeout(1500)  # whatever else would be drawn is there by then
        # While the map takes up what moved, less is drawn for a moment; one too many would stay.
        state = await watched.until(
            lambda s: (
                s["map"]["ready"] and s["map"]["drawn"]["vehicles"] == 3 and s["map"]["drawn"]["badges"] == 1
            )
        )
        assert set(state["ongoing"]) == {alert_id, str(lost.id)}


async def test_a_click_on_an_alert_goes_there_and_shows_its_facts(stage, browser, store):
    alert_id = await raise_now(store, 1)
    async with watching(browser, stage) as watched:
        await watched.until_ready()
        await watched.page.locator(f"[data-alert='{alert_id}']").click()
        place = district.finding(1, 0, vehicle=1)
        state = await watched.until(
            lambda s: (
                s["selected"] == alert_id
                and s["map"]["zoom"] >= 14
                and abs(s["map"]["center"][0] - place.lon) < 0.001
            )
        )
        assert state["map"]["center"][1] == pytest.approx(place.lat, abs=0.001)
        card = watched.page.locator("[data-card='alert']")
        await expect(card).to_contain_text("闯入禁行区", use_inner_text=True)
        await expect(card).to_contain_text("进入学校禁行区", use_inner_text=True)
        await watched.page.wait_for_url(lambda url: f"alert={alert_id}" in url)


async def test_an_alert_that_ends_leaves_the_ongoing_ones_and_stays_among_all(stage, browser, store):
    opened = district.finding(0, district.START_MS)
    await store.commit(district.raised(opened))
    async with watching(browser, stage) as watched:
        await watched.until(lambda s: s["loaded"] and len(s["ongoing"]) == 1)
        ended = district.finding(0, district.START_MS, ended_ms=district.START_MS + 60_000)
        await store.commit(district.raised(ended))
        state = await watched.until(lambda s: s["ongoing"] == [])
        assert state["alerts"] == [str(opened.id)]
        await watched.page.get_by_role("tab", name="全部").click()
        await expect(watched.page.locator(f"[data-alert='{opened.id}']")).to_contain_text(
            "已结束", use_inner_text=True
        )


async def test_a_cut_stream_is_resumed_by_number_and_nothing_is_missed(store, browser):
    await district.save_registry(store)
    await drive(store, east=0.0)
    first = await raise_now(store, 0)
    async with serve(app_of(store)) as url:
        page = watching(browser, url)
        watched = await page.__aenter__()
        await watched.until(lambda s: s["loaded"] and s["ongoing"] == [first] and s["lastNumber"] == 1)
    await watched.until(lambda s: s["feed"] == "lost" and s["stale"])
    await expect(watched.page.locator("[data-band]")).to_contain_text("连接中断", use_inner_text=True)
    missed = [await raise_now(store, n) for n in range(1, 6)]
    async with serve(app_of(store), port=int(url.rsplit(":", 1)[1])):
        state = await watched.until(lambda s: s["feed"] == "live" and set(s["ongoing"]) == {first, *missed})
        assert state["lastNumber"] == 6
        await watched.page.get_by_text("已补收 5 条告警").wait_for()
        assert sum("/api/alerts?open" in address for address in watched.requests) == 1, (
            "the page loaded everything again"
        )
        await page.__aexit__(None, None, None)


async def test_a_page_away_too_long_says_so_and_loads_everything(store, browser, database):
    await district.save_registry(store)
    await drive(store, east=0.0)
    first = await raise_now(store, 0)
    async with serve(app_of(store)) as url:
        page = watching(browser, url)
        watched = await page.__aenter__()
        await watched.until(lambda s: s["loaded"] and s["lastNumber"] == 1)
    missed = [await raise_now(store, n) for n in range(1, 6)]
    connection = await asyncpg.connect(database)
    await connection.execute("delete from alert_changes where number <= 4")
    await connection.close()
    async with serve(app_of(store), port=int(url.rsplit(":", 1)[1])):
        await watched.page.get_by_text("正在重新载入全部告警").wait_for()
        state = await watched.until(lambda s: set(s["ongoing"]) == {first, *missed})
        assert state["lastNumber"] == 6
        await page.__aexit__(None, None, None)


async def test_a_feed_that_stopped_is_told_from_a_quiet_one(store, browser):
    await district.save_registry(store)
    await drive(store, east=0.0)
    ahead_ms = [0]
    app = make_app(store, web_dir=WEB_DIR, bounds=BOUNDS, clock=lambda: now_ms() + ahead_ms[0])
    async with serve(app) as url, watching(browser, url) as watched:
        await watched.until(lambda s: s["feed"] == "live")
        await expect(watched.page.locator("[data-band]")).to_have_count(0)
        ahead_ms[0] = 60_000
        await watched.until(lambda s: s["feed"] == "stopped")
        await expect(watched.page.locator("[data-band]")).to_contain_text("数据停在", use_inner_text=True)
        ahead_ms[0] = 0
        await drive(store, east=0.01)
        await watched.until(lambda s: s["feed"] == "live" and not s["stale"])


async def test_the_page_speaks_the_browser_s_language_and_tells_the_district_s_time(stage, browser, store):
    found = district.finding(2, district.START_MS)
    await store.commit(district.raised(found))
    async with watching(browser, stage, locale="en-GB", timezone_id="America/New_York") as watched:
        await watched.until_ready()
        text = await watched.page.locator(f"[data-alert='{found.id}']").inner_text()
        assert "Speeding" in text
        assert "up to 83 km/h where 40 km/h is allowed" in text
        assert IN_SHANGHAI in text
        await watched.page.locator("[data-language-switch]").click()
        await expect(watched.page.locator(f"[data-alert='{found.id}']")).to_contain_text(
            "超速", use_inner_text=True
        )
        await watched.page.wait_for_url(lambda url: "lang=zh" in url)
        assert await watched.page.evaluate("() => document.documentElement.lang") == "zh-CN"


async def test_new_alerts_wait_while_a_person_is_at_the_list(stage, browser, store):
    first = await raise_now(store, 1)
    async with watching(browser, stage) as watched:
        await watched.until(lambda s: s["loaded"] and s["ongoing"] == [first])
        await watched.page.locator(f"[data-alert='{first}']").hover()
        second = await raise_now(store, 3)
        await watched.until(lambda s: len(s["ongoing"]) == 2)
        button = watched.page.get_by_role("button", name="1 条新告警，其中紧急 1 条")
        await button.wait_for()
        assert await watched.page.locator(f"[data-alert='{second}']").count() == 0
        await button.click()
        await watched.page.locator(f"[data-alert='{second}']").wait_for()


async def test_the_dark_theme_follows_the_system_and_paper_is_light(stage, browser):
    async with watching(browser, stage, color_scheme="dark") as watched:
        await watched.until_ready()
        await watched.page.locator("html[data-theme=dark]").wait_for()
        await watched.page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
        await watched.page.locator("html[data-theme=light]").wait_for()
        await watched.page.evaluate("() => dispatchEvent(new Event('afterprint'))")
        await watched.page.locator("html[data-theme=dark]").wait_for()
        assert watched.complaints == []


async def test_the_documentation_page_works_without_the_internet(stage, browser):
    async with watching(browser, stage + "/docs") as watched:
        for tag in ("alerts", "docking"):
            await watched.page.locator(f"[data-tag={tag}]").click()
        await watched.page.get_by_text("/api/alerts/{alert_id}").first.wait_for()
        await watched.page.get_by_text("/api/schedules").first.wait_for()
        assert watched.complaints == []
        assert watched.outside(stage) == []
