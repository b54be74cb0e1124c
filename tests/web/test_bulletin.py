"""The bulletin's page: the figures of the API, reached from a link, and a paper without controls."""

import httpx
import pytest
from playwright.async_api import expect

from domain.instant import MINUTE_MS
from domain.localtime import local_day
from domain.period import PeriodKind, period_of
from exports.book_reader import BookReader
from exports.statements import Statements
from runtime.clock import now_ms
from tests.api import district
from tests.api.serving import SIGNED_IN, make_app, serve
from tests.web.conftest import WEB_DIR
from tests.web.test_accessible import AXE, violations
from tests.web.test_reports import SHANGHAI, shift
from tests.web.watching import watching

pytestmark = pytest.mark.slow


async def stated(store) -> str:
    """The last full week with its alerts, four of them of one truck at one place; gives its name."""
    await shift(store)
    week = period_of(PeriodKind.WEEK, local_day(now_ms(), SHANGHAI)).before
    at_ms = week.from_ms(SHANGHAI) + 30 * MINUTE_MS
    again = [
        district.finding(0, at_ms + n * 1440 * MINUTE_MS, vehicle=2, subject=f"again {n}") for n in range(4)
    ]
    await store.commit(district.raised(*again))
    await Statements(store, BookReader(store)).issue(week, now_ms(), "test")
    return week.name


async def test_the_bulletin_shows_what_the_api_says_and_prints_without_controls(browser, store):
    name = await stated(store)
    app = make_app(store, web_dir=WEB_DIR, bulletin_organ="锦江区城市管理局")
    async with serve(app) as url:
        async with httpx.AsyncClient(base_url=url, headers=SIGNED_IN, timeout=60) as client:
            told = (await client.get(f"/api/statements/{name}/bulletin")).json()
        async with watching(
            browser,
            url,
            at=f"/?page=reports&bulletin={name}&lang=zh",
            viewport={"width": 1366, "height": 768},
        ) as watched:
            page = watched.page
            text = {
                "[data-organ]": "锦江区城市管理局",
                "[data-bulletin-title]": told["title"]["zh"],
                "[data-figure=violations] b": str(told["headline"]["violations"]["n"]),
                "[data-rules] [data-total]": str(told["headline"]["violations"]["n"]),
                "[data-case-figure=opened] b": str(told["cases"]["opened"]),
                "[data-rate=online_vehicles] td >> nth=0": f"{100 * told['rates'][0]['share']:.2f}%",
            }
            for where, wanted in text.items():
                await expect(page.locator(where)).to_have_text(wanted, use_inner_text=True)
            assert told["headline"]["violations"]["n"] >= 10
            await expect(page.locator("[data-part=summary] .sentence")).to_have_text(
                told["summary"]["zh"], use_inner_text=True
            )
            for rows, count in (
                ("[data-ranking=company] [data-ranked]", len(told["companies"]["rows"])),
                ("[data-offender]", len(told["offenders"])),
                ("[data-spot]", len(told["hot_spots"])),
                ("[data-day-chart] [data-day]", 7),
            ):
                await expect(page.locator(rows)).to_have_count(count)
            assert told["offenders"]
            assert told["hot_spots"]
            await expect(page.locator("[data-provisional]")).to_have_count(0)
            assert not AXE.exists() or await violations(watched) == []

            await page.emulate_media(media="print")
            for hidden in (".rail", ".top", "[data-print]", "[data-back]"):
                await expect(page.locator(hidden).first).to_be_hidden()
            await expect(page.locator("[data-bulletin]")).to_be_visible()
            assert (await page.pdf(prefer_css_page_size=True)).startswith(b"%PDF")
            assert watched.complaints == []


async def test_who_steps_on_to_a_week_that_runs_is_told_that_it_is_provisional(browser, store):
    name = await stated(store)
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, url, at=f"/?page=reports&bulletin={name}&lang=en") as watched,
    ):
        page = watched.page
        await page.locator("[data-bulletin]").wait_for()
        await page.locator("[data-later]").press("Enter")
        await expect(page.locator("[data-provisional]")).to_be_visible()
        await page.locator("[data-month]").press("Enter")
        await expect(page.locator("[data-bulletin-title]")).to_contain_text("Monthly", use_inner_text=True)
        await page.locator("[data-back]").press("Enter")
        await page.locator("[data-reports]").wait_for()
        assert "bulletin" not in page.url


async def test_a_period_or_district_that_is_none_is_said_to_be_none_with_a_way_back(browser, store):
    name = await stated(store)
    async with serve(make_app(store, web_dir=WEB_DIR)) as url:
        for asked, said in (
            ("2026-W99", "There is no such period: 2026-W99"),
            ("2099-W10", "2099-W10 has not begun yet"),
        ):
            async with watching(browser, url, at=f"/?page=reports&bulletin={asked}&lang=en") as watched:
                page = watched.page
                await expect(page.locator("[data-refused]")).to_contain_text(said, use_inner_text=True)
                await expect(page.locator("[data-docx], [data-print]")).to_have_count(0)
                await page.locator("[data-way-back]").press("Enter")
                await page.locator("[data-reports]").wait_for()
        async with watching(browser, url, at=f"/?page=reports&bulletin={name}&only=NOPE&lang=en") as watched:
            page = watched.page
            await expect(page.locator("[data-refused]")).to_contain_text("NOPE", use_inner_text=True)
            await expect(page.locator("[data-docx], [data-print]")).to_have_count(0)
            await page.locator("[data-way-back]").press("Enter")
            await page.locator("[data-bulletin]").wait_for()
            assert "only" not in page.url


async def test_back_and_forward_go_through_pages_and_bulletins_and_not_out_of_them(browser, store):
    name = await stated(store)
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, url, at="/?lang=en") as watched,
    ):
        page = watched.page
        shown = {
            "live": page.locator("[data-go=live][aria-current=page]"),
            "cases": page.locator("[data-go=cases][aria-current=page]"),
            "reports": page.locator("[data-reports]"),
            "bulletin": page.locator("article[data-bulletin]"),
        }
        await shown["live"].wait_for()
        await page.locator("[data-go=cases]").press("Enter")
        await shown["cases"].wait_for()
        await page.locator("[data-go=reports]").press("Enter")
        await shown["reports"].wait_for()
        await page.locator(f"[data-period='{name}'] button[data-bulletin]").press("Enter")
        await shown["bulletin"].wait_for()
        for turn, way in (
            (page.go_back, ("reports", "cases", "live")),
            (page.go_forward, ("cases", "reports", "bulletin")),
        ):
            for one in way:
                await turn()
                await shown[one].wait_for()
                assert (f"bulletin={name}" in page.url) == (one == "bulletin")
        await page.locator("[data-go=cases]").press("Enter")
        await shown["cases"].wait_for()
        assert "bulletin" not in page.url
        await page.go_back()
        await shown["bulletin"].wait_for()
        await page.locator("[data-go=reports]").press("Enter")
        await shown["reports"].wait_for()
        assert "bulletin" not in page.url
