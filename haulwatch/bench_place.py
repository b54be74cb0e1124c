"""Where a bench runs: the configured servers or embedded ones, and a database of its own."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from haulwatch.bench_processes import Place
from haulwatch.bench_world import BenchWorld
from haulwatch.guard import started_at
from haulwatch.registries import save
from haulwatch.startup import open_store
from ingest.embedded import EmbeddedBroker
from runtime.settings import Settings
from storage.embedded import EmbeddedPostgres


async def put_in_force(dsn: str, world: BenchWorld) -> None:
    """Store the registry of a world as the one in force."""
    async with open_store(dsn) as store:
        await save(store, world.document(), author="bench")


@contextmanager
def servers(settings: Settings) -> Iterator[Place]:
    """The configured servers, else embedded ones in a directory that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="haulwatch-bench-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        postgres = None if settings.database_url else EmbeddedPostgres(directory / "postgres")
        broker = None if settings.broker_url else EmbeddedBroker(directory / "broker")
        try:
            yield Place(
                database_url=settings.database_url.reveal() if postgres is None else postgres.start(),
                broker_url=settings.broker_url.reveal() if broker is None else _started(broker),
                prefix=f"haulwatch-bench/{started_at(os.getpid()) or os.getpid()}",
                directory=directory,
                servers=_pids(postgres, broker),
            )
        finally:
            if broker is not None:
                broker.stop()
            if postgres is not None:
                postgres.stop()


def _pids(postgres: EmbeddedPostgres | None, broker: EmbeddedBroker | None) -> dict[str, int]:
    pids = {}
    if broker is not None and broker.pid is not None:
        pids["broker"] = broker.pid
    if postgres is not None:
        pids["database"] = postgres.pid
    return pids


def _started(broker: EmbeddedBroker) -> str:
    broker.start()
    return broker.url


@contextmanager
def empty_database(place: Place) -> Iterator[str]:
    """A database of the bench's own on the server, dropped afterwards."""
    name = f"haulwatch_bench_{os.getpid()}"
    with psycopg.connect(place.database_url, autocommit=True) as admin:
        admin.execute(f'drop database if exists "{name}" with (force)'.encode())
        admin.execute(f'create database "{name}"'.encode())
    try:
        yield urlsplit(place.database_url)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(place.database_url, autocommit=True) as admin:
            admin.execute(f'drop database if exists "{name}" with (force)'.encode())
