"""A page under watch: what it says, what it asks for, and its state by `__hw()`."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Page, expect

from api.signed_in import COOKIE
from tests.api.serving import SECRET

State = dict[str, Any]

expect.set_options(timeout=120_000)  # a busy machine is no failure


class Watched:
    """A page with everything it complained of and every address it asked."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        self.frames: list[str] = []
        page.on("websocket", self._socket)

    def _socket(self, socket: Any) -> None:
        self.requests.append(socket.url)
        socket.on("framereceived", lambda frame: self.frames.append(str(frame)))

    def _console(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text}")

    def outside(self, url: str) -> list[str]:
        """What was asked of anybody but the service."""
        ours = (url, url.replace("http", "ws", 1), "data:", f"blob:{url}")
        return [address for address in self.requests if not address.startswith(ours)]

    async def state(self) -> State | None:
        # Not wait_for_function: it evaluates text in the page, which the page's own policy forbids.
        return await self.page.evaluate("() => window.__hw ? window.__hw() : null")

    async def until(self, holds: Callable[[State], object], *, within_s: float = 120) -> State:
        """The page's state once it is as wanted."""
        state: State | None = None
        try:
            async with asyncio.timeout(within_s):
                while not ((state := await self.state()) and holds(state)):  # noqa: ASYNC110 - a browser's state
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"the page did not come to it; its state is {state}") from None
        return state

    async def until_ready(self) -> State:
        return await self.until(lambda s: s["loaded"] and s["map"] and s["map"]["ready"])


async def go(page: Page, letter: str) -> None:
    """G and the letter of a page, one right after the other however long the page takes over the first."""
    await asyncio.gather(page.keyboard.press("g"), page.keyboard.press(letter))


async def until(look: Callable[[], Awaitable[object]], wanted: object, *, within_s: float = 120) -> None:
    """Look until what is seen is as wanted; fails with what was seen last."""
    seen: object = None
    try:
        async with asyncio.timeout(within_s):
            while (seen := await look()) != wanted:  # noqa: ASYNC110 - a browser's state
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"seen {seen!r}, wanted {wanted!r}") from None


@asynccontextmanager
async def watching(
    browser: Browser, url: str, *, at: str = "", signed_in: bool = True, secret: str = SECRET, **context: Any
) -> AsyncIterator[Watched]:
    made = await browser.new_context(
        **({"viewport": {"width": 1100, "height": 640}, "locale": "zh-CN"} | context)
    )
    made.set_default_timeout(120_000)  # a busy machine is no failure
    if signed_in:
        await made.add_cookies([{"name": COOKIE, "value": secret, "url": url}])
    page = await made.new_page()
    watched = Watched(page)
    await page.goto(url + at)
    try:
        yield watched
    finally:
        await made.close()
