"""A real browser at the built page, over the real API."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

WEB_DIR = Path(os.environ.get("HAULWATCH_TEST_WEB_DIR", Path(__file__).parents[2] / "web" / "dist"))
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# Software rendering is opt-in; without both flags there may be no WebGL and the tests would prove nothing.
FLAGS = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


def missing() -> str | None:
    """Why the browser tests cannot run here, if they cannot."""
    if CHROMIUM is None:
        return "Chromium is missing (Debian: apt install chromium fonts-noto-cjk)"
    return None if (WEB_DIR / "index.html").exists() else "the page is not built (`make web`)"


def must_run() -> bool:
    """CI as root on Debian can install what is missing, so there nothing may be skipped."""
    return os.environ.get("CI") == "true" and os.geteuid() == 0 and Path("/etc/debian_version").exists()


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    """Headless Chromium with WebGL in software."""
    if (reason := missing()) is not None:
        if must_run():
            pytest.fail(reason)
        pytest.skip(reason)
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *sandbox])
        yield browser
        await browser.close()
