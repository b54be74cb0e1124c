"""Drawing in a real browser: by the pen and by the table alone, into the draft and into force."""

import json

import pytest
import pytest_asyncio
from playwright.async_api import expect

from domain.person import Person, Role, Scope
from tests.api import district
from tests.api.serving import make_app, serve, sign_in
from tests.web.conftest import WEB_DIR
from tests.web.test_accessible import violations
from tests.web.watching import watching

pytestmark = pytest.mark.slow

WIDE = {"viewport": {"width": 1366, "height": 768}}


@pytest_asyncio.fixture
async def stage(store, browser):
    """The address of the zones page over a small district."""
    await district.save_registry(store)
    async with serve(make_app(store, web_dir=WEB_DIR)) as url:
        yield f"{url}/?page=zones"


async def open_page(watched):
    await watched.until_ready()
    await watched.page.locator("[data-entry='zones/Z-no-go']").wait_for()
    return watched.page


async def middle_of_map(page):
    box = await page.locator(".maplibregl-canvas").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def draw(page, corners):
    """Click corners around the middle of the map; each counts before the next is clicked."""
    x, y = await middle_of_map(page)
    for number, (right, down) in enumerate(corners, start=1):
        await page.mouse.move(x + right, y + down)
        await page.mouse.click(x + right, y + down)
        if number > 1:
            await page.locator(f"[data-corners='{number}']").wait_for()


async def type_corner(page, lat, lon):
    await page.fill("[name=new_lat]", str(lat))
    await page.fill("[name=new_lon]", str(lon))
    await page.keyboard.press("Enter")


async def newest(store):
    found = await store.newest_registry()
    return found.version, json.loads(found.document)


async def put_in_force(page):
    await page.locator("[data-force]").click()
    await page.locator("[data-force-now]").click()
    await page.locator("[data-draft-saved]").wait_for()


async def test_a_zone_is_drawn_with_the_pen_undone_moved_and_put_in_force(stage, browser, store):
    async with watching(browser, stage, **WIDE) as watched:
        page = await open_page(watched)
        await page.locator("[data-new-zone]").click()
        await page.fill("[name=name]", "新禁行区")
        await page.locator("[data-pen]").wait_for()
        await draw(page, [(-80, -60), (90, -50), (100, 70), (-60, 90)])
        await page.keyboard.press("Enter")
        rows = page.locator("[data-corner]")
        await page.locator("[data-corner='3']").wait_for()
        await expect(rows).to_have_count(4)

        # A corner is chosen on the map and goes ten metres west.
        x, y = await middle_of_map(page)
        await page.mouse.click(x - 80, y - 60)
        chosen = page.locator("[data-corner].chosen input").nth(1)
        before = float(await chosen.input_value())
        await page.keyboard.press("Shift+ArrowLeft")
        await page.locator("[data-undo]:not([disabled])").wait_for()
        assert (before - float(await chosen.input_value())) * 95_900 == pytest.approx(10, abs=0.1)
        await page.keyboard.press("Control+z")
        assert float(await chosen.input_value()) == before
        await page.locator("[data-effect][data-state=told]").wait_for()

        await page.locator("[data-save-entry]").click()
        await page.locator("[data-draft]").wait_for()
        assert (await newest(store))[0] == 1
        await put_in_force(page)
        version, document = await newest(store)
        assert version == 2
        zone = document["zones"][-1]
        assert (zone["name"], zone["kind"], zone["geometry"]["type"]) == ("新禁行区", "no_go", "Polygon")
        assert len(zone["geometry"]["coordinates"][0]) == 5
        assert watched.complaints == []


async def test_a_circle_is_made_by_the_keyboard_alone(stage, browser, store):
    async with watching(browser, stage, **WIDE) as watched:
        page = await open_page(watched)
        await page.locator("[data-new-circle]").focus()
        await page.keyboard.press("Enter")
        await page.locator("[name=name]").focus()
        await page.keyboard.type("圆")
        await type_corner(page, 30.66, 104.06)
        await page.locator("[data-corner='0']").wait_for()
        await page.locator("[name=radius_m]").focus()
        await page.keyboard.press("Control+a")
        await page.keyboard.type("150")
        await page.keyboard.press("Tab")
        await page.locator("[data-save-entry]:not([disabled])").focus()
        await page.keyboard.press("Enter")
        await page.locator("[data-force]").focus()
        await page.keyboard.press("Enter")
        await page.locator("[data-force-now]").focus()
        await page.keyboard.press("Enter")
        await page.locator("[data-draft-saved]").wait_for()
        _, document = await newest(store)
        zone = document["zones"][-1]
        assert zone["geometry"] == {"type": "Point", "coordinates": [104.06, 30.66]}
        assert zone["radius_m"] == 150
        assert watched.complaints == []


