"""`haulwatch up`: the whole service from one command.

It starts the embedded servers, brings the schema up to date, puts a registry in force, runs ingest, the API,
the backtests and (as a demo) the fleet as processes of their own, and shows the alerts as they come. It
decides nothing about data: when it ends, everything it started ends.
"""

import asyncio
import contextlib
import itertools
import json
import os
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import date
from pathlib import Path
from typing import Any, Self

from msgspec import Struct
from rich.console import Console

from alerts.demerit_examples import PLAIN
from domain.person import Role
from haulwatch.alert_lines import AlertLines
from haulwatch.enrolling import demo_gateways, enrol
from haulwatch.past import live_through
from haulwatch.ports import claim, reachable
from haulwatch.problem import CommandError
from haulwatch.registries import (
    DEMO_AUTHOR,
    FILE_AUTHOR,
    read_registry,
    save,
    save_at_start,
    summary,
)
from haulwatch.running import Running, demo_directory, the_only_up, write_running
from haulwatch.servers import Servers
from haulwatch.startup import open_store, web_directory
from haulwatch.supervisor import Child, Guard
from ingest.slots import SlotsDiffer
from runtime.clock import now_ms
from runtime.logs import configure_logs
from runtime.secret_url import SecretUrl
from runtime.settings import LogFormat, Settings, variable_name
from runtime.shutdown import stop_on_signals
from storage.demerits import Demerits
from storage.migrate import migrate
from storage.people import People, hash_password
from storage.store import Store

DEMO_USER = "demo"
READY_TIMEOUT_S = 180.0
READY_ACTION = "ingest_ready"
GATEWAY_READY_ACTION = "gateway_ready"


class Wanted(Struct, frozen=True, kw_only=True):
    """What the command line asked for."""

    is_demo: bool = False
    past_days: int = 0
    port: int | None = None
    open_browser: bool = False
    registry: Path | None = None
    workers: int = 1


async def run_up(settings: Settings, wanted: Wanted, console: Console) -> None:
    """Run the service until a signal; raises CommandError, StorageError or BrokerError if it cannot start."""
    data_dir = demo_directory(settings.data_dir) if wanted.is_demo else settings.data_dir
    stop = stop_on_signals()

    def notice(name: str, line: str) -> None:
        console.print(f"[dim]{name}:[/] ", end="")
        console.print(line, markup=False, highlight=False, soft_wrap=True)

    async with AsyncExitStack() as stack:
        stack.enter_context(the_only_up(data_dir))
        log_dir = data_dir / "logs"
        log_dir.mkdir(exist_ok=True)
        # The terminal is for alerts and for what a person should do; our own log goes beside the others.
        own_log = stack.enter_context((log_dir / "up.log").open("w", encoding="utf-8"))
        configure_logs(settings.log_level, LogFormat.JSON, own_log)
        stack.callback(configure_logs, settings.log_level, settings.log_format)
        host = settings.http_host
        wanted_port = settings.http_port if wanted.port is None else wanted.port
        port = _claim_page(host, wanted_port)
        guard = stack.enter_context(Guard())
        servers = Servers(settings, data_dir, guard, notice, is_demo=wanted.is_demo)
        stack.callback(servers.stop)
        with console.status("Starting the servers"):
            await servers.start()
        store = await _prepare(stack, settings, wanted, servers, console)
        await _lay_out_slots(settings, wanted, store)
        page_url = f"http://{reachable(host)}:{port}"
        environ = {
            variable_name("database_url"): servers.database_url,
            variable_name("broker_url"): servers.broker_url,
            variable_name("data_dir"): str(data_dir),
            variable_name("http_port"): str(port),
            variable_name("log_format"): "json",
        }
        write_running(
            data_dir,
            Running(
                pid=os.getpid(),
                page_url=page_url,
                broker_url=servers.broker_url,
                database_url=servers.database_url,
            ),
        )
        if wanted.past_days:
            await live_through(wanted.past_days, environ, guard, stop)
            _claim_page(host, port)  # minutes later it may be somebody else's
        workers = [name for name, _ in zip(_worker_names(), range(wanted.workers), strict=False)]
        arguments = {name: ["ingest"] for name in workers} | {
            name: [name] for name in ("api", "backtests", "dock")
        }
        if wanted.is_demo:
            arguments |= {"api": ["api", "--demo-user", DEMO_USER], "fleet": ["demo-fleet"]}
        gateways = _gateways(settings)
        arguments |= {name: ["gateway", protocol] for name, protocol in gateways.items()}
        ready_actions = dict.fromkeys(workers, READY_ACTION) | dict.fromkeys(gateways, GATEWAY_READY_ACTION)
        metrics_ports = _metrics_ports(settings, [*ready_actions, "dock"])
        children = {
            name: Child(
                name,
                command,
                environ=environ | metrics_ports.get(name, {}),
                log_dir=log_dir,
                guard=guard,
                notice=notice,
                ready_action=ready_actions.get(name),
            )
            for name, command in arguments.items()
        }
        background = await stack.enter_async_context(_Background(stop))
        background.add(servers.watch())
        background.add(AlertLines(store, console).run(stop))
        for child in children.values():
            background.add(child.run(stop), is_child=True)
        with console.status("Waiting for the service to answer"):
            await _wait_until_ready(page_url, [children[name].is_ready for name in ready_actions], stop)
        if stop.is_set():
            return
        _say_ready(console, servers, data_dir, page_url)
        if wanted.open_browser:
            await asyncio.to_thread(webbrowser.open, page_url)
        await stop.wait()
        console.print("\nStopping; press Ctrl-C again to stop at once")


