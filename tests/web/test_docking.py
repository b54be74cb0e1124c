"""Docking in a real browser: a platform is added, tried, fails, refuses, and is seen to."""

from playwright.async_api import expect

from storage.people import People
from storage.webhooks import Webhooks
from tests.api import district
from tests.api.serving import make_app, serve
from tests.docking.delivering import add_target, delivering, raise_states, until_target
from tests.docking.receiver import accepting, always, answer, receiving
from tests.web.conftest import WEB_DIR
from tests.web.test_accessible import AXE, violations
from tests.web.watching import watching


async def test_an_administrator_docks_a_platform_and_sees_to_what_it_refuses(browser, store):
    await district.save_registry(store)
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        receiving(always(answer(400, "no such truck"))) as receiver,
        watching(browser, f"{url}/?page=settings&part=docking") as watched,
    ):
        page = watched.page
        await page.locator("[data-not-delivering]").wait_for()
        await page.locator("[data-new-target]").click()
        await page.fill("input[name=target_name]", "市平台")
        await page.fill("input[name=target_url]", receiver.url)
        await page.locator("input[name=all_rules]").uncheck()
        await expect(page.locator("[data-target-form] [data-save]")).to_be_disabled()
        for rule in ("speeding", "illegal_dumping"):
            await page.locator(f"input[name=rule][value={rule}]").check()
        await page.locator("[data-target-form] [data-save]").click()
        secret = await page.locator("[data-secret] code").inner_text()
        assert secret.startswith("whsec_")
        await page.locator("[data-forget]").click()
        await expect(page.locator("[data-secret]")).to_have_count(0)
        (target,) = await Webhooks(store).targets()
        assert target.rules == ("illegal_dumping", "speeding")
        await expect(page.locator("[data-told]")).to_contain_text("违规倾倒，超速")

        async with delivering(store):
            await expect(page.locator("[data-not-delivering]")).to_have_count(0)
            await page.locator("[data-ping]").click()
            await expect(page.locator("[data-answer]")).to_contain_text("no such truck")
            await raise_states(store, 2, 2)
            await until_target(store, target.id, lambda one: one.behind == 0)
            await expect(page.locator("[data-letter]")).to_have_count(4)
            await expect(page.locator("[data-letter-state=behind]")).to_have_count(2)
            await expect(page.locator("[data-letter-count]")).to_have_text("4")
            assert not AXE.exists() or await violations(watched) == []

            first = page.locator("[data-letter]").first
            await first.locator("[aria-expanded]").click()
            await expect(page.locator("[data-letters] pre")).to_contain_text('"change": 1')
            await first.locator("[data-drop]").click()
            await page.fill("input[name=drop_reason]", "已报废")
            await page.locator("[data-drop-now]").click()
            await until_target(store, target.id, lambda one: one.letters == 3)
            receiver.says = accepting
            await page.locator("[data-resend-all]").click()
            await expect(page.locator("[data-letters]")).to_have_count(0)
            await expect(page.locator("[data-standing=fine]")).to_have_count(1)

            await page.locator("[data-pause]").click()
            await page.locator("[data-standing=paused]").wait_for()
            await page.locator("[data-rotate]").click()
            await page.locator("[data-sure] [data-yes]").click()
            await page.locator("[data-secret] code").wait_for()
            assert await page.locator("[data-secret] code").inner_text() != secret
            await page.locator("[data-remove]").click()
            await page.locator("[data-sure] [data-yes]").click()
            await expect(page.locator("[data-target]")).to_have_count(0)
        assert await Webhooks(store).targets() == []
        told = [one.event["data"]["change"] for one in receiver.accepted if one.event["type"] != "ping"]
        assert sorted(told) == [2, 3, 4]
        done = [one.act for one in await People(store).audit()]
        assert done == [
            "remove_webhook", "rotate_webhook_secret", "change_webhook", "resend_letters", "drop_letters",
            "add_webhook",
        ]  # fmt: skip
        assert watched.complaints == []


async def test_many_dead_letters_are_read_page_by_page_and_what_went_unread_is_told(browser, store):
    await district.save_registry(store)
    target_id = await add_target(store, "http://127.0.0.1:9/", state="paused")
    async with store.connection() as connection:
        await connection.execute(
            "insert into webhook_letters (target_id, event_id, subjects, body, state) "
            """select $1, 'alert-' || n, array['a' || n], '{"data": {"rule": "speeding"}}', 'refused' """
            "from generate_series(1, 60) n",
            target_id,
        )
        await connection.execute("update webhook_targets set expired_letters = 7")
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, f"{url}/?page=settings&part=docking") as watched,
    ):
        page = watched.page
        pages = page.locator("[data-letter-pages]")
        await expect(pages).to_have_text("第 1–25 条，共 60 条")
        await expect(page.locator("[data-expired]")).to_contain_text("7")
        await expect(page.locator("[data-back]")).to_be_disabled()
        await page.locator("[data-forward]").click()
        await expect(pages).to_have_text("第 26–50 条，共 60 条")
        await page.locator("[data-forward]").click()
        await expect(pages).to_have_text("第 51–60 条，共 60 条")
        await expect(page.locator("[data-letter]")).to_have_count(10)
        await expect(page.locator("[data-forward]")).to_be_disabled()
        letters = await Webhooks(store).letters(target_id, limit=60)
        await Webhooks(store).drop(target_id, [one.id for one in letters[40:]])
        await expect(pages).to_have_text("第 26–40 条，共 40 条")
        await page.locator("[data-back]").click()
        await expect(pages).to_have_text("第 1–25 条，共 40 条")
        assert not AXE.exists() or await violations(watched) == []
        assert watched.complaints == []
