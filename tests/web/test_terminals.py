"""Terminals of the gateways on the page: one that waits is approved in a line, one that is copied is seen."""

from playwright.async_api import expect

from domain.report import Rejection
from storage.batch import Batch
from storage.terminals import Terminals, refused_topic
from tests.api import district
from tests.api.serving import make_app, serve
from tests.web.conftest import WEB_DIR
from tests.web.test_accessible import AXE, violations
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
        await row.locator("[data-manage]").click()
        assert not AXE.exists() or await violations(watched) == []
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
        assert not AXE.exists() or await violations(watched) == []
        assert watched.complaints == []
    row = await terminals.terminal("jt808", WAITING)
    assert (row.state, row.device_id) == ("approved", "T0000")


async def test_what_is_set_for_a_monitor_is_kept_and_its_refused_frames_are_read_as_text(browser, store):
    await district.save_registry(store, 1)
    (station, *_) = district.registry(vehicles=1)["stations"]
    terminals = Terminals(store)
    await terminals.knock("hj212", "M1", {"ST": "39"}, "10.1.2.3")
    settings = {"unit": "mg", "password": "secret", "names": {"D1": "tsp_ugm3"}}
    await terminals.decide(
        "hj212", "M1", "approved", by="test", device_id=station["device_id"], settings=settings
    )
    frame = Rejection(
        reason="bad_checksum",
        detail="",
        topic=refused_topic("hj212", "M1"),
        payload=b"##0030ST=39;CN=2011;MN=M1;CP=&&&&1234",
        received_ms=1_790_000_000_000,
    )
    await store.commit(Batch(rejections=(frame,)))
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(
            browser, f"{url}/?page=devices&terminals=approved", viewport={"width": 1366, "height": 900}
        ) as watched,
    ):
        page = watched.page
        await page.locator("[data-terminal=M1] [data-manage]").click()
        await expect(page.locator("[data-refused-frame]")).to_contain_text("ST=39;CN=2011;MN=M1")
        form = page.locator("[data-monitor-settings]")
        await form.locator("[name=feeds]").select_option("2061")
        await form.locator("[name=modbus]").check()
        assert not AXE.exists() or await violations(watched) == []
        async with page.expect_response(lambda one: one.request.method == "PUT") as answered:
            await form.locator("button[type=submit]").click()
        assert (await answered.value).status == 200
        assert watched.complaints == []
    row = await terminals.terminal("hj212", "M1")
    kept = {name: row.settings[name] for name in ("feeds", "checksums", *settings)}
    assert kept == settings | {"feeds": "2061", "checksums": ["modbus"]}
