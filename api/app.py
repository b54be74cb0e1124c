"""The application, wired from what it is given. Nothing here is global."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Lifespan

from api.deps import Services
from api.errors import ERROR_RESPONSES, add_error_handlers
from api.head import HeadAsGet
from api.live import LiveBounds, LiveHub
from api.pages import add_pages
from api.registry_view import RegistryReader
from api.routes import alerts, health, live, loss, positions, registry, rejections, rulesets
from api.routes import metrics as metrics_route
from runtime.metrics import Metrics
from storage.store import Store

log = structlog.get_logger()

DESCRIPTION = """
Watches muck trucks, refuse trucks and site dust: where every vehicle is, and what it did wrong.

* Times are RFC 3339 in UTC; places are WGS-84 degrees; units are in the field names.
* What is unknown is null or absent, and never false.
* Every failure has one shape: `{"error": {"code", "message", "details"?}}`.

## The live stream

"""

TAGS = [
    {"name": "health", "description": "Whether the service can be relied on just now."},
    {
        "name": "registry",
        "description": "What is known about the world: vehicles, stations, zones, routes; its versions.",
    },
    {"name": "positions", "description": "Where every device was last."},
    {"name": "alerts", "description": "What the rules found, with the evidence."},
    {
        "name": "loss account",
        "description": "That nothing went missing, by counting; and what was refused, whole.",
    },
]


def create_app(
    *,
    store: Store,
    prefix: str,
    now_ms: Callable[[], int],
    web_dir: Path | None,
    edition: str | None = None,
    metrics: Metrics | None = None,
    bounds: LiveBounds | None = None,
) -> FastAPI:
    """Build the application.

    `prefix` is what every MQTT topic begins with, `web_dir` the built page (None serves the API alone),
    `edition` what the database server is. With `metrics` there is a /metrics.
    """
    hub = LiveHub(store, now_ms, metrics=metrics, bounds=bounds)
    app = _described_app(_lifespan(hub))
    app.state.services = Services(
        store=store,
        now_ms=now_ms,
        hub=hub,
        registry=RegistryReader(store, now_ms),
        prefix=prefix,
        edition=edition,
        metrics=metrics,
    )
    app.add_middleware(HeadAsGet)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    add_error_handlers(app)
    add_pages(app, web_dir)
    return app


def openapi_document() -> dict[str, Any]:
    """The OpenAPI document, which needs no database; the page's types are made from it."""
    return _described_app(None).openapi()


def _described_app(lifespan: Lifespan[FastAPI] | None) -> FastAPI:
    app = FastAPI(
        title="Haulwatch",
        version=health.service_version(),
        summary="Every fix judged, every violation shown within a second, nothing lost.",
        description=DESCRIPTION + (live.__doc__ or ""),
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        openapi_tags=TAGS,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        generate_unique_id_function=_operation_id,
    )
    app.include_router(_api_router())
    app.include_router(metrics_route.router, responses=ERROR_RESPONSES)
    return app


def _api_router() -> APIRouter:
    router = APIRouter(prefix="/api", responses=ERROR_RESPONSES)
    for resource in (health, registry, rulesets, positions, alerts, loss, rejections, live):
        router.include_router(resource.router)
    return router


def _operation_id(route: APIRoute) -> str:
    return route.name


def _lifespan(hub: LiveHub) -> Lifespan[FastAPI]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        following = asyncio.create_task(hub.run(), name="live hub")
        following.add_done_callback(_report_failure)
        try:
            yield
        finally:
            following.cancel()
            # One that failed has been reported; the application can still go down in order.
            await asyncio.gather(following, return_exceptions=True)

    return lifespan


def _report_failure(following: "asyncio.Task[None]") -> None:
    if not following.cancelled() and following.exception() is not None:
        log.critical("the live stream has failed", action="api.live_failed", exc_info=following.exception())
