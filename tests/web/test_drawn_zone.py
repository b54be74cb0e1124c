"""From the pen to the violation: a no-go zone drawn on the page is in force at once, and a truck in it is told of.

Broker, ingest and database are processes of their own, as in a real site.
"""

import asyncio
import json

import pytest
from playwright.async_api import expect

from runtime.clock import now_ms
from storage.store import Store
from tests.api import district
from tests.api.serving import make_app, serve
from tests.end_to_end.site import Site, site
from tests.support.brokers import Publisher
from tests.web.conftest import WEB_DIR, missing
from tests.web.test_zones import WIDE, draw, open_page, put_in_force
from tests.web.watching import watching

pytestmark = pytest.mark.slow

TRUCK_EVERY_S = 1.0
TOLD_WITHIN_S = 180


@pytest.fixture
def running(tmp_path_factory):
    if (reason := missing()) is not None:
        pytest.skip(reason)
    with site(tmp_path_factory.mktemp("drawn")) as found:
        yield found


async def stand_in_the_middle(found: Site, seq: int = 0) -> None:
    """A loaded truck at the middle of the district, reporting until it is told to stop."""
    with Publisher(found.broker_url) as publisher:
        while True:
            seq += 1
            report = {"time": now_ms(), "seq": seq, "lon": district.LON, "lat": district.LAT, "speed_kmh": 12.0,
                      "accuracy_m": 5.0, "ignition": True, "load": "full"}  # fmt: skip
            await asyncio.to_thread(
                publisher.send, "haulwatch/v1/T0000/position", json.dumps(report).encode()
            )
            await asyncio.sleep(TRUCK_EVERY_S)


async def test_a_drawn_no_go_zone_tells_of_the_truck_in_it(browser, running):
    store = await Store.connect(running.dsn)
    truck = None
    try:
        await store.save_registry(
            json.dumps(district.registry()).encode(), author="test", effective_from_ms=0
        )
        running.ingest.start()
        await asyncio.to_thread(running.ingest.wait_for, "ingest_ready", 60)
        truck = asyncio.create_task(stand_in_the_middle(running))
        async with (
            serve(make_app(store, web_dir=WEB_DIR)) as url,
            watching(browser, f"{url}/?page=zones", **WIDE) as watched,
        ):
            page = await open_page(watched)
            await page.locator("[data-new-zone]").click()
            await page.fill("[name=name]", "新画禁行区")
            await page.locator("[data-pen]").wait_for()
            await draw(page, [(-80, -60), (90, -50), (100, 70), (-60, 90)])
            await page.keyboard.press("Enter")
            await page.locator("[data-effect][data-state=told]").wait_for()
            await page.locator("[data-save-entry]").click()
            await put_in_force(page)
            await page.locator("[data-go=live]").click()
            row = page.locator("[data-alert]", has_text="新画禁行区")
            await row.wait_for(timeout=TOLD_WITHIN_S * 1000)
            await expect(row).to_contain_text("闯入禁行区", use_inner_text=True)
        (alert,) = await store.alerts(rule="forbidden_zone")
        assert alert.ruleset_version == 2
        assert alert.vehicle_id == "V0"
    finally:
        if truck is not None:
            truck.cancel()
            await asyncio.gather(truck, return_exceptions=True)
        await store.close()
