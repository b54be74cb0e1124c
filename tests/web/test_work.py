"""The page of fleet work: sums, the doubtful permit, the plan, the stops; from a row to the vehicle's days and track."""

import json
import re
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import expect

from tests.api import district
from tests.api.serving import make_app, serve
from tests.api.worked import keep, registry
from tests.web.conftest import WEB_DIR
from tests.web.test_accessible import AXE, violations
from tests.web.watching import go, watching

pytestmark = pytest.mark.slow

DAY = date(2026, 3, 2)
SPAN = f"first={DAY}&last={DAY + timedelta(days=6)}"
VIEWPORT = {"width": 1366, "height": 768}
A_DAY = re.compile(r"^\d{4}-\d\d-\d\d$")
A_WEEK = re.compile(r"^\d{4}-\d\d-\d\d – \d{4}-\d\d-\d\d$")
A_WHOLE_MONTH = re.compile(r"(\d{4}-\d\d)-01 – \1-(28|29|30|31)")


async def worked(store) -> None:
    document = json.dumps(registry()).encode()
    await store.save_registry(document, author="test", effective_from_ms=district.START_MS)
    await keep(store, day=DAY, vehicle=0, hauls=[("P1", "F1", 2, 31.0, 0), ("P1", "", 1, 15.0, 0)])
    await keep(store, day=DAY + timedelta(days=1), vehicle=1, hauls=[("P2", "F1", 1, 14.5, 1)], late=True)
    await keep(store, day=DAY, vehicle=2, cleaned=(30, 12.5, 2))
    await keep(store, day=DAY, vehicle=3, runs=[("RUN1", (5, 1, 1, 1))])


def lines_of(file: Path) -> int:
    return len(file.read_text("utf-8-sig").splitlines())


async def test_from_a_permit_to_its_vehicles_and_the_track_of_a_day(browser, store):
    await worked(store)
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, url, at=f"/?page=work&lang=en&{SPAN}", viewport=VIEWPORT) as watched,
    ):
        page = watched.page
        await expect(page.locator("[data-figure=trips] b")).to_have_text("4")
        await expect(page.locator("[data-figure=under] b")).to_have_text("1")
        first = page.locator("[data-row]").first
        await expect(first.locator("[data-under]")).to_have_text("under-declared")
        await expect(page.locator("[data-bars] li")).to_have_count(7)
        await first.locator("button").click()
        await expect(page.locator("[data-only]")).to_contain_text("P1")
        await expect(page.locator("[data-row]")).to_have_count(1)
        await page.locator("[data-row=V0] button").click()
        await expect(page.locator("[data-day-line]")).to_have_count(1)
        assert parse_qs(urlsplit(page.url).query)["of"] == ["V0"]
        await page.locator("[data-day-track]").click()
        await expect(page.locator("[data-tracks]")).to_be_visible()
        asked = parse_qs(urlsplit(page.url).query)
        assert asked["vehicle"] == ["V0"]
        assert asked["from"] == ["2026-03-01T16:00:00.000Z"]
        assert "of" not in asked
    assert not watched.outside(url)


async def test_cleaning_and_collection_have_tabs_and_the_file_a_line_a_day(browser, store, tmp_path):
    await worked(store)
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, url, at=f"/?lang=zh&{SPAN}", viewport=VIEWPORT) as watched,
    ):
        page = watched.page
        await watched.until_ready()
        await go(page, "k")
        await page.locator("[data-kind=cleaning]").click()
        await expect(page.locator("[data-figure=km] b")).to_have_text("12.5")
        await expect(page.locator("[data-figure=of_plan] small")).to_have_text("12.5 / 70")
        await page.locator("[data-kind=collection]").click()
        await expect(page.locator("[data-figure=cleared] b")).to_have_text("75%")
        await expect(page.locator("[data-figure=missed] b")).to_have_text("1")
        async with page.expect_download() as downloading:
            await page.locator("[data-export-work]").click()
        file = tmp_path / "work.csv"
        await (await downloading.value).save_as(file)
        assert lines_of(file) == 5
        await page.locator("[data-later]").click()
        await expect(page.locator("[data-nothing]")).to_contain_text("没有应收点位")
        await page.locator("[data-this-month]").click()
        await expect(page.locator("[data-title]")).to_have_text(A_WHOLE_MONTH)
        await page.locator("[data-go-runs]").click()
        await expect(page.locator("[data-section=collection_runs]")).to_have_attribute("aria-current", "page")


async def test_the_day_that_runs_is_marked_and_the_page_opens_on_this_week(browser, store):
    await worked(store)
    today = DAY + timedelta(days=2)
    await keep(store, day=today, vehicle=0, so_far="2026-03-04T06:05:00Z", hauls=[("P1", "F1", 1, 15.0, 0)])
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, url, at=f"/?page=work&lang=zh&{SPAN}", viewport=VIEWPORT) as watched,
    ):
        page = watched.page
        await expect(page.locator("[data-so-far]")).to_have_text("截至 2026-03-04 14:05，暂定")
        await expect(page.locator("[data-bars] li.sofar")).to_have_count(1)
        await expect(page.locator(f"li.sofar[data-day='{today}']")).to_contain_text("截至 2026-03-04 14:05")
        if AXE.exists():
            assert await violations(watched) == []
        await page.goto(f"{url}/?page=work&lang=zh&of=V0&first={today}&last={today}")
        await expect(page.locator("[data-day-line]")).to_contain_text("暂定")
        await page.goto(f"{url}/?page=work&lang=zh")
        await expect(page.locator("[data-title]")).to_have_text(A_WEEK)
        await page.locator("[data-today]").click()
        await expect(page.locator("[data-title]")).to_have_text(A_DAY)
        await expect(page.locator("[data-bars], [data-nothing]")).to_have_count(1)


@pytest.mark.skipif(not AXE.exists(), reason="web/node_modules has no axe-core (`make web`)")
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing_on_the_page_of_work(browser, store, theme):
    await worked(store)
    async with serve(make_app(store, web_dir=WEB_DIR)) as url:
        at = f"/?page=work&lang=zh&{SPAN}"
        async with watching(browser, url, at=at, color_scheme=theme) as watched:
            for kind in ("trips", "cleaning", "collection"):
                await watched.page.locator(f"[data-kind={kind}]").click()
                await expect(
                    watched.page.locator(f"#work-panel[aria-labelledby=work-tab-{kind}] [data-row]")
                ).to_have_count({"trips": 2, "cleaning": 1, "collection": 1}[kind])
                assert await violations(watched) == []
