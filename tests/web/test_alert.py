"""The alert in full, by keyboard: why it was raised, the way or the windows around it, what changed of it."""

import asyncio
from itertools import cycle
from time import monotonic

import pytest
from msgspec import structs
from playwright.async_api import expect

from alerts.evidence import SpeedEvidence
from domain.instant import MINUTE_MS
from domain.rule import RuleKind
from exports.bundle.checking import Outcome, check_bundle
from runtime.clock import now_ms
from scripts.rule_pictures.catalogue import CASES
from storage.batch import Batch, JudgedFinding
from tests.api import district
from tests.api.serving import make_app, serve
from tests.support.stored_worlds import alert_of, store_side
from tests.web.alert_of_each_kind import findings
from tests.web.conftest import WEB_DIR
from tests.web.test_dust import NOW_MS, evening
from tests.web.watching import watching

pytestmark = pytest.mark.slow

HOUR_MS = 60 * MINUTE_MS
WITHIN_S = 10


@pytest.mark.alone
async def test_a_dust_exceedance_is_explained_in_two_keys_and_ten_seconds(browser, store):
    alert_id = await evening(store)
    async with (
        serve(make_app(store, web_dir=WEB_DIR, clock=lambda: NOW_MS)) as url,
        watching(browser, url, viewport={"width": 1366, "height": 768}) as watched,
    ):
        page = watched.page
        await page.locator(f"[data-alert='{alert_id}']").wait_for()
        started = monotonic()
        await page.keyboard.press("j")
        await page.keyboard.press("e")
        await page.locator("[data-windows-around] [data-dust-chart] canvas").first.wait_for()
        row = page.locator("[data-windows-around] tr[data-verdict=over]").last
        told = await row.inner_text()
        taken_s = monotonic() - started
        for value in ("01:00–02:00", "190", "60", "130", "80", "100%", "超标"):
            assert value in told
        how = await page.locator("[data-how]").inner_text()
        assert "均值 190 − 背景 60" in how
        assert "数据有效率 100%（≥ 75%）" in how
        assert f"page=alert&alert={alert_id}" in page.url.replace("%2D", "-") or alert_id in page.url
        assert taken_s < WITHIN_S
        assert watched.complaints == []


async def test_a_pasted_address_shows_the_rule_in_the_pages_language_and_the_way_on_the_replay(
    browser, store
):
    at_ms = now_ms() - HOUR_MS
    await district.save_registry(store)
    await store.commit(Batch(positions=tuple(district.fix(1, at_ms + n * 20_000) for n in range(-20, 20))))
    found = district.finding(2, at_ms, vehicle=1)
    told = structs.replace(found, evidence=structs.replace(found.evidence, top_at_ms=at_ms + MINUTE_MS))
    await store.commit(district.raised(told))
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, f"{url}/?page=alert&alert={found.id}") as watched,
    ):
        page = watched.page
        strip = page.locator("[data-strip]")
        await strip.wait_for()
        assert int(await strip.get_attribute("data-at")) == at_ms
        await expect(page.locator("[data-rule-words=zh]")).to_contain_text(
            "限速的 1.1 倍", use_inner_text=True
        )
        await expect(page.locator("[data-rule-words=en]")).to_have_count(0)
        await expect(page.locator("[data-how]")).to_contain_text("40 × 1.1", use_inner_text=True)
        await page.locator("[data-how] button").first.press("Enter")
        await page.locator(f"[data-strip][data-at='{at_ms + MINUTE_MS}']").wait_for()
        await page.locator("[data-story] h1").click()
        await page.keyboard.press("ArrowRight")
        await page.locator(f"[data-strip][data-at='{at_ms + MINUTE_MS + 10_000}']").wait_for()
        await page.keyboard.press("Escape")
        await page.locator("[data-card=alert]").wait_for()
        assert watched.complaints == []


