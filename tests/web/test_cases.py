"""From the door to a closed case in a real browser, with the keyboard where an officer uses it."""

import pytest_asyncio
from playwright.async_api import expect

from alerts.case_flow import Act
from domain.person import EVERYTHING, Person, Role
from runtime.clock import now_ms
from storage.cases import Cases, NewAct
from storage.field import Field
from storage.people import People, hash_password
from tests.api import district
from tests.api.serving import SOMEBODY, make_app, serve
from tests.web.conftest import WEB_DIR
from tests.web.watching import go, watching


@pytest_asyncio.fixture
async def world(store):
    await district.save_registry(store)
    found = district.finding(0, now_ms() - 5000)
    await store.commit(district.raised(found))
    return found


async def test_nobody_sees_the_page_before_signing_in(browser, store, world):
    await People(store).add_user(
        "li",
        name="李",
        role=Role.DISPATCHER,
        district_ids=None,
        password_hash=hash_password("correct horse"),
    )
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, url, signed_in=False) as watched,
    ):
        page = watched.page
        await page.locator("[data-door]").wait_for()
        assert await page.locator("[data-alert]").count() == 0
        await page.fill("input[name=user]", "li")
        await page.fill("input[name=password]", "wrong")
        await page.keyboard.press("Enter")
        await page.get_by_text("用户名或密码不正确").wait_for()
        await page.fill("input[name=password]", "correct horse")
        await page.keyboard.press("Enter")
        await page.locator("[data-alert]").first.wait_for()
        await page.locator("[data-sign-out]").click()
        await page.locator("[data-door]").wait_for()
        assert await page.locator("[data-alert]").count() == 0


async def test_a_demo_lets_in_with_one_click(browser, store, world):
    await People(store).add_user(
        "demo", name="演示", role=Role.ADMINISTRATOR, district_ids=None, password_hash=hash_password("demo")
    )
    app = make_app(store, web_dir=WEB_DIR, demo_user="demo")
    async with serve(app) as url, watching(browser, url, signed_in=False) as watched:
        await watched.page.locator("[data-enter-demo]").click()
        await watched.page.locator("[data-alert]").first.wait_for()


async def test_an_alert_goes_to_the_closed_case(browser, store, world):
    async with serve(make_app(store, web_dir=WEB_DIR)) as url, watching(browser, url) as watched:
        page = watched.page
        await watched.until_ready()
        await page.keyboard.press("j")
        await page.locator("[data-case]").wait_for()
        await page.keyboard.press("a")
        await page.locator("[data-state=acknowledged]").wait_for()
        await page.keyboard.press("t")
        await page.fill("input[name=unit]", "一中队")
        await page.keyboard.press("Enter")
        await page.locator("[data-state=assigned]").wait_for()
        await page.locator("[data-alert] .handled", has_text="一中队").wait_for()
        await page.locator("[data-act=answer]").click()
        await page.fill("textarea[name=reason]", "已清理现场")
        png = b"\x89PNG\r\n\x1a\n" + bytes(100)
        await page.set_input_files(
            "input[name=files]", {"name": "现场.png", "mimeType": "image/png", "buffer": png}
        )
        await page.locator("[data-submit]").click()
        await page.locator("[data-state=answered]").wait_for()
        await go(page, "c")
        await page.locator("[data-tab=to_close]").click()
        await page.locator("[data-case-row]").click()
        await page.locator("[data-act=close]").click()
        await page.get_by_role("button", name="已清理", exact=True).click()
        await page.locator("[data-submit]").click()
        await page.locator("[data-cases] [data-state=closed]").wait_for()
        told = await page.locator("[data-cases] .log li strong").all_inner_texts()
        assert told == ["受理", "交办", "反馈", "销号"]
        assert not [one for one in watched.complaints if "Failed to load resource" not in one]


async def test_what_another_seat_does_shows_here(browser, store, world):
    app = make_app(store, web_dir=WEB_DIR)
    async with serve(app) as url, watching(browser, url) as one, watching(browser, url) as other:
        for watched in (one, other):
            await watched.until_ready()
            await watched.page.keyboard.press("j")
        await one.page.keyboard.press("a")
        await other.page.locator("[data-state=acknowledged]").wait_for()


async def test_a_viewer_is_offered_no_act(browser, store, world):
    people = People(store)
    await people.add_user(
        "wang", name="王", role=Role.VIEWER, district_ids=None, password_hash=hash_password("correct horse")
    )
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, url, signed_in=False) as watched,
    ):
        page = watched.page
        await page.fill("input[name=user]", "wang")
        await page.fill("input[name=password]", "correct horse")
        await page.keyboard.press("Enter")
        await page.locator("[data-alert]").first.click()
        await page.locator("[data-case]").wait_for()
        assert await page.locator("[data-act]").count() == 0
        await page.goto(f"{url}/?page=settings")
        await expect(page.locator("[data-not-yours]")).to_contain_text("没有“设置”页的权限")


