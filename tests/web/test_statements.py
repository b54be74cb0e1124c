"""The panel of weeks and months: a week is issued, its files are had, and what changes after is an amendment."""

import csv
import io
import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from playwright.async_api import Page, expect

from domain.instant import DAY_MS, MINUTE_MS
from domain.localtime import local_day
from domain.period import Period, PeriodKind, period_of
from runtime.clock import now_ms
from tests.api import district
from tests.api.serving import make_app, serve
from tests.web.conftest import WEB_DIR
from tests.web.test_accessible import AXE, violations
from tests.web.watching import watching

pytestmark = pytest.mark.slow

SHANGHAI = ZoneInfo("Asia/Shanghai")


def last_week() -> Period:
    return period_of(PeriodKind.WEEK, local_day(now_ms(), SHANGHAI) - timedelta(days=7))


async def weeks(store, count: int = 6) -> int:
    """Alerts in the last full week and one in the week before it; gives when the last one began."""
    known = district.registry(vehicles=4)
    known["districts"].append({"id": "D2", "name": "东区", "geometry": district.box(104.6, 30.66, 0.07)})
    await store.save_registry(json.dumps(known).encode(), author="test", effective_from_ms=1)
    from_ms = last_week().from_ms(SHANGHAI)
    found = [district.finding(n, from_ms + DAY_MS + n * MINUTE_MS, vehicle=n % 4) for n in range(count)]
    await store.commit(district.raised(district.finding(90, from_ms - DAY_MS, vehicle=1), *found))
    return from_ms


async def saved(page: Page, selector: str, file) -> bytes:
    async with page.expect_download() as waited:
        await page.locator(selector).click()
    await (await waited.value).save_as(file)
    return file.read_bytes()


async def test_a_week_is_issued_had_as_a_file_and_amended(browser, store, tmp_path):
    from_ms = await weeks(store)
    row = f"[data-period='{last_week().name}']"
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, f"{url}/?page=reports", viewport={"width": 1366, "height": 768}) as watched,
    ):
        page = watched.page
        await expect(page.locator(row)).to_have_attribute("data-state", "over")
        week_before = f"第{int(last_week().before.name[6:])}周"
        await expect(page.locator("[data-first]")).to_contain_text(f"{week_before}起按先后签发")
        before = await saved(page, f"{row} [data-file=csv]", tmp_path / "before.csv")
        assert "暂定" in before.decode("utf-8-sig")
        await page.locator(f"{row} [data-issue]").press("Enter")
        await expect(page.locator(row)).to_have_attribute("data-state", "issued")
        await expect(page.locator("[data-told]")).to_have_text("已签发。")
        await expect(page.locator("[data-first]")).to_have_count(0)
        content = await saved(page, f"{row} [data-file=csv]", tmp_path / "week.csv")
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
        assert [row["行类型"] for row in rows] == ["签发原文"] * 6

        # Nothing has changed: nothing is issued.
        await expect(page.locator(f"{row} [data-issue]")).to_be_enabled()
        await page.locator(f"{row} [data-issue]").press("Enter")
        await expect(page.locator("[data-told]")).to_have_text("签发后没有变化。")
        late = district.finding(7, from_ms + 2 * DAY_MS, vehicle=2)
        await store.commit(district.raised(late))
        await expect(page.locator(f"{row} [data-issue]")).to_be_enabled()
        await page.locator(f"{row} [data-issue]").press("Enter")
        await expect(page.locator("[data-change=added]")).to_have_count(1)
        await page.locator("select[name=file_language]").select_option("en")
        again = await saved(page, f"{row} [data-file=csv]", tmp_path / "again.csv")
        told = list(csv.DictReader(io.StringIO(again.decode("utf-8-sig"), newline="")))
        assert [(one["Alert"], one["Amended"]) for one in told[6:]] == [(str(late.id), "Added")]
        assert [one["Alert"] for one in told[:6]] == [one["告警编号"] for one in rows]
        address = page.url
        assert not AXE.exists() or await violations(watched) == []
        assert watched.complaints == []
        async with watching(browser, address) as colleague:
            await expect(colleague.page.locator("[data-change=added]")).to_have_count(1)
            await colleague.page.locator("[data-change=added] button").press("Enter")
            await colleague.page.wait_for_url(lambda url: "page=alert" in url)


@pytest.mark.filterwarnings("ignore:Unknown extension:UserWarning")  # of Excel's newer bars
async def test_the_workbook_of_a_month_and_a_district_is_a_workbook(browser, store, tmp_path):
    await weeks(store)
    period = period_of(PeriodKind.MONTH, last_week().first)
    month = period.name
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, f"{url}/?page=reports&lang=en") as watched,
    ):
        page = watched.page
        await page.locator("[data-kind=month]").press("Enter")
        await expect(page.locator(f"[data-period='{month}'] .name")).to_have_text(f"{period.first:%B %Y}")
        assert "periods=month" in page.url
        await page.locator("select[name=file_district]").select_option("D1")
        file = tmp_path / "month.xlsx"
        await saved(page, f"[data-period='{month}'] [data-file=xlsx]", file)
        assert len(openpyxl.load_workbook(file).sheetnames) > 5
        assert watched.complaints == []
