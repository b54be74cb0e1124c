"""What a page would be heard to say: every tone that it puts on the audio's clock."""

import asyncio
from collections.abc import Awaitable, Callable

from playwright.async_api import Page

PROBE = """
window.__tones = []
const { start, stop } = OscillatorNode.prototype
OscillatorNode.prototype.start = function (when) {
  this.__tone = { at: Math.max(when, this.context.currentTime), hz: this.frequency.value, cut: null }
  window.__tones.push(this.__tone)
  window.__audio = this.context
  return start.call(this, when)
}
OscillatorNode.prototype.stop = function (when) {
  if (when === undefined) this.__tone.cut = this.context.currentTime
  return stop.call(this, when)
}
"""
# Of the two calls, each has one pitch that the other has not.
ONLY_CRITICAL_HZ, ONLY_MAJOR_HZ = 880, 587


async def listen(page: Page) -> None:
    """Hear this page from its next load on."""
    await page.add_init_script(PROBE)


async def tones(page: Page) -> list[tuple[float, float]]:
    """When (s on the audio's clock) and how high (Hz), those left out that were taken back before."""
    found = await page.evaluate("() => window.__tones")
    return [(one["at"], one["hz"]) for one in found if one["cut"] is None or one["cut"] > one["at"]]


async def critical_calls(page: Page) -> list[float]:
    """When each call for something critical begins: five tones, twice."""
    found = sorted(at for at, hz in await tones(page) if hz == ONLY_CRITICAL_HZ)
    return [at - 1.2 for at in found[::2]]


async def major_calls(page: Page) -> int:
    """How many calls for something major there were, test tones among them."""
    return sum(hz == ONLY_MAJOR_HZ for _, hz in await tones(page))


async def until_heard(
    page: Page, wanted: Callable[[Page], Awaitable[bool]], *, within_s: float = 120
) -> None:
    """Wait until what was put on the clock is as wanted."""
    async with asyncio.timeout(within_s):
        while not await wanted(page):  # noqa: ASYNC110 - a browser's state
            await asyncio.sleep(0.05)


async def all_said(page: Page) -> bool:
    """Tell whether the audio's clock has passed every tone: what comes now cuts none of them."""
    return bool(
        await page.evaluate("() => window.__tones.every((one) => one.at < window.__audio.currentTime)")
    )


async def calls_of(page: Page, count: int) -> list[float]:
    """The critical calls, once there are so many."""

    async def enough(page: Page) -> bool:
        return len(await critical_calls(page)) >= count

    await until_heard(page, enough)
    return await critical_calls(page)
