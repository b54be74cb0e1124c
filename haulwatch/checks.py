"""The checks of `doctor`: each looks at one part and gives one finding, whatever happens to it."""

import shutil
import socket
import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import psycopg
from msgspec import Struct

from haulwatch.mqtt_probe import probe
from haulwatch.startup import web_directory
from runtime.secret_url import SecretUrl
from storage.edition import detect
from storage.migrate import migrations
from storage.sql import queries

LEAST_FREE_BYTES = 2_000_000_000
BUILT = datetime(2026, 11, 1, tzinfo=UTC)


class Health(StrEnum):
    """How a part is."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


class Finding(Struct, frozen=True, kw_only=True):
    """What one check saw; `mend` says what to do where something is wrong."""

    part: str
    health: Health
    says: str
    mend: str | None = None


def check_python() -> Finding:
    """Which Python this is; one that is too old does not come this far."""
    return Finding(part="python", health=Health.OK, says=sys.version.split()[0])


def check_database(url: str) -> Finding:
    """Whether the database answers, what it is, and whether its schema is of this version."""
    shown = SecretUrl(url)
    try:
        with psycopg.connect(url, connect_timeout=5, autocommit=True) as connection:
            server = detect(connection)
            exists = connection.execute("select to_regclass('schema_migrations')").fetchone()
            applied: set[str] = set()
            if exists is not None and exists[0] is not None:
                applied = {str(row[0]) for row in connection.execute("select name from schema_migrations")}
    except psycopg.Error as error:
        reason = " ".join(str(error).split())
        return Finding(
            part="database",
            health=Health.BROKEN,
            says=f"{shown} does not answer: {reason}",
            mend="check that the server runs, and user, password and database in HAULWATCH_DATABASE_URL",
        )
    wanted = {one.name for one in migrations() if one.kind is None or one.kind in server.wants}
    missing, strange = sorted(wanted - applied), sorted(applied - {one.name for one in migrations()})
    if strange:
        return Finding(
            part="database",
            health=Health.BROKEN,
            says=f"{server}; its schema is of a newer version ({', '.join(strange)})",
            mend="run the version of Haulwatch that migrated it, or a newer one",
        )
    if missing:
        return Finding(
            part="database",
            health=Health.WARNING,
            says=f"{server}; {len(missing)} of {len(wanted)} migrations are not applied",
            mend="run `haulwatch migrate` (up, ingest and api do it at their start)",
        )
    return Finding(part="database", health=Health.OK, says=f"{server}; {len(wanted)} migrations applied")


def check_docking(url: str) -> Finding:
    """Whether what is found reaches the platforms that are told of it by webhook."""
    try:
        with psycopg.connect(url, connect_timeout=5, autocommit=True) as connection:
            row = connection.execute(queries("maintenance")["docking_stands"].encode()).fetchone()
    except psycopg.Error:
        return Finding(part="docking", health=Health.OK, says="not known without a migrated database")
    targets, off, failing, letters = row or (0, 0, 0, 0)
    says = f"{targets} targets, {off} switched off, {failing} failing, {letters} dead letters"
    if off or failing or letters:
        mend = "see to them on the page: Settings, Docking"
        return Finding(part="docking", health=Health.WARNING, says=says, mend=mend)
    return Finding(part="docking", health=Health.OK, says=says)


def check_broker(url: str) -> Finding:
    """Whether the broker takes a client, and a message at QoS 1 comes back."""
    shown = SecretUrl(url)
    try:
        round_trip_s = probe(url)
    except OSError as error:
        return Finding(
            part="broker",
            health=Health.BROKEN,
            says=f"{shown}: {error}",
            mend="check that the broker runs, and host, port, user and password in HAULWATCH_BROKER_URL",
        )
    return Finding(
        part="broker", health=Health.OK, says=f"{shown}: a message came back in {round_trip_s * 1000:.0f} ms"
    )


def check_data_dir(data_dir: Path) -> Finding:
    """Whether the data directory can be written, and how much room there is."""
    existing = next(path for path in (data_dir, *data_dir.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    says = f"{data_dir}: {free / 1e9:.1f} GB free"
    if not existing.is_dir():
        return Finding(
            part="disk",
            health=Health.BROKEN,
            says=f"{existing} is no directory",
            mend="set HAULWATCH_DATA_DIR",
        )
    if free < LEAST_FREE_BYTES:
        return Finding(
            part="disk",
            health=Health.WARNING,
            says=says,
            mend="make room: shorten the retention (HAULWATCH_RETENTION_*) and run `haulwatch maintain`",
        )
    return Finding(part="disk", health=Health.OK, says=says)


def check_clock() -> Finding:
    """Whether the clock can be right: every device's report is judged fresh or too old by it."""
    now = datetime.now(UTC)
    says = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    if now < BUILT:
        return Finding(
            part="clock",
            health=Health.BROKEN,
            says=f"{says} is before this version was made",
            mend="set the clock, and let NTP keep it (timedatectl set-ntp true)",
        )
    return Finding(part="clock", health=Health.OK, says=says)


def check_timezones() -> Finding:
    """Whether the time zone data are there: windows and days are local."""
    try:
        ZoneInfo("Asia/Shanghai")
    except ZoneInfoNotFoundError:
        return Finding(
            part="time zones", health=Health.BROKEN, says="no time zone data", mend="pip install tzdata"
        )
    return Finding(part="time zones", health=Health.OK, says="Asia/Shanghai is known")


def check_page() -> Finding:
    """Whether the web page is built."""
    found = web_directory()
    if found is None:
        return Finding(
            part="page",
            health=Health.WARNING,
            says="the web page is not built",
            mend="run `make web` (needs Node.js 20)",
        )
    return Finding(part="page", health=Health.OK, says=str(found))


def check_port(host: str, port: int) -> Finding:
    """Whether the page's port is free; port 0 takes any that is."""
    if port == 0:
        return Finding(part="port", health=Health.OK, says=f"any free one of {host}")
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            return Finding(
                part="port",
                health=Health.WARNING,
                says=f"{host}:{port} cannot be used: {error.strerror}",
                mend="stop what listens there, or set HAULWATCH_HTTP_PORT",
            )
    return Finding(part="port", health=Health.OK, says=f"{host}:{port} is free")
