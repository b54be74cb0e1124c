"""The reports page by keyboard: the week is exported, its counts tie to the list, and the shift is handed over."""

import csv
import io
from datetime import date, timedelta
from time import monotonic
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect

from alerts.case_flow import Act
from domain.instant import DAY_MS, MINUTE_MS
from domain.localtime import local_day
from runtime.clock import now_ms
from storage.batch import Batch
from storage.cases import Cases, NewAct
from storage.reports import Reports
from tests.api import district
from tests.api.serving import SOMEBODY, make_app, serve
from tests.web.conftest import WEB_DIR
from tests.web.watching import go, watching

pytestmark = pytest.mark.slow

SHANGHAI = ZoneInfo("Asia/Shanghai")
WITHIN_S = 60


def last_week() -> tuple[date, date]:
    today = local_day(now_ms(), SHANGHAI)
    monday = today - timedelta(days=today.weekday() + 7)
    return monday, monday + timedelta(days=6)


async def shift(store) -> int:
    """A week with six alerts, and a night with one overdue case and one silent truck; gives how many alerts."""
    await district.save_registry(store, vehicles=4)
    at_ms = now_ms()
    monday, _ = last_week()
    into_week_ms = at_ms - (local_day(at_ms, SHANGHAI) - monday).days * DAY_MS
    week = [district.finding(n, into_week_ms + n * MINUTE_MS, vehicle=n % 4) for n in range(6)]
    old = district.finding(9, at_ms - 2 * MINUTE_MS, vehicle=1)
    await store.commit(district.raised(*week, old))
    await store.commit(Batch(positions=(district.fix(0, at_ms - 40 * MINUTE_MS),)))
    await Cases(store).act_on_alert(SOMEBODY, week[0].id, NewAct(act=Act.ACKNOWLEDGE), at_ms=into_week_ms)
    return len(week)


@pytest.mark.alone
async def test_the_week_is_exported_and_the_shift_handed_over_by_keyboard_within_a_minute(
    browser, store, tmp_path
):
    count = await shift(store)
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, url, viewport={"width": 1366, "height": 768}) as watched,
    ):
        page = watched.page
        await page.locator("[data-alert]").first.wait_for()
        started = monotonic()
        await go(page, "w")
        await page.locator("[data-alert-line]").first.wait_for()
        await page.locator("[data-handover] [data-part=silent]").wait_for()
        async with page.expect_download() as waited:
            await page.keyboard.press("e")
        file = tmp_path / "week.csv"
        await (await waited.value).save_as(file)
        await page.keyboard.press("h")
        await page.keyboard.type("李娜")
        await page.keyboard.press("Tab")
        await page.keyboard.type("东门的车还没有核实")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.locator("[data-handed]").wait_for()
        taken_s = monotonic() - started

        rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"), newline="")))
        assert len(rows) == count
        await expect(page.locator("[data-alert-line]")).to_have_count(count)
        figure = page.locator("[data-figure=alerts] b")
        await expect(figure).to_have_text(str(count), use_inner_text=True)
        ids = [
            await line.get_attribute("data-alert-line")
            for line in await page.locator("[data-alert-line]").all()
        ]
        assert [row["告警编号"] for row in rows] == ids

        said = await page.locator("[data-last-handover]").inner_text()
        assert "李娜" in said
        assert "东门的车还没有核实" in said
        for part, total in (("overdue", 1), ("review", 0), ("shelved", 0), ("silent", 1)):
            await expect(page.locator(f"[data-part={part}] [data-total]").first).to_have_text(
                str(total), use_inner_text=True
            )
        assert taken_s < WITHIN_S
        assert watched.complaints == []
    kept = (await Reports(store).handovers(SOMEBODY.scope))[0]
    assert (kept.handed_to, kept.user_id) == ("李娜", "test")


async def test_a_figure_shows_its_alerts_and_the_address_shows_the_same_to_a_colleague(browser, store):
    await shift(store)
    async with serve(make_app(store, web_dir=WEB_DIR)) as url:
        async with watching(browser, f"{url}/?page=reports&lang=en") as watched:
            page = watched.page
            row = page.locator("[data-tally=rule] [data-row=speeding]")
            await row.locator("button").press("Enter")
            await page.locator("[data-listed]", has_text="2 of 6").wait_for()
            await expect(row.locator("td").last).to_have_text("2", use_inner_text=True)
            address = page.url
            assert "rule=speeding" in address
        async with watching(browser, address) as watched:
            await watched.page.locator("[data-listed]", has_text="2 of 6").wait_for()
            await watched.page.locator("[data-alert-line] button").first.press("Enter")
            await watched.page.locator("[data-story] h1").wait_for()
            await watched.page.wait_for_url(lambda url: "page=alert" in url)
