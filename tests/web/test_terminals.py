"""Terminals of the gateways on the page: one that waits is approved in a line, one that is copied is seen."""

from playwright.async_api import expect

from storage.terminals import Terminals
from tests.api import district
from tests.api.serving import make_app, serve
from tests.web.conftest import WEB_DIR
from tests.web.watching import watching

WAITING, APPROVED = "13900000001", "13900000002"
SAID = {"maker": "CVT", "model": "HW-8", "terminal_id": "1234567", "plate_color": 2}


async def test_a_terminal_is_approved_as_the_vehicle_that_it_says_and_asked_for_an_interval(browser, store):
    await district.save_registry(store, 3)
    terminals = Terminals(store)
    plates = [one["plate"] for one in district.registry(vehicles=3)["vehicles"]]
    await terminals.knock("jt808", WAITING, SAID | {"plate": plates[0]}, "10.1.2.3")
    await terminals.knock("jt808", APPROVED, SAID | {"plate": plates[1]}, "10.1.2.4")
    await terminals.decide("jt808", APPROVED, "approved", by="test", device_id="T0001", model="generic")
    await terminals.note_conflict("jt808", APPROVED, at_ms=1_790_000_000_000, address="10.9.9.9")
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, f"{url}/?page=devices", viewport={"width": 1366, "height": 900}) as watched,
    ):
        page = watched.page
        row = page.locator(f"[data-terminal='{WAITING}']")
        await expect(row.locator("[name=carrier]")).to_have_value(plates[0])
        await row.locator("[data-approve]").click()
        await expect(page.locator("[data-terminal-state=waiting] b")).to_have_text("0")
        await expect(row).to_have_count(0)
        await page.locator("[data-terminal-state=approved]").click()
        await expect(page.locator("[data-conflict]")).to_contain_text("10.9.9.9")
        await page.locator(f"[data-terminal='{WAITING}'] [data-manage]").click()
        await page.locator("[name=interval_s]").fill("15")
        await page.locator("[data-ask-interval] button[type=submit]").click()
        await expect(page.locator("[data-command]")).to_contain_text("15")
        assert "terminals=approved" in page.url
        assert watched.complaints == []
    row = await terminals.terminal("jt808", WAITING)
    assert (row.state, row.device_id) == ("approved", "T0000")
