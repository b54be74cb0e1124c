"""The dust page in a real browser: from a station's alert to its windows, as chart and as table."""

import json

import pytest
from playwright.async_api import expect

from alerts import engine
from alerts.ruleset import Ruleset
from alerts.station_evidence import DustEvidence
from domain.identifiers import DeviceId
from domain.registry import Registry, check
from domain.report import DustReport
from storage.batch import Batch, JudgedFinding
from tests.api.serving import make_app, serve
from tests.api.test_stations import HOUR_MS, LIMIT, MIDNIGHT_MS, ambient, document, hour
from tests.web.conftest import WEB_DIR
from tests.web.watching import go, watching

pytestmark = pytest.mark.slow

NOW_MS = MIDNIGHT_MS + 7 * HOUR_MS
NIGHT = [
    *hour(0, 100.0), *hour(1, 190.0), *hour(2, 400.0), *hour(3, 300.0, minutes=30),
    *hour(4, 60.0), *hour(5, 60.0), *hour(6, 60.0, minutes=5),
]  # fmt: skip
AMBIENT = [ambient(0, 40.0), ambient(1, 60.0), ambient(2, 200.0), *(ambient(n, 40.0) for n in (3, 4, 5))]


async def evening(store) -> str:
    """A station's night with an alert as the engine finds it; gives its id."""
    known = document(LIMIT)
    await store.save_registry(json.dumps(known).encode(), author="test", effective_from_ms=1)
    registry = check(json.dumps(known).encode())
    assert isinstance(registry, Registry)
    ruleset = Ruleset.build(registry, version=1)
    state, found = engine.new_state(ruleset, DeviceId("D0001")), {}
    for report in sorted([*AMBIENT, *NIGHT], key=lambda one: (one.time_ms, isinstance(one, DustReport))):
        state, findings = engine.step(ruleset, state, report)
        found |= {one.id: one for one in findings if isinstance(one.evidence, DustEvidence)}
    judged = tuple(JudgedFinding(finding=one, ruleset_version=1) for one in found.values())
    await store.commit(Batch(dust=tuple(NIGHT), background=tuple(AMBIENT), findings=judged))
    return str(next(iter(found)))


async def test_an_alert_leads_to_its_windows_and_the_table_says_what_the_chart_shows(browser, store):
    alert_id = await evening(store)
    async with (
        serve(make_app(store, web_dir=WEB_DIR, clock=lambda: NOW_MS)) as url,
        watching(browser, f"{url}/?alert={alert_id}", timezone_id="America/New_York") as watched,
    ):
        page = watched.page
        await page.locator("[data-show-windows]").click()
        chart = page.locator("[data-dust-chart]")
        await chart.locator("canvas").first.wait_for()
        assert "超标 2 个" in (await chart.get_attribute("aria-label") or "")
        await page.wait_for_url(lambda url: "station=S1" in url)
        await page.locator("[data-table-switch]").click()
        rows = page.locator("[data-window-table] tbody tr[data-verdict=over]")
        await expect(rows).to_have_count(2)
        text = await rows.last.inner_text()
        assert "01:00–02:00" in text  # the registry's time, wherever the browser is
        assert "130" in text
        low = page.locator("[data-window-table] tr[data-verdict=low]")
        await expect(low).to_contain_text("有效数据 50%，低于 75%，不作判定", use_inner_text=True)
        await expect(low).not_to_contain_text("300", use_inner_text=True)
        await go(page, "l")
        await go(page, "d")
        await page.locator("[data-dust] [data-station=S1] svg").wait_for()
        assert watched.complaints == []
