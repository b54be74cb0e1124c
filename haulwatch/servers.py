"""The embedded servers of `up`: started unless others are configured, started again when they die."""

import asyncio
import os
import signal
from pathlib import Path

from haulwatch.guard import started_at
from haulwatch.ports import claim, free_port
from haulwatch.startup import broker_directory, postgres_directory
from haulwatch.supervisor import SERVER_STAGE, Guard, Notice
from ingest.embedded import BrokerError, EmbeddedBroker
from runtime.settings import Settings
from storage.embedded import EmbeddedPostgres
from storage.errors import StorageError

LOOK_EVERY_S = 1.0


class Servers:
    """PostgreSQL and the broker, ours or configured ones; only ours are watched and stopped."""

    def __init__(
        self, settings: Settings, data_dir: Path, guard: Guard, notice: Notice, *, is_demo: bool
    ) -> None:
        self._guard = guard
        self._notice = notice
        self._postgres: EmbeddedPostgres | None = None
        self._broker: EmbeddedBroker | None = None
        self.database_url = settings.database_url.reveal()
        self.broker_url = settings.broker_url.reveal()
        if not settings.database_url:
            # A fixed port for our whole life, so that a database that died is found again by everyone.
            port = settings.embedded_database_port or _remembered_port(data_dir) or free_port()
            self._postgres = EmbeddedPostgres(postgres_directory(data_dir), port=port)
        if not settings.broker_url:
            # A demo has no devices out there that must know the port, and must not take it from anyone.
            wanted = (
                0
                if is_demo and "embedded_broker_port" not in settings.model_fields_set
                else settings.embedded_broker_port
            )
            host = settings.embedded_broker_host
            port = claim(host, wanted, what="The embedded broker", variable="HAULWATCH_EMBEDDED_BROKER_PORT")
            self._broker = EmbeddedBroker(broker_directory(data_dir), host=host, port=port)

    async def start(self) -> None:
        """Start what is ours; raises StorageError or BrokerError."""
        if self._postgres is not None:
            await self._start_postgres(self._postgres)
        if self._broker is not None:
            await self._start_broker(self._broker)

    async def watch(self) -> None:
        """Start again whatever died, for ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                if self._postgres is not None and not started_at(self._postgres.pid):
                    self._notice("database", "died; starting again")
                    await self._start_postgres(self._postgres)
                if self._broker is not None and self._broker.pid is None:
                    self._notice("broker", "died; starting again")
                    await self._start_broker(self._broker)
            except (StorageError, BrokerError) as error:
                self._notice("servers", str(error))

    def stop(self) -> None:
        """Stop what is ours, the broker first: it has nowhere left to deliver to."""
        if self._broker is not None:
            self._broker.stop()
        if self._postgres is not None:
            self._postgres.stop()

    async def _start_postgres(self, postgres: EmbeddedPostgres) -> None:
        self.database_url = await asyncio.to_thread(postgres.start)
        self._guard.ward(postgres.pid, signal.SIGINT, SERVER_STAGE)

    async def _start_broker(self, broker: EmbeddedBroker) -> None:
        await asyncio.to_thread(broker.start)
        self.broker_url = broker.url
        assert broker.pid is not None, "a broker that started has a process"
        self._guard.ward(broker.pid, signal.SIGTERM, SERVER_STAGE)


def _remembered_port(data_dir: Path) -> int | None:
    """The port of a server that a killed `up` may have left running here."""
    try:
        lines = (
            (postgres_directory(data_dir) / "data" / "postmaster.pid")
            .read_text(encoding="utf-8")
            .splitlines()
        )
        os.kill(int(lines[0]), 0)
        return int(lines[3])
    except (OSError, ValueError, IndexError):
        return None
