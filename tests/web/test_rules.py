"""The rules page in a real browser: a number is changed, tried on history, put in force and taken back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from alerts.ruleset import Ruleset
from domain.registry import Registry, check
from ingest.backtest_jobs import BacktestJobs
from ingest.known import known_devices
from ingest.wire import DEFAULT_PREFIX, decode
from storage.backtests import Backtests, BacktestState
from storage.batch import Batch
from tests.api.serving import make_app, serve
from tests.end_to_end.fleet import messages, registry_document
from tests.web.conftest import WEB_DIR
from tests.web.test_accessible import violations
from tests.web.watching import Watched, go, watching

pytestmark = pytest.mark.slow

TRUCKS, FIXES = 3, 200


async def a_fleet_has_driven(store) -> None:
    """It exceeded 60 km/h for 25 s now and then; version 1 judges by default numbers."""
    document = registry_document(TRUCKS)
    registry = check(document)
    assert isinstance(registry, Registry)
    known = known_devices(Ruleset.build(registry, version=1), DEFAULT_PREFIX)
    positions = [
        position
        for one in messages(TRUCKS, FIXES)
        for position in decode(one.topic, one.payload, one.received_ms, known).positions
    ]
    await store.commit(Batch(positions=tuple(positions)))
    await store.save_registry(document, author="test", effective_from_ms=0)


@asynccontextmanager
async def at_the_rules(browser, store, address: str, **look) -> AsyncIterator[Watched]:
    """The page, with the process that runs backtests beside it."""
    stop = asyncio.Event()
    work = asyncio.create_task(BacktestJobs(store, store._dsn, processes=1).run(stop))
    look = {"viewport": {"width": 1366, "height": 768}} | look
    try:
        async with (
            serve(make_app(store, web_dir=WEB_DIR)) as url,
            watching(browser, f"{url}/{address}", **look) as watched,
        ):
            yield watched
    finally:
        stop.set()
        await work


async def speeding_holds_s(store) -> float | None:
    """What the newest version says; None where it says nothing."""
    newest = await store.newest_registry()
    registry = check(newest.document)
    assert isinstance(registry, Registry)
    rules = {rule.id: rule for rule in registry.rules or ()}
    return rules["speeding"].params.get("hold_s") if rules else None


async def test_a_number_is_changed_tried_put_in_force_and_taken_back(browser, store):
    await a_fleet_has_driven(store)
    async with at_the_rules(browser, store, "?page=rules") as watched:
        page = watched.page
        card = page.locator("[data-rule=speeding]")
        await card.locator("[data-reach]", has_text="3 / 3").wait_for()
        await card.locator("[data-number=hold_s]").fill("120")
        await page.keyboard.press("Enter")
        await card.locator("[data-remark=hold_s]", has_text="10 s → 120 s").wait_for()
        await card.locator("[data-try-rule]").click()
        await page.locator("[data-try]:focus").wait_for()
        await page.keyboard.press("Enter")
        await page.locator("[data-backtest-view][data-state=done]").wait_for()
        await page.locator("[data-coverage]", has_text="3 / 3").wait_for()
        row = page.locator("[data-compared-row=speeding] td")
        before, after, _, vanished, _ = await row.all_inner_texts()
        assert int(before) > 0
        assert (after, vanished) == ("0", f"− {before}")
        await page.locator("[data-change=vanishes] button").first.click()
        await page.locator("[data-change-detail]", has_text="km/h").wait_for()
        (row_stored,) = await Backtests(store).backtests()
        assert row_stored.state is BacktestState.DONE

        await page.locator("[data-force]").click()
        await page.fill("input[name=draft_note]", "超速须持续两分钟")
        await page.locator("[data-force-now]").click()
        await page.locator("[data-draft-saved]").wait_for()
        assert await speeding_holds_s(store) == 120
        await page.locator("[data-undo-version]").click()
        await page.locator("[data-draft-saved]", has_text="版本 3").wait_for()
        assert await speeding_holds_s(store) is None

        # The address leads back to the result.
        await page.reload()
        await page.locator("[data-backtest-view][data-state=done] [data-compared]").wait_for()
        assert watched.complaints == []


async def test_what_the_check_refuses_stands_at_the_number(browser, store):
    await a_fleet_has_driven(store)
    async with at_the_rules(browser, store, "?page=rules&rule=off_route") as watched:
        page = watched.page
        number = page.locator("[data-rule=off_route] [data-number=hold_s]")
        await number.fill("-3")
        await page.keyboard.press("Enter")
        await page.locator("[data-rule=off_route] [data-number=hold_s][aria-invalid=true]").wait_for()
        await page.locator("[data-force]:disabled").wait_for()
        await number.fill("soon")
        await page.keyboard.press("Enter")
        await page.locator("[data-remark=hold_s]", has_text="不是数字").wait_for()
        await number.fill("")
        await page.keyboard.press("Enter")
        await page.locator("[data-force]").wait_for(state="detached")
        assert watched.complaints == []


async def test_a_rule_is_switched_off_another_of_its_kind_added_for_one_vehicle(browser, store):
    await a_fleet_has_driven(store)
    async with at_the_rules(browser, store, "?page=rules") as watched:
        page = watched.page
        await page.locator("[data-rule=overload] [data-enabled]").uncheck()
        await page.locator("[data-add=speeding]").click()
        other = page.locator("[data-rule=speeding-2]")
        await other.locator("[data-choose]").click()
        await other.locator("[data-limit=vehicle_ids]").check()
        await other.locator("input[value=V1]").check()
        await other.locator("[data-reach-apply]").click()
        await other.locator("[data-reach]", has_text="1 / 3").wait_for()
        await page.locator("[data-force]").click()
        await page.locator("[data-force-now]").click()
        await page.locator("[data-draft-saved]").wait_for()
        newest = await store.newest_registry()
        registry = check(newest.document)
        rules = {rule.id: rule for rule in registry.rules}
        assert rules["overload"].enabled is False
        assert rules["speeding-2"].applies_to.vehicle_ids == ("V1",)
        assert len(rules) == 25
        assert watched.complaints == []


async def test_a_rule_is_tuned_by_keyboard_alone(browser, store):
    await a_fleet_has_driven(store)
    async with at_the_rules(browser, store, "") as watched:
        page = watched.page

        async def press_until(key: str, selector: str) -> None:
            """Press a key until what is meant has the focus."""
            met = []
            for _ in range(150):
                if await page.locator(f"{selector}:focus").count():
                    return
                await page.keyboard.press(key)
                met.append(await page.evaluate("() => document.activeElement.outerHTML.slice(0, 90)"))
            raise AssertionError(f"{key} does not lead to {selector}, only to {met}")

        await watched.until(lambda state: state["loaded"])
        await go(page, "r")
        await page.locator("[data-rule=speeding]").wait_for()
        await press_until("j", "[data-rule=speeding]")
        await press_until("Tab", "[data-number=hold_s]")
        await page.keyboard.type("120")
        await page.keyboard.press("Enter")
        await page.locator("[data-rule=speeding] [data-try-rule]").wait_for()
        await press_until("Tab", "[data-rule=speeding] [data-try-rule]")
        await page.keyboard.press("Enter")
        await page.locator("[data-try]:focus").wait_for()
        await page.keyboard.press("Enter")
        await page.locator("[data-backtest-view][data-state=done]").wait_for()
        await press_until("Tab", "[data-go-force]")
        await page.keyboard.press("Enter")
        await page.locator("[data-force]:focus").wait_for()
        await page.keyboard.press("Enter")
        await press_until("Shift+Tab", "[data-force-now]")
        await page.keyboard.press("Enter")
        await page.locator("[data-draft-saved]").wait_for()
        assert await speeding_holds_s(store) == 120
        assert watched.complaints == []


@pytest.mark.parametrize(("locale", "theme"), [("zh-CN", "light"), ("en-GB", "dark")])
async def test_axe_finds_nothing_on_the_rules_and_a_result(browser, store, locale, theme):
    await a_fleet_has_driven(store)
    look = {"locale": locale, "color_scheme": theme}
    async with at_the_rules(browser, store, "?page=rules", **look) as watched:
        page = watched.page
        card = page.locator("[data-rule=speeding]")
        await card.locator("[data-number=hold_s]").fill("120")
        await page.keyboard.press("Enter")
        await card.locator("[data-choose]").click()
        await card.locator("[data-limit=vehicle_ids]").check()
        await card.locator("[data-remark=hold_s]").wait_for()
        await page.locator("[data-force]").wait_for()
        assert await violations(watched) == [], "the rules"
        await card.locator("[data-try-rule]").click()
        await page.locator("[data-try]").click()
        await page.locator("[data-backtest-view][data-state=done]").wait_for()
        await page.locator("[data-change] button").first.click()
        assert await violations(watched) == [], "a result"