async def test_a_warning_from_outside_is_entered_and_closed(browser, store, world):
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, url + "/?page=cases") as watched,
    ):
        page = watched.page
        await page.locator("[data-enter-external]").click()
        await page.fill("[data-external] input[name=reference]", "20261122-07")
        await page.fill("[data-external] input[name=title]", "夜间倾倒渣土")
        await page.fill("[data-external] input[name=place]", f"{district.LAT}, {district.LON}")
        await page.locator("[data-enter]").click()
        case = page.locator("[data-cases] [data-case]")
        await case.locator("[data-state=new]").wait_for()
        await case.locator("[data-act=assign]").click()
        await case.locator("input[name=unit]").fill("一中队")
        message = await case.locator("textarea[name=message]").input_value()
        await case.locator("[data-submit]").click()
        await case.locator("[data-state=assigned]").wait_for()
        link = await case.locator("[data-field-url]").input_value()
        async with watching(browser, link, signed_in=False) as phone:
            told = phone.page.locator("[data-message]")
            await told.wait_for()
            assert (await told.inner_text()).splitlines() == message.splitlines()
        await case.locator("[data-act=answer]").click()
        await case.locator("[data-submit]").click()
        await case.locator("[data-state=answered]").wait_for()
        await case.locator("[data-act=close]").click()
        await case.get_by_role("button", name="已清理", exact=True).click()
        await case.locator("[data-submit]").click()
        await case.locator("[data-state=closed]").wait_for()
        told = await case.locator(".log li strong").all_inner_texts()
        assert told == ["登记", "受理", "交办", "反馈", "销号"]


async def test_several_cases_are_acted_on_together_and_each_says_what_came_of_it(browser, store, world):
    cases = Cases(store)
    opened = []
    for number in (1, 2):
        found = district.finding(number, now_ms() - 5000, vehicle=number)
        await store.commit(district.raised(found))
        act = NewAct(act=Act.ACKNOWLEDGE)
        opened.append(await cases.act_on_alert(SOMEBODY, found.id, act, at_ms=now_ms()))
    due_ms = now_ms() + 3_600_000
    await cases.act(
        SOMEBODY, opened[0].id, NewAct(act=Act.ASSIGN, assignee="一中队", close_due_ms=due_ms), at_ms=now_ms()
    )
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, url + "/?page=cases") as watched,
    ):
        page = watched.page
        await page.locator("[data-case-row]").nth(1).wait_for()
        await page.locator("[data-mark-all]").check()
        await page.locator("[data-together=dismiss]").click()
        dialog = page.locator("[data-bulk]")
        await expect(dialog.locator("[data-bulk-case]")).to_have_count(2)
        await dialog.get_by_role("button", name="重复", exact=True).click()
        await dialog.locator("[data-submit]").click()
        await dialog.locator("[data-bulk-came-to]").wait_for()
        for case, came in zip(opened, ("failed", "done"), strict=True):
            row = dialog.locator(f"[data-bulk-case='{case.id}'] [data-result={came}]")
            await row.wait_for()
    states = [(await cases.case(EVERYTHING, case.id)).state for case in opened]
    assert states == ["assigned", "dismissed"]


async def test_who_has_a_case_open_is_seen_and_what_was_typed_stays_when_they_were_quicker(
    browser, store, world
):
    cases = Cases(store)
    case = await cases.act_on_alert(SOMEBODY, world.id, NewAct(act=Act.ACKNOWLEDGE), at_ms=now_ms())
    zhao = Person(user_id="zhao", name="赵", role=Role.DISPATCHER)
    await Field(store).look(zhao, case.id, now_ms=now_ms())
    app = make_app(store, web_dir=WEB_DIR)
    async with serve(app) as url, watching(browser, f"{url}/?page=cases&case={case.id}") as watched:
        page = watched.page
        await page.locator("[data-others]", has_text="赵").wait_for()
        await page.locator("[data-act=dismiss]").click()
        await page.fill("textarea[name=reason]", "该处已获批准")
        await cases.act(
            zhao,
            case.id,
            NewAct(act=Act.ASSIGN, assignee="一中队", default_due_ms=now_ms() + 1000),
            at_ms=now_ms(),
        )
        await page.locator("[data-submit]").click()
        await page.locator("[data-case] [role=alert]").wait_for()
        await page.locator("[data-case] [data-state=assigned]").wait_for()
        await expect(page.locator("textarea[name=reason]")).to_have_value("该处已获批准")
