"""The page of the devices in a real browser: what it counts is what the service counts."""

from playwright.async_api import expect

from runtime.clock import now_ms
from storage.batch import Batch
from tests.api import district
from tests.api.serving import make_app, serve
from tests.api.test_devices import MIN_MS, unknown
from tests.web.conftest import WEB_DIR
from tests.web.watching import go, watching


async def test_the_devices_page_tells_what_was_lost_who_is_silent_and_who_is_unknown(browser, store):
    await district.save_registry(store, 3)
    now = now_ms()
    await store.commit(
        Batch(
            positions=(
                district.fix(0, now - 1000, bad_fields=("load",)),
                district.fix(1, now - 60 * MIN_MS),
            ),
            rejections=(unknown("X1", now - 2000), unknown("X1", now - 1000, 1)),
        )
    )
    await store.commit(district.raised(district.finding(0, now - 1000), district.finding(1, now - 900)))
    async with serve(make_app(store, web_dir=WEB_DIR)) as url, watching(browser, url) as watched:
        page = watched.page
        await watched.until_ready()
        await go(page, "v")
        row = page.locator("[data-unknown-device=X1]")
        await row.wait_for()
        assert (await row.locator("td").all_inner_texts())[1] == "2"
        await page.locator("[data-bad-field]", has_text="load").wait_for()
        await page.locator("[data-noisy]", has_text="2").wait_for()
        await page.locator("[data-loss] tfoot", has_text="合计").wait_for()
        totals = await page.locator("[data-loss] tfoot .n").all_inner_texts()
        assert int(totals[0]) == int(totals[1]) + int(totals[2]) + int(totals[3]) == 4
        await page.locator("[data-state-filter=silent]").click()
        await page.locator("[data-device=T0001]").wait_for()
        await page.locator("[data-device=T0000]").wait_for(state="detached")
        await page.locator("[data-rejection] button").first.click()
        await expect(page.locator("[data-payload]")).to_have_text('{"n": 1}', use_inner_text=True)
        assert watched.complaints == []
        assert watched.outside(url) == []
