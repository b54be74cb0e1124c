"""The service's processes, each wired from the settings: ingest, the API, backtests, docking, and the demo fleet."""

import asyncio
import gc
import os
import socket
import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import structlog
import uvicorn

from domain.zone import Crs
from haulwatch.ports import claim
from haulwatch.problem import USAGE, CommandError
from haulwatch.registries import FILE_AUTHOR, read_registry, save_at_start
from haulwatch.running import find_running
from haulwatch.startup import broker_url, open_store, web_directory
from runtime.clock import now_ms
from runtime.metrics import Metrics
from runtime.settings import Settings, variable_name
from runtime.shutdown import stop_on_signals
from storage.edition import detect
from storage.store import Store

if TYPE_CHECKING:
    from api.base_map import BaseMap

log = structlog.get_logger()

# An open live stream would hold the server for ever; its client resumes by number.
GRACEFUL_S = 3
BACKTEST_NICE = 10
"""Live judging goes first wherever both want a processor."""


def database_url(settings: Settings) -> str:
    """The configured database, else that of the `up` that runs in the data directory."""
    if settings.database_url:
        return settings.database_url.reveal()
    running = find_running(settings.data_dir)
    if running is None:
        raise CommandError(
            f"no database: set HAULWATCH_DATABASE_URL, or start `haulwatch up` in {settings.data_dir} first",
            code=USAGE,
        )
    return running.database_url


async def run_ingest_process(settings: Settings) -> None:
    """Ingest until a signal; raises StorageError if the database's schema is not ours."""
    from ingest.batching import BatchLimits
    from ingest.service import run_ingest

    stop = stop_on_signals()
    metrics = Metrics()
    if settings.metrics_port:
        metrics.serve(settings.metrics_port)
    async with open_store(database_url(settings)) as store:
        await _load_registry_file(settings, store)
        await run_ingest(
            store=store,
            broker_url=broker_url(settings),
            stop=stop,
            now_ms=now_ms,
            prefix=settings.topic_prefix,
            client_id=settings.client_id,
            slots=settings.ingest_slots,
            limits=BatchLimits(full=settings.batch_size, old_ms=settings.batch_age_ms),
            metrics=metrics,
        )


async def run_jt808_process(settings: Settings, port: int | None) -> None:
    """Run the JT/T 808 gateway until a signal; raises CommandError where no port is given or it is taken."""
    from ingest.gateway.jt808 import run_jt808

    await _run_gateway(
        run_jt808, settings, settings.jt808_port if port is None else port, "HAULWATCH_JT808_PORT"
    )


async def run_hj212_process(settings: Settings, port: int | None) -> None:
    """Run the HJ 212 gateway until a signal; raises CommandError where no port is given or it is taken."""
    from ingest.gateway.hj212 import run_hj212

    await _run_gateway(
        run_hj212, settings, settings.hj212_port if port is None else port, "HAULWATCH_HJ212_PORT"
    )


async def run_emqx_process(settings: Settings, mountpoint: str | None) -> None:
    """Take in what EMQX's JT/T 808 gateway publishes, until a signal."""
    from ingest.gateway.emqx import MOUNTPOINT, run_emqx

    stop = stop_on_signals()
    wiring = gateway_wiring(settings)
    async with open_store(database_url(settings)) as store:
        await run_emqx(
            store=store,
            stop=stop,
            mountpoint=mountpoint or settings.emqx_mountpoint or MOUNTPOINT,
            **{name: wiring[name] for name in ("broker_url", "now_ms", "prefix", "client_id", "metrics")},
        )


async def _run_gateway(
    run: Callable[..., Coroutine[Any, Any, None]], settings: Settings, port: int, name: str
) -> None:
    if not port:
        raise CommandError(f"no port: give --port, or set {name}", code=USAGE)
    stop = stop_on_signals()
    async with open_store(database_url(settings)) as store:
        try:
            await run(store=store, stop=stop, port=port, **gateway_wiring(settings))
        except OSError as error:
            raise CommandError(
                f"the gateway cannot listen on {settings.gateway_host}:{port} ({error.strerror})"
            ) from error


def gateway_wiring(settings: Settings) -> dict[str, Any]:
    """What every gateway is given of the settings."""
    from ingest.gateway.connections import Limits

    metrics = Metrics()
    if settings.metrics_port:
        metrics.serve(settings.metrics_port)
    return {
        "broker_url": broker_url(settings),
        "host": settings.gateway_host,
        "now_ms": now_ms,
        "prefix": settings.topic_prefix,
        "client_id": settings.client_id,
        "limits": Limits(connections=settings.gateway_connections, idle_s=settings.gateway_idle_s),
        "metrics": metrics,
    }


