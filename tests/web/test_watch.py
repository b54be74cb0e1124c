"""The duty officer's night at the live page: taking alerts and handing them on by keyboard alone."""

import re
import time

import pytest
import pytest_asyncio
from playwright.async_api import expect

from alerts.case_flow import Act
from runtime.clock import now_ms
from storage.batch import Batch
from storage.cases import Cases, NewAct
from tests.api import district
from tests.api.serving import SOMEBODY, make_app, serve
from tests.web.conftest import WEB_DIR
from tests.web.watching import Watched, until, watching

pytestmark = pytest.mark.slow

HOUR_MS = 3_600_000


@pytest_asyncio.fixture
async def alerts(store):
    """Four alerts of an hour: critical, major, minor, and an older critical one."""
    await district.save_registry(store, vehicles=8)
    time_ms = now_ms()
    await store.commit(Batch(positions=tuple(district.fix(v, time_ms) for v in range(8))))
    found = []
    for number, age_min in ((0, 2), (1, 1), (2, 0), (3, 40)):
        one = district.finding(number, time_ms - age_min * 60_000, vehicle=number)
        await store.commit(district.raised(one))
        found.append(str(one.id))
    return found


@pytest_asyncio.fixture
async def seat(store, browser, alerts):
    """A page at the officer's seat."""
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, url, viewport={"width": 1366, "height": 768}) as watched,
    ):
        await watched.until_ready()
        await watched.page.locator("[data-alert]").first.wait_for()
        yield watched


async def rows(watched: Watched) -> list[str | None]:
    return [await one.get_attribute("data-alert") for one in await watched.page.locator("[data-alert]").all()]


async def until_rows(watched: Watched, wanted: list[str]) -> None:
    await until(lambda: rows(watched), wanted)


async def until_focused(watched: Watched, wanted: str) -> None:
    focused = "() => document.activeElement.name || document.activeElement.dataset.act || document.activeElement.tagName"
    await until(lambda: watched.page.evaluate(focused), wanted)


async def acknowledge(store, alert_id):
    await Cases(store).act_on_alert(SOMEBODY, alert_id, NewAct(act=Act.ACKNOWLEDGE), at_ms=now_ms())


async def test_the_worst_that_nobody_has_taken_is_on_top(seat, alerts):
    critical, major, minor, older_critical = alerts
    await until_rows(seat, [critical, older_critical, major, minor])


async def test_what_was_taken_is_below_and_marked_and_counts_as_ongoing_alone(seat, store, alerts):
    critical, major, minor, older_critical = alerts
    await acknowledge(store, critical)
    page = seat.page
    await page.locator(f"[data-alert='{critical}']").wait_for(state="detached")
    await expect(page.locator("[data-show=unack]")).to_contain_text("2", use_inner_text=True)
    assert "1 条" in await page.locator("[data-review]").inner_text(), (
        "what is to be reviewed is counted apart"
    )
    await page.locator("[data-show=ongoing]").click()
    await expect(page.locator("[data-show=ongoing]")).to_contain_text("4", use_inner_text=True)
    await page.mouse.move(900, 700)
    await until_rows(seat, [older_critical, major, minor, critical])
    await expect(page.locator(f"[data-alert='{critical}']")).to_contain_text("已受理", use_inner_text=True)


@pytest.mark.alone
async def test_a_critical_alert_is_taken_with_two_keys(seat, store, alerts):
    """What, which truck, where, since when and why are on the screen; A takes it, and J goes on to the next."""
    began = time.monotonic()
    page = seat.page
    await page.keyboard.press("j")
    card = page.locator("[data-card=alert]")
    await card.wait_for()
    told = await card.inner_text()
    assert "违规倾倒" in told
    assert "距许可消纳场 1.8 km" in told
    assert "锦江区" in told
    assert "分钟前" in told or "秒前" in told
    await expect(card.get_by_role("img", name="川A10000 黄牌")).to_have_count(1)
    await expect(page.locator("[data-state=new]"), "opening must not acknowledge").to_have_count(1)
    await page.keyboard.press("a")
    await page.locator("[data-state=acknowledged]").wait_for()
    assert time.monotonic() - began < 15
    assert (await rows(seat))[0] == alerts[0], "the row stays where the eye is"
    await page.keyboard.press("j")
    await seat.until(lambda s: s["selected"] == alerts[3])
    await page.locator(f"[data-alert='{alerts[0]}']").wait_for(state="detached")


