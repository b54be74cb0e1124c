"""One ingest process by itself: `python -m ingest --database URL --broker URL`; `haulwatch ingest` reads settings."""

import argparse
import asyncio

from ingest.patience import until_done
from ingest.service import run_ingest
from ingest.wire import DEFAULT_PREFIX
from runtime.clock import now_ms
from runtime.logs import configure_logs
from runtime.settings import LogFormat, LogLevel
from runtime.shutdown import stop_on_signals
from storage.store import Store


async def _main(arguments: argparse.Namespace) -> None:
    stop = stop_on_signals()
    store = await until_done(lambda: Store.connect(arguments.database), stop)
    if store is None:
        return
    try:
        await run_ingest(
            store=store,
            broker_url=arguments.broker,
            stop=stop,
            now_ms=now_ms,
            prefix=arguments.prefix,
            client_id=arguments.client_id,
            slots=arguments.slots,
        )
    finally:
        await store.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m ingest", description=__doc__)
    parser.add_argument("--database", required=True, help="postgresql:// URL of a migrated database")
    parser.add_argument("--broker", required=True, help="mqtt:// URL")
    parser.add_argument("--prefix", default=DEFAULT_PREFIX, help="what every topic begins with")
    parser.add_argument("--client-id", default="haulwatch-ingest", help="the persistent session's name")
    parser.add_argument("--slots", type=int, help="parts that all such processes share the devices in")
    configure_logs(LogLevel.INFO, LogFormat.JSON)
    asyncio.run(_main(parser.parse_args()))
