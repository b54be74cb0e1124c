"""The field's form at the width of a phone: written without a signal, kept, and delivered once."""

from base64 import b64decode

import pytest_asyncio
from playwright.async_api import expect

from alerts.case_flow import Act
from domain.person import EVERYTHING
from runtime.clock import now_ms
from storage.cases import Cases, NewAct
from storage.field import Field
from tests.api import district
from tests.api.serving import SOMEBODY, make_app, serve
from tests.web.conftest import WEB_DIR
from tests.web.watching import watching

PIXEL = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}


@pytest_asyncio.fixture
async def case(store):
    """An assigned case and the end of the address that opens its form."""
    await district.save_registry(store)
    found = district.finding(0, now_ms() - 5000)
    await store.commit(district.raised(found))
    act = NewAct(
        act=Act.ASSIGN,
        assignee="一中队",
        close_due_ms=now_ms() + 8 * 3_600_000,
        message="城北路口倾倒，请核查",
    )
    made = await Cases(store).act_on_alert(SOMEBODY, found.id, act, at_ms=now_ms())
    secret = await Field(store).make_link(made.id, unit="一中队", made_by="test", now_ms=now_ms())
    return made.id, f"/f/{made.id}#{secret}"


async def test_an_answer_written_without_a_signal_is_delivered_once_when_there_is_one(browser, store, case):
    number, path = case
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, url + path, signed_in=False, **PHONE) as watched,
    ):
        page = watched.page
        await page.locator("[data-message]", has_text="城北路口倾倒").wait_for()
        await page.context.set_offline(True)
        await page.locator("[data-offline]").wait_for()
        await page.get_by_text("属实", exact=True).click()
        await page.fill("textarea[name=text]", "已清理现场")
        photo = {"name": "现场.png", "mimeType": "image/png", "buffer": PIXEL}
        await page.set_input_files("input[name=photos]", [photo, photo | {"name": "二.png"}])
        await page.locator("[data-photo]").nth(1).wait_for()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
        small = await page.evaluate(
            "[...document.querySelectorAll('button, .button, .choice, a')]"
            ".filter(one => one.getBoundingClientRect().height < 48).map(one => one.outerHTML)"
        )
        assert small == []
        await page.locator("[data-send]").click()
        await page.get_by_text("已存在手机上").wait_for()
        assert [row.act for row in await Cases(store).log(EVERYTHING, number)] == ["acknowledge", "assign"]
        await page.context.set_offline(False)
        await page.get_by_text("已送达").wait_for()
        await page.locator("[data-field-form][data-kept=true]").wait_for()
        await page.reload()
        await page.get_by_text("已送达").wait_for()
    log = await Cases(store).log(EVERYTHING, number)
    assert [row.act for row in log] == ["acknowledge", "assign", "answer"]
    assert log[-1].reason == "已清理现场"
    files = await Cases(store).attachments(EVERYTHING, number)
    assert [file.media_type for file in files] == ["image/jpeg", "image/jpeg"]


async def test_what_was_begun_is_there_after_the_page_was_closed(browser, store, case):
    _, path = case
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, url + path, signed_in=False, **PHONE) as watched,
    ):
        page = watched.page
        await page.get_by_text("无法核实", exact=True).click()
        await page.fill("textarea[name=text]", "大门锁闭")
        photo = {"name": "门.png", "mimeType": "image/png", "buffer": PIXEL}
        await page.set_input_files("input[name=photos]", photo)
        await page.locator("[data-photo]").wait_for()
        await page.locator("[data-field-form][data-kept=true]").wait_for()
        await page.reload()
        await page.locator("[data-photo]").wait_for()
        await expect(page.locator("textarea[name=text]")).to_have_value("大门锁闭")
        await expect(page.locator("input[value=cannot_verify]")).to_be_checked()


async def test_a_link_that_has_ended_says_so_and_what_was_written_stays(browser, store, case):
    number, path = case
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, url + path, signed_in=False, **PHONE) as watched,
    ):
        page = watched.page
        await page.locator("[data-message]").wait_for()
        await Field(store).revoke_links(number)
        await page.get_by_text("属实", exact=True).click()
        await page.fill("textarea[name=text]", "已清理现场")
        await page.locator("[data-send]").click()
        await page.get_by_text("链接已失效").wait_for()
        await page.get_by_text("已清理现场").wait_for()
