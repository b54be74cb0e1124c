"""What a route may ask for: the parts that `create_app` was given, carried by the application's state."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from api.drafting import Drafting
from api.live import LiveHub
from api.registry_view import RegistryReader
from api.station_book import StationBook
from api.station_terms import TermsReader
from api.zone_effect import EffectDesk
from runtime.metrics import Metrics
from storage.cases import Cases
from storage.drafts import Drafts
from storage.duty import Duty
from storage.people import People
from storage.shelves import Shelves
from storage.store import Store


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
    drafts: Drafts
    drafting: Drafting
    shelves: Shelves
    duty: Duty
    terms: TermsReader
    stations: StationBook
    effects: EffectDesk
    demo_user: str | None = None


def services(connection: HTTPConnection) -> Services:
    """The parts of the application that serves this request."""
    found = connection.app.state.services
    assert isinstance(found, Services)
    return found


ServicesDep = Annotated[Services, Depends(services)]