def _claim_page(host: str, port: int) -> int:
    return claim(host, port, what="The page", variable="HAULWATCH_HTTP_PORT (or --port)")


class _Background:
    """The tasks beside the main one. One that fails stops the service; children are awaited, the rest cancelled."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop
        self._children: list[asyncio.Task[None]] = []
        self._others: list[asyncio.Task[None]] = []

    def add(self, work: Coroutine[Any, Any, None], *, is_child: bool = False) -> None:
        task = asyncio.ensure_future(work)
        task.add_done_callback(self._ended)
        (self._children if is_child else self._others).append(task)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and task.exception() is not None:
            self._stop.set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        for task in self._others:
            task.cancel()
        results = await asyncio.gather(*self._children, *self._others, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result


async def _prepare(
    stack: AsyncExitStack, settings: Settings, wanted: Wanted, servers: Servers, console: Console
) -> Store:
    with console.status("Bringing the database up to date"):
        applied = await asyncio.to_thread(migrate, servers.database_url)
    console.print(f"Database  {applied.server}", highlight=False)
    store = await stack.enter_async_context(open_store(servers.database_url))
    said = await _put_registry_in_force(settings, wanted, store)
    console.print(f"Registry  {said}", highlight=False)
    if wanted.is_demo:
        await _keep_score(store)
    console.print(f"Users     {await _let_somebody_in(store, is_demo=wanted.is_demo)}", highlight=False)
    return store


async def _keep_score(store: Store) -> None:
    """A demo's scores go by the plain scheme until somebody puts another in force."""
    demerits = Demerits(store)
    if not await demerits.schemes():
        await demerits.put_scheme(
            json.dumps(PLAIN), effective_from=date(2020, 1, 1), author=DEMO_AUTHOR, note=""
        )


async def _let_somebody_in(store: Store, *, is_demo: bool) -> str:
    """Say who may sign in; a demo lets in a user of its own."""
    people = People(store)
    if is_demo:
        hashed = await asyncio.to_thread(hash_password, DEMO_USER)
        await people.add_user(
            DEMO_USER, name="演示 Demo", role=Role.ADMINISTRATOR, district_ids=None, password_hash=hashed
        )
        return f"{DEMO_USER}, with the password {DEMO_USER}"
    count = len(await people.users())
    if count == 0:
        return "none yet; `haulwatch user add NAME --role administrator` lets the first one in"
    return f"{count}"


