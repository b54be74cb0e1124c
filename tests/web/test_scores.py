"""The scores page: a scheme is chosen and put in force, an appeal is filed and decided by keyboard, axe finds nothing."""

import json
import re
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page, expect

from alerts.demerit_examples import JINAN
from domain.localtime import local_day
from runtime.clock import now_ms
from storage.demerits import Demerits
from tests.api import district
from tests.api.serving import SOMEBODY, make_app, serve
from tests.web.conftest import WEB_DIR
from tests.web.test_accessible import AXE, violations
from tests.web.watching import go, watching

pytestmark = pytest.mark.slow

LOOK = {"viewport": {"width": 1366, "height": 768}}
C1 = "[data-company=C1] [data-points]"


async def fill(store, *, with_scheme: bool) -> list:
    """Three violations of today, of a company with another that has none: 10, 3 and 1 points by Jinan's table."""
    known = district.registry(vehicles=3)
    known["companies"].append({"id": "C2", "name": "锦城渣土"})
    await store.save_registry(json.dumps(known).encode(), author="test", effective_from_ms=1)
    at_ms = now_ms()
    found = [district.finding(n, at_ms - n * 1000, vehicle=n) for n in range(3)]
    await store.commit(district.raised(*found))
    if with_scheme:
        last_year = local_day(at_ms, ZoneInfo("Asia/Shanghai")) - timedelta(days=365)
        await Demerits(store).put_scheme(json.dumps(JINAN), effective_from=last_year, author="test", note="")
    return found


async def press(page: Page, target: str) -> None:
    """Go to a control as the keyboard would, and press Enter."""
    await page.locator(target).first.focus()
    await page.keyboard.press("Enter")


async def test_an_appeal_is_filed_and_decided_by_keyboard_and_gives_its_points_back(browser, store):
    found = await fill(store, with_scheme=True)
    await Demerits(store).enter(
        SOMEBODY, "vehicle", "V0", "blacklist", until=date(2100, 1, 1), reason="套牌", at_ms=now_ms()
    )
    line = f"[data-line='{found[0].id}']"
    async with serve(make_app(store, web_dir=WEB_DIR)) as url, watching(browser, url, **LOOK) as watched:
        page = watched.page
        await page.locator("[data-alert]").first.wait_for()
        await go(page, "x")
        await expect(page.locator(C1)).to_contain_text("14")
        await press(page, "[data-company=C1] button")
        await page.locator(line).wait_for()
        assert "of=company%3AC1" in page.url
        await press(page, f"{line} [data-appeal]")
        await expect(page.locator("textarea[name=reason]")).to_be_focused()
        await page.keyboard.type("在消纳场门外等候过磅")
        await page.keyboard.press("Tab")
        await page.keyboard.type("申〔2026〕12号")
        await page.keyboard.press("Enter")
        await expect(page.locator(f"{line} [data-appeal-state]")).to_have_text("待处理")
        await press(page, "[data-tab=appeals]")
        await expect(page.locator("[data-cost]")).to_contain_text(re.compile(r"扣企业 \d+ 分、车辆 \d+ 分"))
        await press(page, "[data-decide]")
        await expect(page.locator("input[name=decision][value=upheld]")).to_be_focused()
        await page.keyboard.press("Tab")
        await page.keyboard.type("磅单属实")
        await page.keyboard.press("Enter")
        await expect(page.locator("[data-appeal-id]")).to_have_count(0)
        await press(page, "[data-tab=standings]")
        await expect(page.locator(C1)).to_contain_text("4")
        await expect(page.locator(C1)).not_to_contain_text("14")
        await expect(page.locator(f"{line} [data-appeal-state]")).to_have_text("成立")
        await expect(page.locator("[data-sum]")).to_have_text("共扣 4 分")
        await page.locator(f"{line} .pick").click()
        await expect(page.locator("[data-story] [data-listed=blacklist]")).to_be_visible()
        assert watched.complaints == []


async def test_a_scheme_is_chosen_tried_and_put_in_force(browser, store):
    await fill(store, with_scheme=False)
    async with serve(make_app(store, web_dir=WEB_DIR)) as url, watching(browser, url, **LOOK) as watched:
        page = watched.page
        await page.locator("[data-alert]").first.wait_for()
        await go(page, "x")
        await press(page, "[data-no-scheme] button")
        await press(page, "[data-ready=plain]")
        cell = page.locator("[data-kind=illegal_dumping] [data-worth='critical company']")
        await expect(cell).to_have_value("10")
        band = page.locator("[data-bands=company] [data-from]").nth(1)
        await band.fill("0")
        await band.press("Tab")
        await press(page, "[data-try]")
        await expect(page.locator("[data-problem='$.bands.company[1].from']")).to_contain_text("等级")
        await expect(page.locator("[data-put]")).to_be_disabled()
        await band.fill("9")
        await cell.fill("8")
        await cell.press("Tab")
        await press(page, "[data-try]")
        await expect(page.locator("[data-what-if-company=C1]")).to_contain_text("12")
        # A day long past, so that what midnight would part counts all the same.
        await page.locator("input[name=effective_from]").fill("2024-01-01")
        await press(page, "[data-put]")
        await expect(page.locator("[data-done]")).to_be_visible()
        await press(page, "[data-tab=standings]")
        await expect(page.locator(C1)).to_contain_text("12")
        await expect(page.locator("[data-company=C2]")).to_contain_text("优秀")
        assert watched.complaints == []


@pytest.mark.skipif(not AXE.exists(), reason="web/node_modules has no axe-core (`make web`)")
@pytest.mark.parametrize(("locale", "theme"), [("zh-CN", "light"), ("en-GB", "dark")])
async def test_axe_finds_nothing_on_any_tab(browser, store, locale, theme):
    found = await fill(store, with_scheme=True)
    await Demerits(store).file(
        SOMEBODY, found[1].id, company_id="C1", vehicle_id="V1", district_id="D1", file_number="", reason="x", at_ms=now_ms(),
    )  # fmt: skip
    look = LOOK | {"locale": locale, "color_scheme": theme}
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, url, at="?page=scores&of=company:C1", **look) as watched,
    ):
        page = watched.page
        await page.locator("[data-vehicle]").first.wait_for()
        await page.locator("[data-appeal]").first.click()
        await page.locator("[data-list-by-hand]").click()
        assert await violations(watched) == [], "standings with a ledger"
        await page.locator("[data-tab=appeals]").click()
        await page.locator("[data-decide]").click()
        await page.locator("[data-decision-form]").wait_for()
        assert await violations(watched) == [], "appeals"
        await page.locator("[data-tab=scheme]").click()
        await page.locator("[data-ready=plain]").click()
        await page.locator("[data-try]").click()
        await page.locator("[data-what-if]").wait_for()
        assert await violations(watched) == [], "the scheme"
