"""The map of the live page: what it is sent and draws, the wall, a lost context, the base map."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from playwright.async_api import expect

from api.live import LiveBounds
from domain.identifiers import DeviceId, DistrictId
from domain.instant import HOUR_MS, MINUTE_MS
from domain.person import Person, Role, Scope
from domain.zone import Crs
from geofence.crs import from_wgs84
from runtime.clock import now_ms
from storage.batch import Batch
from tests.api import district
from tests.api.serving import make_app, serve, sign_in
from tests.api.test_base_map import provider, tianditu  # noqa: F401 - provider is a fixture
from tests.web.conftest import WEB_DIR
from tests.web.watching import Watched, watching

pytestmark = pytest.mark.slow

BOUNDS = LiveBounds(poll_s=0.2, heartbeat_s=0.5)
SHANGHAI = ZoneInfo("Asia/Shanghai")
WIDE = {"width": 1366, "height": 768}


def app_of(store, **changes):
    return make_app(store, web_dir=WEB_DIR, bounds=BOUNDS, **changes)


async def drive(store, *, east=0.0, vehicles=(0, 1, 2), age_ms=0):
    time_ms = now_ms() - age_ms
    await store.commit(Batch(positions=tuple(district.fix(v, time_ms, east=east) for v in vehicles)))


def looking_at(zoom, *, east=0.0, north=0.0, more=""):
    return f"/?at={district.LAT + north},{district.LON + east},{zoom}{more}"


@pytest_asyncio.fixture
async def stage(store):
    await district.save_registry(store)
    await drive(store)
    async with serve(app_of(store)) as url:
        yield url


async def test_the_page_of_a_bureau_is_never_sent_another_ones_vehicle(store, browser):
    both = [
        {"id": name, "name": name, "geometry": district.box(district.LON + east, district.LAT, 0.07)}
        for name, east in (("D1", 0.0), ("D2", 0.15))
    ]
    await district.save_registry(store, districts=both)
    theirs = {"east": 0.15, "device_id": DeviceId("T-THEIRS")}
    await drive(store, vehicles=[0, 1])
    await store.commit(Batch(positions=(district.fix(2, now_ms(), **theirs),)))
    of_one = Scope(frozenset({DistrictId("D1")}))
    person = Person(user_id="a", name="A", role=Role.DISPATCHER, scope=of_one)
    async with serve(app_of(store)) as url:
        secret = (await sign_in(store, person))["cookie"].split("=", 1)[1]
        async with watching(browser, url, at=looking_at(10), secret=secret) as watched:
            await watched.until(lambda s: set(s["tracks"]) == {"T0000", "T0001"})
            moved = district.fix(2, now_ms(), device_id=theirs["device_id"], east=0.151)
            await store.commit(Batch(positions=(moved, district.fix(0, now_ms(), east=0.001))))
            await watched.until(lambda s: s["tracks"]["T0000"][0] > district.fix(0, 0).lon + 0.0005)
            assert any("T0001" in frame for frame in watched.frames)
            assert not any("T-THEIRS" in frame for frame in watched.frames)


async def test_the_page_keeps_the_vehicles_of_its_view_alone_and_finds_the_others(stage, browser, store):
    """Zoomed in on one truck the others are not sent; a search brings them, from afar there are counts."""
    one = district.fix(1, 0)
    close = looking_at(17, east=one.lon - district.LON, north=one.lat - district.LAT)
    async with watching(browser, stage, at=close) as watched:
        await watched.until(lambda s: set(s["tracks"]) == {"T0001"} and s["counts"]["reporting"] == 3)
        await watched.page.keyboard.press("/")
        await watched.page.keyboard.type("10002")
        await watched.page.locator("[data-found=V2]").wait_for()
        await watched.page.keyboard.press("Enter")
        there = district.fix(2, 0)
        await watched.until(
            lambda s: set(s["tracks"]) == {"T0002"} and abs(s["map"]["center"][0] - there.lon) < 0.002
        )
    async with watching(browser, stage, at=looking_at(8)) as watched:
        await watched.until(lambda s: s["map"] and s["map"]["drawn"]["districts"] == 1)
        state = await watched.until(lambda s: s["counts"]["reporting"] == 3)
        assert state["tracks"] == {}
        assert state["map"]["drawn"]["vehicles"] == 0


async def test_a_followed_truck_stays_in_the_middle_until_the_map_is_moved(stage, browser, store):
    def is_over(east):
        return lambda s: abs(s["map"]["center"][0] - (district.fix(1, 0).lon + east)) < 0.002

    async with watching(browser, stage, at=looking_at(13), viewport=WIDE) as watched:
        page = watched.page
        await watched.until_ready()
        await page.keyboard.press("/")
        await page.keyboard.type("10001")
        await page.locator("[data-found=V1]").wait_for()
        await page.keyboard.press("Enter")
        await page.locator("[data-card=vehicle]").wait_for()
        await page.keyboard.press("f")
        await page.locator("[data-following]").wait_for()
        for east in (0.01, 0.03):
            await drive(store, east=east, vehicles=[1])
            await watched.until(is_over(east))
        box = await page.locator(".map .canvas").bounding_box()
        await page.mouse.move(box["x"] + 200, box["y"] + 300)
        await page.mouse.down()
        await page.mouse.move(box["x"] + 320, box["y"] + 340, steps=5)
        await page.mouse.up()
        await page.locator("[data-following]").wait_for(state="detached")


async def test_a_layer_can_be_left_out_and_the_address_says_so(stage, browser, store):
    await drive(store, vehicles=[5], age_ms=25 * HOUR_MS)
    async with watching(browser, stage, at=looking_at(12.5)) as watched:
        await watched.until(lambda s: s["map"] and s["map"]["drawn"]["zones"] > 0)
        await watched.page.locator("[data-layers]").click()
        await watched.page.locator("[data-lost]").get_by_text("1").wait_for()
        await watched.page.locator("[data-layer=zones] input").uncheck()
        await watched.until(lambda s: s["map"]["drawn"]["zones"] == 0)
        await watched.page.wait_for_url(lambda url: "without=zones" in url)


async def test_stations_are_squares_and_say_how_they_stand_under_the_pointer(stage, browser):
    station = {"east": -0.021, "north": -0.005}
    async with watching(browser, stage, at=looking_at(15, **station)) as watched:
        await watched.until(lambda s: s["map"] and s["map"]["drawn"]["stations"] == 1)
        box = await watched.page.locator(".map .canvas").bounding_box()
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        await watched.page.mouse.move(middle[0] - 60, middle[1] - 60)
        await watched.page.mouse.move(*middle)
        card = watched.page.locator("[data-hover]")
        await card.wait_for()
        await expect(card).to_contain_text("锦江1号 · 失联", use_inner_text=True)


async def test_badges_of_one_place_are_spread_by_a_click(stage, browser, store):
    place = {"lon": district.LON, "lat": district.LAT}
    for number in range(3):
        await store.commit(district.raised(district.finding(number, now_ms(), vehicle=number, **place)))
    async with watching(browser, stage, at=looking_at(14)) as watched:
        await watched.until(lambda s: s["map"] and s["map"]["drawn"]["badges"] == 3)
        box = await watched.page.locator(".map .canvas").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        await watched.page.mouse.click(x, y - 22)
        await watched.until(lambda s: s["map"]["drawn"]["fan"] == 3 and s["map"]["drawn"]["badges"] == 0)
        assert (await watched.state())["selected"] is None
        await watched.page.mouse.click(x, y - 22 - 34)  # the first of the ring is at its top
        await watched.until(lambda s: s["selected"] is not None)


async def test_a_lost_context_leaves_the_list_working_and_the_map_can_be_started_again(stage, browser, store):
    async with watching(browser, stage) as watched:
        await watched.until_ready()
        await watched.page.evaluate(
            "() => document.querySelector('.maplibregl-canvas').getContext('webgl2')"
            ".getExtension('WEBGL_lose_context').loseContext()"
        )
        message = watched.page.get_by_text("地图不可用，列表与案件照常")
        await message.wait_for()
        found = district.finding(0, now_ms())
        await store.commit(district.raised(found))
        await watched.page.locator(f"[data-alert='{found.id}']").wait_for()
        await watched.page.get_by_role("button", name="重启地图").click()
        await message.wait_for(state="detached")
        await watched.until(
            lambda s: s["map"]["ready"] and s["map"]["webgl"] and s["map"]["drawn"]["vehicles"] == 3,
        )


async def test_tiles_come_through_the_service_with_the_approval_number(store, browser, provider):  # noqa: F811
    await district.save_registry(store)
    await drive(store)
    app = app_of(store, base_map=tianditu(provider, source="天地图"))
    async with serve(app) as url, watching(browser, url, at=looking_at(12.5)) as watched:
        await watched.until_ready()
        note = watched.page.locator("[data-approval]")
        await expect(note).to_contain_text("审图号：GS(2024)0650号", use_inner_text=True)
        await expect(note).to_contain_text("天地图", use_inner_text=True)
        await watched.until(lambda _: bool(provider.asked))
        assert watched.outside(url) == []


async def test_a_base_map_that_does_not_come_leaves_the_local_shapes_and_says_so(store, browser, provider):  # noqa: F811
    provider.status = 503
    await district.save_registry(store)
    await drive(store)
    app = app_of(store, base_map=tianditu(provider, approval_no=""))
    async with serve(app) as url, watching(browser, url, at=looking_at(12.5)) as watched:
        note = watched.page.locator("[data-approval]")
        await note.get_by_text("底图暂不可用，显示本地图形").wait_for()
        await expect(note, "an administrator is warned").to_contain_text(
            "底图缺少审图号", use_inner_text=True
        )
        state = await watched.until(lambda s: s["map"] and s["map"]["drawn"]["vehicles"] == 3)
        assert state["map"]["drawn"]["zones"] > 0


async def test_on_a_base_map_in_gcj_02_places_are_drawn_shifted_and_told_unshifted(store, browser, provider):  # noqa: F811
    await district.save_registry(store)
    await drive(store)
    app = app_of(store, base_map=tianditu(provider, crs=Crs.GCJ02))
    async with serve(app) as url, watching(browser, url, at=looking_at(12)) as watched:
        state = await watched.until(lambda s: s["map"] and s["map"]["drawn"]["vehicles"] == 3)
        drawn = from_wgs84(Crs.GCJ02, district.LON, district.LAT)
        assert state["map"]["center"] == pytest.approx(drawn, abs=2e-6)
        assert drawn != pytest.approx((district.LON, district.LAT), abs=1e-3)
        told = watched.page.url.split("at=")[1].split("&")[0].replace("%2C", ",").split(",")
        assert [float(one) for one in told[:2]] == pytest.approx([district.LAT, district.LON], abs=2e-5)
        vehicle = district.fix(1, 0)
        assert state["tracks"]["T0001"] == pytest.approx([vehicle.lon, vehicle.lat], abs=2e-6)


async def wall_fits(watched: Watched) -> list[str]:
    """What of the wall is cut off, has a scroll bar, can be pressed, or is small print."""
    return await watched.page.evaluate(
        """() => {
          const wrong = []
          for (const one of document.querySelectorAll('[data-wall] *')) {
            if (one.closest('.maplibregl-map, svg')) continue
            const style = getComputedStyle(one)
            const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())
            if (own && parseFloat(style.fontSize) < 28) wrong.push('small: ' + one.textContent)
            if (['auto', 'scroll'].includes(style.overflowY)) wrong.push('scrolls: ' + one.className)
            if (one.matches('button, a, input')) wrong.push('control: ' + one.textContent)
            const box = one.getBoundingClientRect()
            if (own && (box.right > innerWidth + 1 || box.bottom > innerHeight + 1)) wrong.push('cut off: ' + one.textContent)
          }
          return wrong
        }"""
    )


@pytest.mark.parametrize("width", [1920, 3840])
async def test_the_wall_shows_twelve_figures_and_the_worst_eight_without_a_control(
    stage, browser, store, width
):
    for number in range(12):
        await store.commit(
            district.raised(district.finding(number, now_ms() - number * 60_000, vehicle=number % 3))
        )
    screen = {"viewport": {"width": width, "height": 1080}, "locale": "en-GB"}
    async with watching(browser, stage, at="/?wall=1", **screen) as watched:
        await watched.until(lambda s: s["loaded"] and len(s["ongoing"]) == 12)
        figures = watched.page.locator("[data-figure]")
        await figures.filter(has_text="Vehicles reporting").get_by_text("3 / 3").wait_for()
        await expect(figures).to_have_count(12)
        await expect(watched.page.locator("[data-worst]")).to_have_count(8)
        assert await wall_fits(watched) == []


async def test_a_wall_begins_anew_at_four_once_nothing_critical_is_open(store, browser):
    await district.save_registry(store)
    await drive(store)
    critical = district.finding(0, now_ms())
    await store.commit(district.raised(critical))
    now = datetime.now(SHANGHAI)
    four = (now + timedelta(days=1)).replace(hour=4, minute=0, second=30)
    ahead_ms = [round((four - now).total_seconds() * 1000) - 3 * HOUR_MS]
    app = app_of(store, clock=lambda: now_ms() + ahead_ms[0])
    async with serve(app) as url, watching(browser, url, at="/?wall=1") as watched:
        await watched.until(lambda s: s["loaded"] and s["ongoing"] == [str(critical.id)])
        # Before the clock leaps, the wall must have seen when it was opened.
        await watched.page.locator(".clock b").get_by_text(re.compile("^01:0")).wait_for()
        await watched.page.evaluate("() => { window.isTheFirst = true }")

        async def is_first() -> bool:
            return bool(await watched.page.evaluate("() => window.isTheFirst === true"))

        ahead_ms[0] += 3 * HOUR_MS
        await watched.page.locator(".clock b").get_by_text(re.compile("^04:0")).wait_for()
        assert await is_first(), "a critical alert is open"
        async with watched.page.expect_event("load"):
            ended = district.finding(0, critical.started_ms, ended_ms=critical.started_ms + 1000)
            await store.commit(district.raised(ended))
        await watched.until_ready()
        assert not await is_first()
        # Once: what a page takes for its own beginning must be by the server's clock, or it begins anew for ever.
        await watched.page.evaluate("() => { window.isTheFirst = true }")
        ahead_ms[0] += 3 * MINUTE_MS
        await watched.page.locator(".clock b").get_by_text(re.compile("^04:0[3-9]")).wait_for()
        assert await is_first()
