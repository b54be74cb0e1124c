"""A night's way replayed: a vehicle is found by three characters, played by the clock, and the strip goes there."""

import time

import pytest
import pytest_asyncio

from domain.instant import MINUTE_MS
from domain.report import Cover, Load
from runtime.clock import now_ms
from storage.batch import Batch
from tests.api import district
from tests.api.serving import make_app, serve
from tests.web.conftest import WEB_DIR
from tests.web.watching import go, watching

DRIVEN_MS = 60 * MINUTE_MS
STEP_MS = 20_000


@pytest_asyncio.fixture
async def world(store):
    """A truck that drove for an hour, stood for a while, and was silent for ten minutes."""
    await district.save_registry(store)
    first_ms = now_ms() - DRIVEN_MS - 5 * MINUTE_MS
    fixes = []
    for at_ms in range(0, DRIVEN_MS, STEP_MS):
        if 40 * MINUTE_MS < at_ms < 50 * MINUTE_MS:
            continue
        stands = 20 * MINUTE_MS <= at_ms < 26 * MINUTE_MS
        fixes.append(
            district.fix(
                1,
                first_ms + at_ms,
                lon=district.LON
                - 0.03
                + 0.00002 * (min(at_ms, 20 * MINUTE_MS) + max(0, at_ms - 26 * MINUTE_MS)) / 1000,
                lat=district.LAT - 0.01 + 0.000004 * at_ms / 1000,
                speed_kmh=0.0 if stands else 30.0 + at_ms // STEP_MS % 25,
                load=Load.FULL if at_ms < 24 * MINUTE_MS else Load.EMPTY,
                lift=22 * MINUTE_MS < at_ms < 24 * MINUTE_MS,
                cover=None if at_ms < 10 * MINUTE_MS else Cover.OPEN if stands else Cover.CLOSED,
            )
        )
    await store.commit(Batch(positions=tuple(fixes)))
    found = district.finding(0, first_ms + 22 * MINUTE_MS, vehicle=1, lon=fixes[66].lon, lat=fixes[66].lat)
    await store.commit(district.raised(found))
    return first_ms


async def test_a_way_is_found_played_and_gone_through(browser, store, world):
    async with serve(make_app(store, web_dir=WEB_DIR)) as url, watching(browser, url) as watched:
        page = watched.page
        await watched.until_ready()
        await go(page, "t")
        await page.fill("input[name=plate]", "001")
        await page.keyboard.press("Enter")
        strip = page.locator("[data-strip]")
        await strip.wait_for()
        await page.wait_for_url(lambda url: "vehicle=V1" in url)
        started_ms = int(await strip.get_attribute("data-at"))
        assert started_ms == world

        await page.locator("h1, body").first.focus()
        await page.locator("[data-play]").click()
        await page.locator(f"[data-strip]:not([data-at='{started_ms}'])").wait_for()
        await page.locator("[data-play]").click()
        await page.locator("[data-strip][data-playing=false]").wait_for()
        played_ms = int(await strip.get_attribute("data-at"))
        assert played_ms > started_ms

        box = await page.locator("[data-strip-svg]").bounding_box()
        await page.mouse.click(box["x"] + box["width"] * 0.7, box["y"] + 40)
        await page.locator(f"[data-strip]:not([data-at='{played_ms}'])").wait_for()
        clicked_ms = int(await strip.get_attribute("data-at"))
        assert clicked_ms - world > 20 * MINUTE_MS

        await page.locator("[data-tracks] .whole").click()
        await page.keyboard.press("ArrowRight")
        await page.locator(f"[data-strip][data-at='{clicked_ms + 10_000}']").wait_for()
        assert not watched.complaints


@pytest.mark.alone
async def test_where_a_truck_was_is_found_and_played_by_keyboard_alone(browser, store, world):
    async with serve(make_app(store, web_dir=WEB_DIR)) as url, watching(browser, url) as watched:
        page = watched.page
        await watched.until_ready()
        began = time.monotonic()
        await go(page, "t")
        await page.locator("input[name=plate]:focus").wait_for()
        await page.keyboard.type("001")
        await page.keyboard.press("Enter")
        strip = page.locator("[data-strip]")
        await strip.wait_for()
        await page.keyboard.press("Space")
        await page.locator("[data-strip][data-playing=true]").wait_for()
        await page.locator(f"[data-strip]:not([data-at='{world}'])").wait_for()
        await page.keyboard.press("Space")
        await page.locator("[data-strip][data-playing=false]").wait_for()
        assert time.monotonic() - began < 15

        # Another one from here: the way to search is the same key as everywhere.
        await page.keyboard.press("/")
        await page.locator("input[name=plate]:focus").wait_for()
        assert not watched.complaints


async def test_an_alert_links_to_the_way_around_it(browser, store, world):
    async with serve(make_app(store, web_dir=WEB_DIR)) as url, watching(browser, url) as watched:
        page = watched.page
        await watched.until_ready()
        await page.keyboard.press("j")
        await page.locator("[data-track]").click()
        await page.locator("[data-strip]").wait_for()
        at_ms = int(await page.locator("[data-strip]").get_attribute("data-at"))
        assert at_ms == world + 22 * MINUTE_MS
        await page.wait_for_url(lambda url: "from=" in url)