@pytest.mark.alone
async def test_an_alert_becomes_somebodys_case_with_three_keys(seat, store, alerts):
    """The unit chosen last is suggested, so that Enter sends it."""
    await Cases(store).act_on_alert(
        SOMEBODY,
        alerts[3],
        NewAct(act=Act.ASSIGN, assignee="锦江一中队", close_due_ms=now_ms() + 16 * HOUR_MS),
        at_ms=now_ms(),
    )
    began = time.monotonic()
    page = seat.page
    await page.keyboard.press("j")
    await page.locator("[data-card=alert]").wait_for()
    await page.keyboard.press("t")
    await page.locator("input[name=unit]").wait_for()
    await until_focused(seat, "unit")
    while await page.input_value("input[name=unit]") != "锦江一中队":
        await page.wait_for_timeout(20)
    await page.keyboard.press("Enter")
    await page.locator("[data-state=assigned]").wait_for()
    assert time.monotonic() - began < 20
    await until_focused(seat, "BODY")  # the keys go on at once
    await page.keyboard.press("j")
    await seat.until(lambda s: s["selected"] not in (None, alerts[0]))


async def test_the_same_by_mouse_takes_three_clicks_and_the_focus_stays_with_the_case(seat, store, alerts):
    page = seat.page
    await acknowledge(store, alerts[3])
    await page.locator(f"[data-alert='{alerts[0]}']").click()
    await page.locator("[data-act=assign]").click()
    await until_focused(seat, "unit")
    await page.keyboard.press("Escape")
    await expect(page.locator("[data-form]")).to_have_count(0)
    await until_focused(seat, "assign")
    await page.locator("[data-act=assign]").click()
    await page.fill("input[name=unit]", "一中队")
    await page.locator("[data-submit]").click()
    await page.locator("[data-state=assigned]").wait_for()
    await page.locator("[data-act=answer]").wait_for()
    assert await page.evaluate("() => document.activeElement.closest('[data-case]') !== null")


async def test_the_two_deadlines_are_told_apart(seat, store, alerts):
    page = seat.page
    await page.keyboard.press("j")
    await page.get_by_text("核查 剩").wait_for()
    await page.keyboard.press("t")
    await page.fill("input[name=unit]", "一中队")
    await page.keyboard.press("Enter")
    told = page.locator("[data-case] .deadlines")
    await told.get_by_text(re.compile(r"销号 剩 \d+(\.\d)? 工作时")).wait_for()
    check, _ = (await told.inner_text()).split("销号")
    assert "核查 剩" in check
    assert "工作时" not in check, "hours of the clock are not working hours"


async def test_three_characters_of_a_plate_and_enter_go_to_the_truck(seat):
    page = seat.page
    await page.keyboard.press("/")
    await page.keyboard.type("005")
    await page.locator("[data-found=V5]").wait_for()
    await page.keyboard.press("Enter")
    card = page.locator("[data-card=vehicle]")
    await card.wait_for()
    await expect(card.get_by_role("img", name="川A10005 蓝牌")).to_have_count(1)
    place = district.fix(5, 0)
    await seat.until(lambda s: s["map"]["zoom"] >= 14 and abs(s["map"]["center"][0] - place.lon) < 0.001)


async def test_numbers_filter_by_severity_and_the_hidden_ones_are_said(seat, alerts):
    page = seat.page
    for key in "123":
        await page.keyboard.press(key)
    await page.get_by_text("另有 4 条未显示").wait_for()
    await page.wait_for_url(lambda url: "hide=critical%2Cmajor%2Cminor" in url)
    await page.keyboard.press("1")
    await until_rows(seat, [alerts[0], alerts[3]])


async def test_the_keys_are_listed_and_can_be_turned_off(seat):
    page = seat.page
    await page.keyboard.press("?")
    dialog = page.locator("dialog[data-keys]")
    await dialog.wait_for()
    await page.keyboard.press("j")
    assert (await seat.state())["selected"] is None, "a key behind the dialog did something"
    await dialog.get_by_role("checkbox").uncheck()
    await page.keyboard.press("Escape")
    await dialog.wait_for(state="detached")
    await page.keyboard.press("j")
    assert (await seat.state())["selected"] is None
    await page.locator("[data-keys-switch]").click()
    await dialog.get_by_role("checkbox").check()
    await page.keyboard.press("Escape")
    await page.keyboard.press("j")
    await seat.until(lambda s: s["selected"] is not None)


@pytest.mark.parametrize("width", [683, 1000, 1366])
async def test_nothing_is_cut_off_at_any_width(store, browser, alerts, width):
    """683 is a screen of 1366 at 200 % zoom; there the map and the list change places."""
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, url, locale="en-GB", viewport={"width": width, "height": 384}) as watched,
    ):
        page = watched.page
        await page.locator("[data-alert]").first.wait_for()
        for element in ("[data-sign-out]", "[data-search]", "[data-alert]"):
            box = await page.locator(element).first.bounding_box()
            assert box is not None
            assert box["x"] >= 0, element
            assert box["x"] + box["width"] <= width, element
        await page.locator("[data-alert]").first.click()
        await page.locator("[data-act=acknowledge]").click()
        await page.locator("[data-state=acknowledged]").wait_for()
