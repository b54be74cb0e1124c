"""What every command that reaches the outside begins with: settings, logs, and a database to talk to."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from haulwatch.problem import USAGE, CommandError
from haulwatch.running import find_running
from runtime.logs import configure_logs
from runtime.settings import Settings, load_settings

if TYPE_CHECKING:
    from storage.store import Store


def begin() -> Settings:
    """Read the settings and set up the logs; raises SettingsError."""
    settings = load_settings()
    configure_logs(settings.log_level, settings.log_format)
    return settings


def broker_url(settings: Settings) -> str:
    """The configured broker, else that of the `up` that runs in the data directory."""
    if settings.broker_url:
        return settings.broker_url.reveal()
    running = find_running(settings.data_dir)
    if running is None:
        raise CommandError(
            f"no broker: set HAULWATCH_BROKER_URL, or start `haulwatch up` in {settings.data_dir} first",
            code=USAGE,
        )
    return running.broker_url


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """The URL of the configured database, else of the embedded one, which is started for the while if need be."""
    if settings.database_url:
        yield settings.database_url.reveal()
        return
    from storage.embedded import EmbeddedPostgres

    directory = postgres_directory(settings.data_dir)
    was_running = _runs(directory)
    server = EmbeddedPostgres(directory)
    try:
        yield server.start()
    finally:
        if not was_running:
            server.stop()


@asynccontextmanager
async def open_store(dsn: str, timezone: str = "Asia/Shanghai") -> AsyncIterator["Store"]:
    """A store on a migrated database; the migrations are applied first."""
    from storage.migrate import migrate
    from storage.store import Store

    await asyncio.to_thread(migrate, dsn)
    store = await Store.connect(dsn, timezone=timezone)
    try:
        yield store
    finally:
        await store.close()


def postgres_directory(data_dir: Path) -> Path:
    """Where the embedded PostgreSQL of a data directory lives."""
    return data_dir / "postgres"


def broker_directory(data_dir: Path) -> Path:
    """Where the embedded broker of a data directory lives."""
    return data_dir / "broker"


def web_directory() -> Path | None:
    """The built web page, if it is there."""
    built = Path(__file__).resolve().parent.parent / "web" / "dist"
    return built if (built / "index.html").exists() else None


def _runs(directory: Path) -> bool:
    try:
        pid = int((directory / "data" / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
        return "postgres" in psutil.Process(pid).name()
    except (OSError, ValueError, psutil.Error):
        return False
