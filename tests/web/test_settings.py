"""Administration in a real browser: somebody is let in, a program too, and the log says so."""

from domain.person import Role
from storage.people import People, hash_password
from tests.api import district
from tests.api.serving import make_app, serve
from tests.web.conftest import WEB_DIR
from tests.web.watching import watching


async def test_an_administrator_adds_a_user_and_a_token_and_reads_it_in_the_log(browser, store):
    await district.save_registry(store, 2)
    await district.save_registry(store, 3)
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, f"{url}/?page=settings") as watched,
    ):
        page = watched.page
        await watched.until(lambda state: state["loaded"])
        await page.locator("[data-new-user]").click()
        await page.fill("input[name=id]", "li")
        await page.fill("input[name=name]", "李")
        await page.select_option("select[name=role]", "dispatcher")
        await page.fill("input[name=new_password]", "correct horse")
        await page.uncheck("input[name=all_districts]")
        await page.check("input[value=D1]")
        await page.locator("[data-save]").click()
        await page.locator("[data-user=li]", has_text="锦江区").wait_for()
        (li,) = [user for user in await People(store).users() if user.id == "li"]
        assert (li.role, li.district_ids) == (Role.DISPATCHER, ("D1",))
        await page.locator("[data-user=li] [data-disable]").click()
        await page.locator("[data-user=li]", has_text="已停用").wait_for()

        await page.locator("[data-part=tokens]").click()
        await page.locator("[data-new-token]").click()
        await page.fill("input[name=token_name]", "市平台")
        await page.locator("[data-save]").click()
        secret = await page.locator("[data-secret] code").inner_text()
        person = await People(store).of_token(secret)
        assert person is not None
        assert person.role is Role.VIEWER
        await page.locator("[data-forget]").click()
        assert secret not in await page.content()
        await page.locator("[data-revoke]").click()
        await page.locator("[data-token]", has_text="已吊销").wait_for()
        assert await People(store).of_token(secret) is None

        await page.locator("[data-part=versions]").click()
        await page.locator("[data-version='2'] [data-difference]").click()
        await page.locator("[data-difference-list]", has_text="川A10002D").wait_for()

        await page.locator("[data-part=audit]").click()
        await page.locator("[data-audit-row=add_user]").wait_for()
        done = await page.locator("[data-audit-row]").evaluate_all(
            "rows => rows.map(r => r.dataset.auditRow)"
        )
        assert done == ["revoke_token", "add_token", "change_user", "add_user"]
        assert watched.complaints == []


async def test_the_last_administrator_is_told_why_they_stay(browser, store):
    await district.save_registry(store)
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, f"{url}/?page=settings") as watched,
    ):
        page = watched.page
        await page.locator("[data-user=test] [data-disable]").click()
        await page.get_by_text("至少须保留一位管理员").wait_for()
        assert [user.disabled for user in await People(store).users()] == [False]


async def test_who_is_no_administrator_sees_no_settings(browser, store):
    await district.save_registry(store)
    await People(store).add_user(
        "wang", name="王", role=Role.ANALYST, district_ids=None, password_hash=hash_password("correct horse")
    )
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, f"{url}/?page=settings", signed_in=False) as watched,
    ):
        page = watched.page
        await page.fill("input[name=user]", "wang")
        await page.fill("input[name=password]", "correct horse")
        await page.keyboard.press("Enter")
        await page.locator("[data-go=devices]").wait_for()
        assert await page.locator("[data-go=settings]").count() == 0
        assert await page.locator("[data-settings]").count() == 0
        assert "/api/users" not in " ".join(watched.requests)