async def _lay_out_slots(settings: Settings, wanted: Wanted, store: Store) -> None:
    """See to it that there is a slot for each worker; raises SlotsDiffer or CommandError where that is too late."""
    there = await store.ingest_slots()
    slots = settings.ingest_slots or there or wanted.workers
    if there not in {0, slots}:
        raise SlotsDiffer(there, slots)
    if wanted.workers > slots:
        raise CommandError(
            f"{wanted.workers} workers cannot share {slots} ingest slot{'s' * (slots > 1)}: "
            f"run `haulwatch slots {wanted.workers}` beside a running `haulwatch up` first"
        )
    if not there:
        await store.lay_out_slots(slots)


def _worker_names() -> Iterator[str]:
    return itertools.chain(["ingest"], (f"ingest-{number}" for number in itertools.count(2)))


def _gateways(settings: Settings) -> dict[str, str]:
    """The gateways that are set up, by the names of their processes; raises CommandError where a port is taken."""
    gateways = {}
    for protocol, port in (("jt808", settings.jt808_port), ("hj212", settings.hj212_port)):
        if port:
            variable = variable_name(f"{protocol}_port")
            claim(settings.gateway_host, port, what=f"The {protocol} gateway", variable=variable)
            gateways[f"gateway-{protocol}"] = protocol
    if settings.emqx_mountpoint:
        gateways["gateway-emqx"] = "emqx"
    return gateways


def _metrics_ports(settings: Settings, workers: Sequence[str]) -> dict[str, dict[str, str]]:
    """Each worker and gateway shows its metrics on a port of its own, the next ones after the first."""
    if not settings.metrics_port:
        return {}
    name = variable_name("metrics_port")
    return {worker: {name: str(settings.metrics_port + n)} for n, worker in enumerate(workers)}


async def _put_registry_in_force(settings: Settings, wanted: Wanted, store: Store) -> str:
    current = await store.registry_at(now_ms())
    if wanted.is_demo:
        first = await store.registry_version(1)
        # Later versions may be what somebody edited while trying it.
        if first is not None and first.author not in (DEMO_AUTHOR, DEMO_USER):
            raise CommandError("this database holds a real registry; a demo would mix its trucks with yours")
        from simulators.live import demo_registry

        document = demo_registry(seed=settings.demo_seed, vehicles=settings.demo_vehicles)
        version = await save_at_start(store, document, author=DEMO_AUTHOR)
        if (gateways := demo_gateways(settings)) is not None:
            await enrol(store, gateways.enrolments, by=DEMO_AUTHOR)
        return f"version {version}: the demo district, {settings.demo_vehicles} trucks"
    path = wanted.registry or settings.registry_file
    if path is not None:
        document, registry = await asyncio.to_thread(read_registry, path)
        try:
            version = await save_at_start(store, document, author=FILE_AUTHOR.format(path.name))
        except CommandError as error:
            # A start must not fail because somebody has planned a version for later.
            return f"{path} was not loaded: {error}"
        return f"version {version}: {summary(registry)} (from {path})"
    if current is not None:
        return f"version {current.version}, of {current.author}"
    await save(store, b'{"version": 1}', author="haulwatch up")
    return "empty, so every device is unknown; `haulwatch registry load FILE` puts yours in force"


async def _wait_until_ready(
    page_url: str, workers_are_ready: Sequence[asyncio.Event], stop: asyncio.Event
) -> None:
    deadline = asyncio.get_running_loop().time() + READY_TIMEOUT_S
    while not stop.is_set():
        are_ready = all(ready.is_set() for ready in workers_are_ready)
        if are_ready and await asyncio.to_thread(_answers, f"{page_url}/api/health"):
            return
        if asyncio.get_running_loop().time() > deadline:
            raise CommandError(
                f"the service was not ready at {page_url} within {READY_TIMEOUT_S:.0f} s; see logs/ in the data directory"
            )
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 0.1)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 -- our own address, always http
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _say_ready(console: Console, servers: Servers, data_dir: Path, page_url: str) -> None:
    console.print(f"Broker    {SecretUrl(servers.broker_url)}", highlight=False)
    console.print(f"Logs      {data_dir / 'logs'}", highlight=False)
    if web_directory() is None:
        console.print("Page      not built: `make web` builds it", highlight=False)
    console.print(
        f"\n[bold]Haulwatch runs at[/] {page_url}  (API: {page_url}/docs; Ctrl-C stops it)\n", highlight=False
    )