async def run_slots(settings: Settings, number: int | None) -> None:
    """Show the slots, or divide the devices anew; raises CommandError where that cannot be done now."""
    from ingest.divide import CannotDivide, divide_anew

    async with open_store(database_url(settings)) as store:
        if number is not None:
            try:
                await divide_anew(
                    store,
                    broker_url(settings),
                    prefix=settings.topic_prefix,
                    client_id=settings.client_id,
                    slots=number,
                    progress=lambda text: print(text, file=sys.stderr),
                )
            except CannotDivide as error:
                raise CommandError(str(error)) from error
        seat = await store.seat()
        try:
            print(f"slots    {await seat.slots()}\nworkers  {await seat.workers()}")
        finally:
            await seat.close()


async def run_api_process(settings: Settings, *, demo_user: str | None = None) -> None:
    """Serve the page and the API until a signal; raises CommandError where the port is taken."""
    from api.app import create_app

    dsn = database_url(settings)
    # Before the application starts: one that is ended at once breaks off connections to the database half made.
    port = claim(settings.http_host, settings.http_port, what="The page", variable=variable_name("http_port"))
    async with open_store(dsn) as store:
        app = create_app(
            store=store,
            prefix=settings.topic_prefix,
            now_ms=now_ms,
            web_dir=web_directory(),
            edition=await asyncio.to_thread(_edition, dsn),
            metrics=Metrics(),
            demo_user=demo_user,
            base_map=_base_map(settings),
            bulletin_organ=settings.bulletin_organ,
            public_url=settings.public_url,
            has_mail_server=bool(settings.smtp_url),
        )
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                host=settings.http_host,
                port=port,
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=GRACEFUL_S,
            )
        )
        # What is there now stays: whenever the collector went through all of it, every request waited a tenth of a second.
        gc.freeze()
        await server.serve()


def _base_map(settings: Settings) -> "BaseMap":
    from api.base_map import BaseMap

    key = settings.map_tianditu_key.get_secret_value()
    return BaseMap(
        style_url=settings.map_style_url,
        further_hosts=tuple(host for host in settings.map_hosts.split(",") if host),
        tianditu_key=key,
        crs=Crs.GCJ02 if settings.map_crs == "gcj02" else Crs.WGS84,
        approval_no=settings.map_approval_no,
        source=settings.map_source or ("天地图" if key else ""),
    )


async def run_backtests_process(settings: Settings) -> None:
    """Run the backtests that people ask for until a signal."""
    from ingest.backtest_jobs import BacktestJobs

    stop = stop_on_signals()
    os.nice(BACKTEST_NICE)
    dsn = database_url(settings)
    async with open_store(dsn) as store:
        log.info("backtests ready", action="backtests_ready")
        await BacktestJobs(store, dsn).run(stop)


async def run_dock_process(settings: Settings) -> None:
    """Send what goes out by itself until a signal."""
    from docking.scheduled import run_schedules
    from docking.service import run_docking
    from docking.writing import MailSettings

    stop = stop_on_signals()
    metrics = Metrics()
    if settings.metrics_port:
        metrics.serve(settings.metrics_port)
    async with open_store(database_url(settings)) as store:
        log.info("docking ready", action="docking_ready")
        mail = MailSettings(
            server=settings.smtp_url,
            sender=settings.mail_from or f"haulwatch@{socket.gethostname()}",
            public_url=settings.public_url,
            organ=settings.bulletin_organ,
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(run_docking(store, stop=stop, now_ms=now_ms, metrics=metrics))
            group.create_task(run_schedules(store, mail, stop=stop, now_ms=now_ms))


async def run_demo_process(settings: Settings) -> None:
    """Drive the demo fleet until a signal."""
    from haulwatch.enrolling import demo_gateways
    from simulators.live import run_demo

    stop = stop_on_signals()
    await run_demo(
        broker_url=broker_url(settings),
        prefix=settings.topic_prefix,
        seed=settings.demo_seed,
        vehicles=settings.demo_vehicles,
        stop=stop,
        gateways=demo_gateways(settings),
    )


async def _load_registry_file(settings: Settings, store: Store) -> None:
    if settings.registry_file is not None:
        document, _ = await asyncio.to_thread(read_registry, settings.registry_file)
        try:
            version = await save_at_start(
                store, document, author=FILE_AUTHOR.format(settings.registry_file.name)
            )
        except CommandError as error:
            # A start must not fail because somebody has planned a version for later.
            log.warning("registry file not loaded", action="registry.not_loaded", reason=str(error))
            return
        log.info(
            "registry in force", action="registry.loaded", version=version, file=str(settings.registry_file)
        )


def _edition(dsn: str) -> str:
    import psycopg

    from storage.errors import driver_errors

    with driver_errors(), psycopg.connect(dsn, connect_timeout=10) as connection:
        return str(detect(connection))
