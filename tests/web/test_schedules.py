"""Schedules on the settings page: one is added, goes out at once, and what came of it is told."""

from playwright.async_api import expect

from docking.scheduled import Office
from docking.writing import MailSettings
from domain.instant import HOUR_MS
from domain.localtime import local_day
from domain.period import PeriodKind, period_of
from runtime.clock import now_ms
from runtime.secret_url import SecretUrl
from storage.schedules import Schedules
from tests.api import district
from tests.api.serving import make_app, serve
from tests.docking.mailbox import mailbox
from tests.web.conftest import WEB_DIR
from tests.web.test_accessible import AXE, violations
from tests.web.test_map import SHANGHAI
from tests.web.watching import watching


async def test_an_administrator_has_a_week_mailed_by_itself(browser, store):
    await district.save_registry(store)
    week = period_of(PeriodKind.WEEK, local_day(now_ms(), SHANGHAI)).before
    await store.commit(district.raised(district.finding(0, week.from_ms(SHANGHAI) + 30 * HOUR_MS)))
    app = make_app(store, web_dir=WEB_DIR)
    at = "/?page=settings&part=schedules"
    with mailbox() as box:
        async with serve(app) as url, watching(browser, f"{url}{at}") as watched:
            page = watched.page
            await page.locator("[data-no-mail]").wait_for()
            await page.locator("[data-new-schedule]").click()
            form = page.locator("[data-schedule-form]")
            await form.locator("[name=schedule_name]").fill("渣土周小结")
            await form.locator("[name=schedule_after]").select_option("1")
            await form.locator("[name=schedule_format][value=docx]").uncheck()
            await form.locator("[name=schedule_amends]").check()
            recipients = form.locator("[name=schedule_recipients]")
            await recipients.fill("boss@city.example\nnobody.city.example")
            await form.locator("[data-save]").click()
            await expect(form.get_by_role("alert")).to_contain_text(
                "收件人有误，不是邮箱地址：nobody.city.example"
            )
            await expect(recipients).to_have_attribute("aria-invalid", "true")
            await recipients.fill("boss@city.example\nnobody@city.example")
            await expect(recipients).to_have_attribute("aria-invalid", "false")
            await form.locator("[data-save]").click()
            card = page.locator("[data-schedule]")
            await expect(card.locator("[data-recipients]")).to_contain_text("boss@city.example")
            (kept,) = await Schedules(store).schedules()
            assert (kept.amends, kept.after_days, kept.formats, kept.recipients) == (
                True,
                1,
                ("xlsx",),
                ("boss@city.example", "nobody@city.example"),
            )
            await card.locator("[name=schedule_period]").fill(week.name)
            await card.locator("[data-run]").click()
            row = card.locator(f"[data-run-of='{week.name}']")
            await expect(row).to_have_attribute("data-state", "due")
            box.to_recipients["nobody@city.example"] = "550 unknown here"
            mail = MailSettings(server=SecretUrl(box.url), sender="hw@city.example", public_url=url)
            assert await Office(store, mail, now_ms).look() > 0
            await expect(row).to_have_attribute("data-state", "done")
            await expect(row.locator("[data-taken='boss@city.example']")).to_have_count(1)
            await expect(row.locator("[data-answer='nobody@city.example']")).to_contain_text("拒收")
            await expect(row).to_contain_text("550 unknown here")
            assert not AXE.exists() or await violations(watched) == []
            run = await Schedules(store).runs(kept.id)
            await Schedules(store).note_differs(run[0], since_ms=now_ms())
            await expect(row.locator("[data-differs=true]")).to_contain_text("满一天后发送更正")
            running = period_of(PeriodKind.WEEK, local_day(now_ms(), SHANGHAI))
            await card.locator("[name=schedule_period]").fill(running.name)
            await card.locator("[data-run]").click()
            await expect(card.get_by_role("alert")).to_have_text("该期尚未结束")
            assert [one.period for one in await Schedules(store).runs(kept.id)] == [week.name]
            # One that is there all the same, as the clock was set back: it fails for good, and the page says what then.
            assert await Schedules(store).run_again(kept.id, running.name, now_ms())
            assert await Office(store, mail, now_ms).look() > 0
            failed = card.locator(f"[data-run-of='{running.name}']")
            await expect(failed).to_have_attribute("data-state", "failed")
            await expect(failed).to_contain_text("该期尚未结束")
            await expect(failed).to_contain_text("不会再自动报送，也不会自动更正")
            await expect(failed).not_to_contain_text("is not over")
            await card.locator("[data-pause]").click()
            await card.locator("[data-resume]").wait_for()
            assert (await Schedules(store).schedules())[0].amends, "a pause changes nothing else"
            await card.locator("[data-remove]").click()
            await card.locator("[data-yes]").click()
            await expect(page.locator("[data-schedule]")).to_have_count(0)
    assert len(box.mails) == 1
