"""The browser of `haulwatch bench page`: opens the page, pans the map, and reads what the page measured of itself."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from msgspec import Struct

from haulwatch.problem import CommandError
from runtime.clock import monotonic_s

FLAGS = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
SCREEN = {"width": 1366, "height": 768}
WAIT_S = 90.0
POLL_S = 0.05
STEPS_A_PAN = 12
LOOK = """() => {
  const state = window.__hw ? window.__hw() : null
  const paint = performance.getEntriesByName('first-contentful-paint')[0]
  return {
    now: performance.now(),
    paint: paint ? paint.startTime : null,
    list: document.querySelector('[data-show]') !== null && state !== null && state.loaded,
    vehicles: state === null ? 0 : Object.keys(state.tracks).length,
    map: state !== null && state.map !== null && state.map.ready,
  }
}"""


class Opened(Struct, frozen=True, kw_only=True):
    """When the page showed what, in seconds after it was asked for."""

    paint_s: float
    list_s: float
    map_s: float


class Look(Struct, frozen=True, kw_only=True):
    """What the page measured of itself over a span."""

    frames_per_s: float
    frames_ms: list[float]
    tasks_ms: list[float]
    updates_ms: list[float]
    received_per_s: float
    tracks: list[str]


class AtPage:
    """One open page."""

    def __init__(self, page: Any) -> None:
        self._page = page

    async def until_shown(self, *, vehicles: int) -> Opened:
        """Wait for list, map and so many vehicles."""
        list_s: float | None = None
        deadline_s = monotonic_s() + WAIT_S
        while monotonic_s() < deadline_s:
            seen = await self._page.evaluate(LOOK)
            if seen["list"] and list_s is None:
                list_s = seen["now"] / 1000
            if list_s is not None and seen["map"] and seen["vehicles"] >= vehicles:
                return Opened(paint_s=(seen["paint"] or 0.0) / 1000, list_s=list_s, map_s=seen["now"] / 1000)
            await asyncio.sleep(POLL_S)
        raise CommandError(f"the page did not show {vehicles:,} vehicles within {WAIT_S:.0f} s: {seen}")

    async def perf(self) -> dict[str, Any]:
        """What the page has measured so far."""
        measured: dict[str, Any] = await self._page.evaluate("() => structuredClone(window.__hw().perf)")
        return measured

    async def heap_bytes(self) -> float:
        """What its script holds after everything unused is gone."""
        session = await self._page.context.new_cdp_session(self._page)
        await session.send("HeapProfiler.collectGarbage")
        await session.send("Performance.enable")
        metrics = (await session.send("Performance.getMetrics"))["metrics"]
        await session.detach()
        return float(next(one["value"] for one in metrics if one["name"] == "JSHeapUsedSize"))

    async def pan(self, seconds: float) -> Look:
        """Drag the map to and fro; gives what that took."""
        before = await self.perf()
        began = float(await self._page.evaluate("() => performance.now()"))
        box = await self._page.locator(".map .canvas").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        until_s = monotonic_s() + seconds
        way = 1
        while monotonic_s() < until_s:
            await self._page.mouse.move(x - 150 * way, y)
            await self._page.mouse.down()
            await self._page.mouse.move(x + 150 * way, y + 20, steps=STEPS_A_PAN)
            await self._page.mouse.up()
            way = -way
        after = await self.perf()
        ended = float(await self._page.evaluate("() => performance.now()"))
        frames = [frame["ms"] for frame in after["frames"] if began <= frame["at"] <= ended]
        lasted_s = (ended - began) / 1000
        tracks = await self._page.evaluate("() => Object.keys(window.__hw().tracks)")
        return Look(
            frames_per_s=len(frames) / lasted_s,
            frames_ms=frames,
            tasks_ms=after["longTasks"][len(before["longTasks"]) :],
            updates_ms=after["updates"][len(before["updates"]) :],
            received_per_s=(after["received"] - before["received"]) / lasted_s,
            tracks=tracks,
        )


class Browsing:
    """A browser with somebody signed in."""

    def __init__(self, browser: Any, url: str, cookie_name: str, secret: str) -> None:
        self.url = url
        self.cookie = f"{cookie_name}={secret}"
        self._browser = browser
        self._name, self._secret = cookie_name, secret

    @asynccontextmanager
    async def page(self) -> AsyncIterator[AtPage]:
        """The live page, in a context of its own."""
        context = await self._browser.new_context(viewport=SCREEN, locale="zh-CN")
        await context.add_cookies([{"name": self._name, "value": self._secret, "url": self.url}])
        page = await context.new_page()
        await page.goto(f"{self.url}/?perf=1", wait_until="commit")
        try:
            yield AtPage(page)
        finally:
            await context.close()


@asynccontextmanager
async def browsing(url: str, cookie_name: str, secret: str) -> AsyncIterator[Browsing]:
    """Chromium without a screen."""
    try:
        from playwright.async_api import async_playwright
    except ImportError as error:
        raise CommandError("this bench needs Playwright: pip install playwright") from error
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise CommandError("Chromium is missing (Debian: apt install chromium)")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, *sandbox])
        try:
            yield Browsing(browser, url, cookie_name, secret)
        finally:
            await browser.close()
