"""The application, wired from what it is given. Nothing here is global."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import structlog
from fastapi import APIRouter, Depends, FastAPI, Security
from fastapi.routing import APIRoute
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import BaseRoute
from starlette.types import Lifespan

from api.base_map import BaseMap, Tiles
from api.deps import Services
from api.drafting import Drafting
from api.errors import ERROR_RESPONSES, SIGN_IN_RESPONSES, add_error_handlers
from api.escalation import escalate_for_ever
from api.head import HeadAsGet
from api.live import LiveBounds, LiveHub
from api.pages import add_pages
from api.parameters import only_known_parameters
from api.registry_view import RegistryReader
from api.routes import (
    alerts,
    appeals,
    backtests,
    base_map,
    bulletin_files,
    bulletins,
    case_files,
    cases,
    devices,
    drafts,
    duty,
    feed,
    field,
    health,
    live,
    loss,
    people,
    positions,
    registry,
    rejections,
    reports,
    rules,
    rulesets,
    schedules,
    schemes,
    scores,
    session,
    sheets,
    shelves,
    statements,
    stations,
    terminals,
    tracks,
    webhooks,
    work,
    zones,
)
from api.routes import metrics as metrics_route
from api.score_book import ScoreBook
from api.signed_in import bearer_scheme, cookie_scheme, person_of
from api.station_book import StationBook
from api.station_terms import TermsReader
from api.zone_effect import EffectDesk
from exports.book_reader import BookReader
from exports.statements import Statements
from runtime.metrics import Metrics
from storage.backtests import Backtests
from storage.bulletin_templates import BulletinTemplates
from storage.case_list import CaseLists
from storage.cases import Cases
from storage.demerits import Demerits
from storage.drafts import Drafts
from storage.duty import Duty
from storage.feed import Feed
from storage.field import Field
from storage.people import People
from storage.reports import Reports
from storage.schedules import Schedules
from storage.shelves import Shelves
from storage.store import Store
from storage.terminals import Terminals
from storage.webhooks import Webhooks
from storage.work import Work

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
    {
        "name": "stations",
        "description": "Dust stations: how they stand, their averaging windows and readings.",
    },
    {"name": "map", "description": "The base map, where one is configured."},
    {"name": "alerts", "description": "What the rules found, with the evidence."},
    {"name": "cases", "description": "What people do about alerts: assigned, answered, closed."},
    {"name": "field", "description": "The form of one case, opened by a link that opens nothing else."},
    {"name": "reports", "description": "What a week comes to, its lists as files, and how shifts hand over."},
    {
        "name": "scores",
        "description": "Demerit points of companies and vehicles, their schemes, appeals and lists.",
    },
    {"name": "work", "description": "What fleets did: trips and tonnes, cleaning, stops served."},
    {"name": "signing in", "description": "Sessions of people; programs send an API token instead."},
    {
        "name": "docking",
        "description": "Other platforms: webhooks, and a feed that they pull.",
    },
    {"name": "people", "description": "Users, API tokens and what was done, for administrators."},
    {"name": "devices", "description": "Silent, faulty, unknown and loud ones."},
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
    demo_user: str | None = None,
    base_map: BaseMap | None = None,
    bulletin_organ: str = "",
    public_url: str = "",
    has_mail_server: bool = False,
) -> FastAPI:
    """Build the application.

    `prefix` is what every MQTT topic begins with, `web_dir` the built page (None serves the API alone),
    `edition` what the database server is. With `metrics` there is a /metrics. `demo_user` is named on the
    sign-in page of a demo, `bulletin_organ` at the head of bulletins. Links begin with `public_url`, or with the
    address of the request; with `has_mail_server` the docking process can send mails.
    """
    registry = RegistryReader(store, now_ms)
    demerits = Demerits(store)
    terms = TermsReader(store)
    books = BookReader(store)
    hub = LiveHub(store, now_ms, metrics=metrics, bounds=bounds, registry=registry)
    cases_of_all = Cases(store)
    ground = base_map or BaseMap()
    app = _described_app(_lifespan(hub, cases_of_all, now_ms))
    app.state.services = Services(
        store=store,
        now_ms=now_ms,
        hub=hub,
        registry=registry,
        prefix=prefix,
        edition=edition,
        metrics=metrics,
        people=People(store),
        cases=cases_of_all,
        case_lists=CaseLists(store),
        field=Field(store),
        drafts=Drafts(store),
        backtests=Backtests(store),
        drafting=Drafting(store),
        shelves=Shelves(store),
        reports=Reports(store),
        work=Work(store),
        books=books,
        statements=Statements(store, books),
        duty=Duty(store),
        demerits=demerits,
        scores=ScoreBook(demerits, books),
        terminals=Terminals(store),
        feed=Feed(store),
        webhooks=Webhooks(store),
        schedules=Schedules(store),
        terms=terms,
        stations=StationBook(store, terms, now_ms),
        effects=EffectDesk(now_ms),
        demo_user=demo_user,
        bulletin_organ=bulletin_organ,
        public_url=public_url,
        has_mail_server=has_mail_server,
        bulletin_templates=BulletinTemplates(store),
        base_map=ground,
        tiles=Tiles(ground),
    )
    app.add_middleware(HeadAsGet)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    add_error_handlers(app)
    add_pages(app, web_dir, ground)
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
    app.router.routes.extend(_routes())
    return app


@cache
def _routes() -> Sequence[BaseRoute]:
    """All routes with what FastAPI derives from their signatures: a third of a second of work, done once."""
    router = APIRouter(generate_unique_id_function=_operation_id)
    router.include_router(_api_router())
    router.include_router(metrics_route.router, responses=ERROR_RESPONSES)
    return tuple(router.routes)


def _api_router() -> APIRouter:
    router = APIRouter(
        prefix="/api", responses=ERROR_RESPONSES, dependencies=[Depends(only_known_parameters)]
    )
    for open_to_all in (health, session, live, field):  # the stream refuses strangers in its own words
        router.include_router(open_to_all.router)
    for resource in (
        registry,
        rules,
        rulesets,
        backtests,
        drafts,
        sheets,
        base_map,
        positions,
        stations,
        tracks,
        duty,
        alerts,
        shelves,
        reports,
        statements,
        bulletins,
        bulletin_files,
        schemes,
        appeals,
        scores,
        work,
        cases,
        case_files,
        devices,
        terminals,
        loss,
        rejections,
        people,
        zones,
        feed,
        webhooks,
        schedules,
    ):
        router.include_router(
            resource.router,
            responses=SIGN_IN_RESPONSES,
            dependencies=[Depends(person_of), Security(cookie_scheme), Security(bearer_scheme)],
        )
    return router


def _operation_id(route: APIRoute) -> str:
    return route.name


def _lifespan(hub: LiveHub, cases_of_all: Cases, now_ms: Callable[[], int]) -> Lifespan[FastAPI]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        beside = [
            asyncio.create_task(hub.run(), name="live hub"),
            asyncio.create_task(escalate_for_ever(cases_of_all, now_ms), name="escalation"),
        ]
        for task in beside:
            task.add_done_callback(_report_failure)
        try:
            yield
        finally:
            for task in beside:
                task.cancel()
            # One that failed has been reported; the application can still go down in order.
            await asyncio.gather(*beside, return_exceptions=True)

    return lifespan


def _report_failure(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and task.exception() is not None:
        log.critical(
            "a task of the service has failed",
            action="api.task_failed",
            task=task.get_name(),
            exc_info=task.exception(),
        )
