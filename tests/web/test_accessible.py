"""axe finds nothing against WCAG A or AA on any page nor on the field's form, in each theme and language."""

from pathlib import Path

import pytest

from alerts.case_flow import Act
from runtime.clock import now_ms
from storage.batch import Batch
from storage.cases import Cases, NewAct
from storage.field import Field
from tests.api import district
from tests.api.serving import SOMEBODY, make_app, serve
from tests.web.conftest import WEB_DIR
from tests.web.test_field import PHONE, PIXEL
from tests.web.watching import Watched, go, watching

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not AXE.exists(), reason="web/node_modules has no axe-core (`make web`)"),
]


async def violations(watched: Watched) -> list[str]:
    """Each node that breaks a rule, with what axe says of it."""
    await watched.page.evaluate(AXE.read_text() + "; undefined")
    found = await watched.page.evaluate(
        "(tags) => axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] })",
        TAGS,
    )
    assert found["passes"], "axe looked at nothing"
    return [
        f"{rule['id']}: {node['html'][:140]} {node['failureSummary'][:200]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


async def fill(store) -> None:
    await district.save_registry(store, vehicles=6)
    time_ms = now_ms()
    await store.commit(Batch(positions=tuple(district.fix(v, time_ms) for v in range(6))))
    cases = Cases(store)
    for number in range(6):
        ended = {"ended_ms": time_ms - 1000} if number == 5 else {}
        found = district.finding(number, time_ms - number * 60_000 - 5000, vehicle=number, **ended)
        await store.commit(district.raised(found))
        if number == 3:
            await cases.act_on_alert(SOMEBODY, found.id, NewAct(act=Act.ACKNOWLEDGE), at_ms=time_ms)
        if number == 4:
            late = NewAct(act=Act.ASSIGN, assignee="一中队", close_due_ms=time_ms - 3_600_000)
            await cases.act_on_alert(SOMEBODY, found.id, late, at_ms=time_ms - 7_200_000)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
async def test_axe_finds_nothing(store, browser, locale, theme):
    await fill(store)
    look = {"locale": locale, "color_scheme": theme, "viewport": {"width": 1366, "height": 768}}
    async with serve(make_app(store, web_dir=WEB_DIR, demo_user="demo")) as url:
        async with watching(browser, url, signed_in=False, **look) as watched:
            await watched.page.locator("[data-door]").wait_for()
            assert await violations(watched) == [], "the door"
        async with watching(browser, url, **look) as watched:
            page = watched.page
            await watched.until_ready()
            await page.locator("[data-show=all]").click()
            await page.keyboard.press("j")
            await page.keyboard.press("2")
            await page.keyboard.press("t")
            await page.locator("[data-form=assign]").wait_for()
            assert await violations(watched) == [], "the live page with an alert"
            await page.keyboard.press("Escape")
            await page.keyboard.press("?")
            await page.locator("dialog[data-keys]").wait_for()
            assert await violations(watched) == [], "the keys"
            await page.keyboard.press("Escape")
            await go(page, "c")
            await page.locator("[data-case-row]").first.click()
            await page.locator("[data-cases] [data-act=comment]").click()
            assert await violations(watched) == [], "the cases"
            await page.fill("[data-search]", "1000")
            await page.locator("[data-found]").first.wait_for()
            assert await violations(watched) == [], "the search"


PAGES = ("alert", "tracks", "dust", "zones", "rules", "registry", "reports", "devices", "settings")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
async def test_axe_finds_nothing_on_any_page(store, browser, locale, theme):
    await fill(store)
    look = {"locale": locale, "color_scheme": theme, "viewport": {"width": 1366, "height": 768}}
    known = (await store.alerts(limit=1))[0].id
    found: dict[str, list[str]] = {}
    async with serve(make_app(store, web_dir=WEB_DIR)) as url, watching(browser, url, **look) as watched:
        for name in (*(f"?page={page}&alert={known}" for page in PAGES), "?wall=1"):
            await watched.page.goto(f"{url}/{name}")
            await watched.page.locator("main:visible").wait_for()
            await watched.page.wait_for_load_state("networkidle")
            found[name] = await violations(watched)
    assert {name: nodes for name, nodes in found.items() if nodes} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
async def test_axe_finds_nothing_on_the_form_of_the_field(store, browser, locale, theme):
    await district.save_registry(store)
    found = district.finding(0, now_ms() - 5000)
    await store.commit(district.raised(found))
    act = NewAct(act=Act.ASSIGN, assignee="一中队", close_due_ms=now_ms() + 8 * 3_600_000, message="请核查")
    case = await Cases(store).act_on_alert(SOMEBODY, found.id, act, at_ms=now_ms())
    secret = await Field(store).make_link(case.id, unit="一中队", made_by="test", now_ms=now_ms())
    look = {"locale": locale, "color_scheme": theme} | PHONE
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, f"{url}/f/{case.id}#{secret}", signed_in=False, **look) as watched,
    ):
        page = watched.page
        await page.locator("[data-message]").wait_for()
        await page.locator("[data-send]").click()
        await page.locator("[data-problem]").wait_for()
        await page.locator("input[value=confirmed]").check()
        photo = {"name": "现场.png", "mimeType": "image/png", "buffer": PIXEL}
        await page.set_input_files("input[name=photos]", photo)
        await page.locator("[data-photo]").wait_for()
        assert await violations(watched) == [], "the form with what was entered"
        await page.locator("[data-send]").click()
        await page.locator("[data-again]").wait_for()
        assert await violations(watched) == [], "the form that was delivered"
        await Field(store).revoke_links(case.id)
        await page.locator("[data-again]").click()
        await page.locator("input[value=confirmed]").check()
        await page.locator("[data-send]").click()
        await page.locator("[data-problem]").wait_for()
        assert await violations(watched) == [], "the form of a link that has ended"