async def test_an_outline_that_crosses_itself_is_refused_with_its_place(stage, browser, store):
    async with watching(browser, stage, **WIDE) as watched:
        page = await open_page(watched)
        await page.locator("[data-new-zone]").click()
        for lat, lon in ((30.66, 104.06), (30.67, 104.07), (30.66, 104.07), (30.67, 104.06)):
            await type_corner(page, lat, lon)
        told = page.locator("[data-flaw]", has_text="30.665000, 104.065000")
        await told.wait_for()
        await expect(told).to_contain_text("自相交", use_inner_text=True)
        await expect(page.locator("[data-save-entry]")).to_be_disabled()
        # The last corner goes round the other way.
        last = page.locator("[data-corner='3'] input")
        await last.nth(0).fill("30.65")
        await page.keyboard.press("Tab")
        await told.wait_for(state="detached")
        await expect(page.locator("[data-save-entry]")).to_be_enabled()


async def test_pasted_coordinates_state_their_system_and_show_how_far_they_move(stage, browser, store):
    async with watching(browser, stage, **WIDE) as watched:
        page = await open_page(watched)
        await page.locator("[data-new-zone]").click()
        await page.locator("[data-paste]").click()
        await page.fill(
            "[name=pasted]", "30.660000, 104.060000\n30.670000, 104.060000\n30.670000, 104.070000"
        )
        await page.get_by_text("纬度在前").wait_for()
        await expect(page.locator("[data-apply-paste]")).to_be_disabled()
        await page.check("[name=system][value=GCJ02]")
        shift = page.locator("[data-shift]")
        await shift.wait_for()
        text = await shift.inner_text()
        assert "30.660000, 104.060000" in text
        assert "30.6624" in text
        await page.locator("[data-apply-paste]").click()
        await page.locator("[data-corner='2']").wait_for()
        lat = float(await page.locator("[data-corner='0'] input").nth(0).input_value())
        assert lat == pytest.approx(30.6624, abs=0.0002)


async def test_a_zone_in_another_system_keeps_every_place_that_is_not_moved(browser, store):
    ring = [[104.06, 30.66], [104.07, 30.66], [104.07, 30.67], [104.06, 30.66]]
    zone = {
        "id": "G",
        "kind": "other",
        "crs": "GCJ02",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    await district.save_registry(store, zones=[zone])
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, f"{url}/?page=zones&entry=zones/G", **WIDE) as watched,
    ):
        page = watched.page
        first = page.locator("[data-corner='0'] input").nth(0)
        await first.wait_for()
        lat = float(await first.input_value())
        assert lat == pytest.approx(30.6624, abs=0.0002)
        await first.fill(str(lat + 0.001))
        await page.keyboard.press("Tab")
        await page.locator("[data-save-entry]:not([disabled])").click()
        await put_in_force(page)
        _, document = await newest(store)
    (changed,) = document["zones"]
    assert changed["crs"] == "GCJ02"
    places = changed["geometry"]["coordinates"][0]
    assert places[1:3] == ring[1:3]
    assert places[0] == places[3] == [pytest.approx(104.06, abs=2e-6), pytest.approx(30.661, abs=2e-6)]


