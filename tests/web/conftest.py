"""A real browser at the built page, over the real API."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
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


@pytest.fixture(scope="session")
def browsers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the one headless Chromium of this run, with WebGL in software, takes those who come."""
    if (reason := missing()) is not None:
        if must_run():
            pytest.fail(reason)
        pytest.skip(reason)
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    config = tmp_path_factory.mktemp("browser") / "launch.json"
    config.write_text(json.dumps({"executablePath": CHROMIUM, "args": [*FLAGS, *sandbox]}))
    command = [
        sys.executable,
        "-m",
        "playwright",
        "launch-server",
        "--browser=chromium",
        f"--config={config}",
    ]
    # A group of its own: the server is a child of this child.
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        os.killpg(server.pid, signal.SIGTERM)


@pytest_asyncio.fixture
async def browser(browsers: str) -> AsyncIterator[Browser]:
    """A connection to the browser; what is opened over it is closed with it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect(browsers)
        yield browser
        await browser.close()
