"""How much room reports take, and what compression saves: a simulated day on TimescaleDB Community.

    .venv/bin/python -m scripts.measure_storage

Simulates a day of a district, stores it as ingest does in an embedded PostgreSQL, moves it into TimescaleDB Community
(WebAssembly, in memory), compresses every chunk and prints the sizes that the server itself tells.
"""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from ingest.capture import read_capture
from ingest.history import take_in
from ingest.wire import DEFAULT_PREFIX
from runtime.logs import configure_logs
from runtime.settings import LogFormat, LogLevel
from simulators.simulate import simulate
from storage.embedded import EmbeddedPostgres
from storage.migrate import migrate
from storage.store import Store
from tests.support.timescaledb import community_server

HOURS = 24
VEHICLES = 60
AT_ONCE = 200


async def store_day(dsn: str, registry: bytes, capture: Path) -> None:
    """Take the day in."""
    store = await Store.connect(dsn)
    await store.save_registry(registry, author="measuring")
    await take_in(store, read_capture(capture), prefix=DEFAULT_PREFIX)
    await store.close()


def moved(source: "psycopg.Connection[Any]", target: "psycopg.Connection[Any]", table: str) -> int:
    """Copy a table's rows, in the order in which they came; gives their number."""
    every = sql.SQL("select * from {}").format(sql.Identifier(table))
    names = [column.name for column in source.execute(every + sql.SQL(" limit 0")).description or ()]
    typed = dict(
        source.execute(
            "select column_name, data_type from information_schema.columns where table_name = %s", (table,)
        ).fetchall()
    )
    columns = sql.SQL(", ").join(sql.SQL("%s::" + typed[name] + "[]") for name in names)
    insert = sql.SQL("insert into {} ({}) select * from unnest({})").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names)), columns
    )
    rows = source.execute(every + sql.SQL(" order by received_at, device_id, time, digest")).fetchall()
    for start in range(0, len(rows), AT_ONCE):
        target.execute(insert, [list(column) for column in zip(*rows[start : start + AT_ONCE], strict=True)])
    return len(rows)


def measure() -> None:
    """Print bytes a report before and after."""
    configure_logs(LogLevel.WARNING, LogFormat.PRETTY)
    with tempfile.TemporaryDirectory() as directory:
        made = simulate(
            seed=1, hours=HOURS, vehicles=VEHICLES, out=Path(directory) / "sim", faults="realistic"
        )
        server = EmbeddedPostgres(Path(directory) / "postgres")
        dsn = server.start()
        try:
            migrate(dsn)
            asyncio.run(store_day(dsn, made.registry.read_bytes(), made.capture))
            with community_server() as community:
                migrate(community)
                with psycopg.connect(dsn) as source, psycopg.connect(community, autocommit=True) as target:
                    for table in ("positions", "dust"):
                        _measure_table(source, target, table)
                    _measure_rest(source)
        finally:
            server.stop()


def _measure_table(source: "psycopg.Connection[Any]", target: "psycopg.Connection[Any]", table: str) -> None:
    count = moved(source, target, table)
    for (chunk,) in target.execute("select show_chunks(%s::regclass)::text", (table,)).fetchall():
        target.execute("select compress_chunk(%s::regclass)", (chunk,))
    before, after = target.execute(
        "select sum(before_compression_total_bytes), sum(after_compression_total_bytes)"
        " from hypertable_compression_stats(%s::regclass)",
        (table,),
    ).fetchone()
    print(
        f"{table}: {count:,} rows; {before / count:.0f} bytes a row with its key as a table,"
        f" {after / count:.1f} compressed: {before / after:.1f} times smaller"
    )


def _measure_rest(source: "psycopg.Connection[Any]") -> None:
    for table in ("alerts", "alert_changes", "facts", "checkpoints", "account_days", "account_batches"):
        sizes = sql.SQL("select count(*), pg_total_relation_size({}) from {}").format(
            table, sql.Identifier(table)
        )
        count, size = source.execute(sizes).fetchone()
        print(f"{table}: {count:,} rows, {size / max(count, 1):.0f} bytes a row with its indexes")


if __name__ == "__main__":
    measure()