async def test_the_first_registry_holds_for_an_alert_of_before_it(browser, store):
    await district.save_registry(store)
    found = district.finding(2, district.START_MS - HOUR_MS, vehicle=1)
    await store.commit(district.raised(found))
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, f"{url}/?page=alert&alert={found.id}") as watched,
    ):
        said = watched.page.locator("[data-terms] [data-version]")
        await expect(said).to_contain_text("规则版本 1，最初的版本，此前亦适用；", use_inner_text=True)


async def test_what_the_engine_changed_stands_beside_what_it_said_before(browser, store):
    await district.save_registry(store)
    found = district.finding(2, now_ms() - HOUR_MS, vehicle=1)
    await store.commit(district.raised(found))
    evidence = SpeedEvidence(top_speed_kmh=91.0, limit_kmh=40.0, zone_ids=())
    late = structs.replace(found, evidence=evidence, started_ms=found.started_ms - MINUTE_MS)
    gone = structs.replace(late, withdrawn="a late report shows it standing")
    for one in (late, gone):
        judged = JudgedFinding(finding=one, ruleset_version=1, found_late=True)
        await store.commit(Batch(findings=(judged,)))
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, f"{url}/?page=alert&alert={found.id}&lang=en") as watched,
    ):
        page = watched.page
        changes = page.locator("[data-change]")
        await changes.nth(2).wait_for()
        assert (
            await page.locator("[data-withdrawn]").inner_text()
            == "Withdrawn: a late report shows it standing"
        )
        revised = await changes.nth(1).inner_text()
        assert "up to 83 km/h" in revised
        assert "up to 91 km/h" in revised
        await expect(page.locator("[data-late]")).to_contain_text("late data", use_inner_text=True)
        await expect(page.locator("[data-no-way]")).to_contain_text(
            "No reports in this span", use_inner_text=True
        )
        assert watched.complaints == []


async def test_an_alert_of_every_kind_is_reasoned_without_a_hole(browser, store):
    await district.save_registry(store)
    every = list(findings(now_ms() - HOUR_MS))
    assert {one.rule for one in every} == set(RuleKind)
    await store.commit(district.raised(*every))
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, url, viewport={"width": 900, "height": 500}) as watched,
    ):
        page = watched.page
        for language, one in zip(cycle(("zh", "en")), every, strict=False):
            await page.goto(f"{url}/?page=alert&alert={one.id}&lang={language}")
            how = page.locator(f"[data-story][data-of='{one.id}'] [data-how]")
            await how.locator("tbody").first.wait_for()
            said = await page.locator("[data-story]").inner_text()
            for hole in ("NaN", "undefined", "null", "how_", "{", "[object"):
                assert hole not in said, (one.rule, language, said)
            assert await page.locator("[data-sentence]").inner_text(), one.rule
        assert watched.complaints == []


async def test_its_bundle_of_evidence_is_a_click_away_and_verifies(browser, store, tmp_path):
    await store_side(store, CASES[RuleKind.OFF_ROUTE]().flagged)
    alert = await alert_of(store, RuleKind.OFF_ROUTE)
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, f"{url}/?page=alert&alert={alert.id}&lang=en") as watched,
    ):
        link = watched.page.locator("[data-evidence]")
        await expect(link).to_have_text("Evidence")
        async with watched.page.expect_download() as begun:
            await link.click()
        download = await begun.value
        assert download.suggested_filename == f"haulwatch-evidence-{alert.id}.zip"
        await download.save_as(tmp_path / "case.zip")
        verdict = check_bundle((tmp_path / "case.zip").read_bytes())
        assert (verdict.outcome, verdict.alert_id) == (Outcome.VERIFIED, str(alert.id))
        assert watched.complaints == []


async def test_an_alert_that_is_not_there_is_said_to_be_so(browser, store):
    await district.save_registry(store)
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, f"{url}/?page=alert&alert=00000000-0000-0000-0000-000000000001") as watched,
    ):
        said = watched.page.get_by_text("没有该告警，或不在您的辖区")
        async with asyncio.timeout(60):
            await said.wait_for()