async def test_geojson_is_imported_with_what_is_wrong_by_feature(stage, browser, store):
    def feature(coordinates, **properties):
        return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [coordinates]}}  # fmt: skip

    good = [[104.06, 30.66], [104.07, 30.66], [104.07, 30.67], [104.06, 30.66]]
    crossing = [[104.06, 30.66], [104.07, 30.67], [104.07, 30.66], [104.06, 30.67], [104.06, 30.66]]
    given = [feature(good, id="I1", name="一号", kind="parking"), feature(crossing, id="I2"), {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [104.06, 30.66]}}]  # fmt: skip
    async with watching(browser, stage, **WIDE) as watched:
        page = await open_page(watched)
        await page.locator("[data-import]").click()
        await page.fill("[name=geojson]", json.dumps({"type": "FeatureCollection", "features": given}))
        await page.check("[name=import_system][value=WGS84]")
        await page.locator("[data-feature='2'][data-bad=crossing]", has_text="30.665000").wait_for()
        await expect(page.locator("[data-feature='3']")).to_have_attribute("data-bad", "point_without_radius")
        await page.locator("[data-take-import]").click()
        await page.locator("[data-entry='zones/I1'][data-state=added]").wait_for()
        await put_in_force(page)
        _, document = await newest(store)
    assert document["zones"][-1] == {"id": "I1", "kind": "parking", "name": "一号", "geometry": {"type": "Polygon", "coordinates": [good]}}  # fmt: skip
    assert "I2" not in {zone["id"] for zone in document["zones"]}


async def test_a_thousand_zones_are_found_and_only_those_in_sight_are_made(browser, store):
    zones = [
        {"id": f"N{n}", "name": f"区域{n}", "kind": "other", "radius_m": 50,
         "geometry": {"type": "Point", "coordinates": [district.LON + n % 40 * 0.002, district.LAT + n // 40 * 0.002]}}
        for n in range(1000)
    ]  # fmt: skip
    await district.save_registry(store, zones=zones)
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, f"{url}/?page=zones", **WIDE) as watched,
    ):
        page = watched.page
        await page.locator("[data-entry]").first.wait_for()
        assert await page.locator("[data-entry]").count() < 60
        await page.fill("[name=zone_search]", "区域 777")
        await page.locator("[data-entry='zones/N777']").click()
        await page.locator("[data-entry-form]").wait_for()
        await expect(page.locator("[name=radius_m]")).to_have_value("50")
        await watched.until(lambda state: state["map"] and state["map"]["zoom"] > 14)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
async def test_axe_finds_nothing(stage, browser, locale, theme):
    look = WIDE | {"locale": locale, "color_scheme": theme}
    async with watching(browser, stage, **look) as watched:
        page = await open_page(watched)
        assert await violations(watched) == [], "the list"
        await page.locator("[data-new-zone]").click()
        for lat, lon in ((30.66, 104.06), (30.67, 104.07), (30.66, 104.07), (30.67, 104.06)):
            await type_corner(page, lat, lon)
        await page.locator("[data-flaw]").wait_for()
        await page.locator("[data-add-window]").click()
        assert await violations(watched) == [], "an entry that crosses itself"
        await page.locator("[data-paste]").click()
        await page.fill("[name=pasted]", "30.66, 104.06\n30.67, 104.06\n30.67, 104.07")
        await page.check("[name=system][value=BD09]")
        await page.locator("[data-shift]").wait_for()
        assert await violations(watched) == [], "pasting"
        await page.locator("[data-apply-paste]").click()
        await page.locator("[data-save-entry]:not([disabled])").click()
        await page.locator("[data-draft]").wait_for()
        await page.locator("[data-back]").click()
        await page.locator("[data-import]").click()
        await page.fill("[name=geojson]", json.dumps({"type": "Point", "coordinates": [104.06, 30.66]}))
        await page.check("[name=import_system][value=WGS84]")
        await page.locator("[data-feature='1']").wait_for()
        assert await violations(watched) == [], "importing"


async def test_somebody_of_one_district_reads_and_edits_nothing(stage, browser, store):
    person = Person(user_id="a", name="A", role=Role.ANALYST, scope=Scope(frozenset({"D1"})))
    await sign_in(store, person, secret="of-one-district")
    async with watching(browser, stage, signed_in=False, **WIDE) as watched:
        await watched.page.context.add_cookies(
            [{"name": "haulwatch_session", "value": "of-one-district", "url": stage}]
        )
        await watched.page.reload()
        await watched.page.locator("[data-entry='zones/Z-no-go']").click()
        await watched.page.locator("[data-entry-form]").wait_for()
        assert await watched.page.locator("[data-save-entry], [data-tool]").count() == 0
        await expect(watched.page.locator("[name=name]")).to_be_disabled()
