"""What a route may ask for: the parts that `create_app` was given, carried by the application's state."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as field_of
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from api.base_map import BaseMap, Tiles
from api.drafting import Drafting
from api.live import LiveHub
from api.rate import RateLimit
from api.registry_view import RegistryReader
from api.score_book import ScoreBook
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


def _asked_links() -> RateLimit:
    """Of one link: a form with twenty photos, sent more than once."""
    return RateLimit(most=120, window_ms=60_000)


def _refused_links() -> RateLimit:
    """Of an address: some who mistype, not one who guesses."""
    return RateLimit(most=30, window_ms=60_000)


@dataclass(frozen=True, kw_only=True)
class Services:
    """Everything the routes stand on."""

    store: Store
    now_ms: Callable[[], int]
    hub: LiveHub
    registry: RegistryReader
    prefix: str
    edition: str | None
    metrics: Metrics | None
    people: People
    cases: Cases
    case_lists: CaseLists
    field: Field
    drafts: Drafts
    drafting: Drafting
    backtests: Backtests
    shelves: Shelves
    reports: Reports
    work: Work
    books: BookReader
    statements: Statements
    duty: Duty
    demerits: Demerits
    scores: ScoreBook
    terminals: Terminals
    feed: Feed
    webhooks: Webhooks
    schedules: Schedules
    terms: TermsReader
    stations: StationBook
    effects: EffectDesk
    bulletin_templates: BulletinTemplates
    base_map: BaseMap
    tiles: Tiles
    demo_user: str | None = None
    bulletin_organ: str = ""
    public_url: str = ""
    has_mail_server: bool = False
    drawing: asyncio.Lock = field_of(default_factory=asyncio.Lock)
    asked_links: RateLimit = field_of(default_factory=_asked_links)
    refused_links: RateLimit = field_of(default_factory=_refused_links)


def services(connection: HTTPConnection) -> Services:
    """The parts of the application that serves this request."""
    found = connection.app.state.services
    assert isinstance(found, Services)
    return found


ServicesDep = Annotated[Services, Depends(services)]
