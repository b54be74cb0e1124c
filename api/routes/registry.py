"""The registry in force: ready to be drawn, or as it was given."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Response

from api.deps import ServicesDep
from api.errors import NOT_FOUND_RESPONSE, ApiError
from api.registry_view import RegistryEntry, within
from api.schemas import ReadyMadeLimit, RegistryView
from api.signed_in import ScopedDep, TunerDep, sees_everything
from domain.legal_limits import LEGAL_LIMITS

router = APIRouter(prefix="/registry", tags=["registry"])

IfNoneMatch = Annotated[
    str | None, Header(description="The `ETag` of what the client has; 304 if it is current")
]
RESPONSES = {**NOT_FOUND_RESPONSE, 304: {"description": "The client has the version in force"}}


@router.get("", response_model=RegistryView, responses=RESPONSES)
async def get_registry(
    services: ServicesDep, scoped: ScopedDep, if_none_match: IfNoneMatch = None
) -> Response:
    """Vehicles, stations, and districts, roads, zones and routes as GeoJSON in WGS-84, as far as they may be seen."""
    entry = await _in_force(services)
    devices = await scoped.devices()
    if devices is None:
        return _answer(entry, entry.body, if_none_match)
    # Which vehicles are in sight changes with where they drive: nothing here to be kept by version.
    body = within(entry, scoped.scope, devices).model_dump_json().encode()
    return Response(body, media_type="application/json", headers={"cache-control": "no-store"})


@router.get(
    "/document",
    response_model=dict[str, object],
    responses=RESPONSES,
    dependencies=[Depends(sees_everything)],
)
async def get_registry_document(
    services: ServicesDep, _tuner: TunerDep, if_none_match: IfNoneMatch = None
) -> Response:
    """The registry in force exactly as it was given, coordinates in the systems it came in."""
    entry = await _in_force(services)
    return _answer(entry, entry.document, if_none_match)


@router.get("/limits")
async def list_ready_made_limits() -> list[ReadyMadeLimit]:
    """Limits after a standard, which stations may name without the registry listing them."""
    return [
        ReadyMadeLimit(
            id=name,
            name=limit.terms.name,
            quantity=limit.terms.quantity.value,
            region=limit.region,
            source=limit.source,
            verified=limit.verified,
        )
        for name, limit in LEGAL_LIMITS.items()
    ]


async def _in_force(services: ServicesDep) -> RegistryEntry:
    entry = await services.registry.in_force()
    if entry is None:
        raise ApiError(404, "no_registry", "No registry has been loaded yet")
    return entry


def _answer(entry: RegistryEntry, body: bytes, if_none_match: str | None) -> Response:
    headers = {"etag": entry.etag, "cache-control": "no-cache", "vary": "accept-encoding"}
    if if_none_match is not None and _matches(if_none_match, entry.etag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _matches(if_none_match: str, etag: str) -> bool:
    given = [tag.strip() for tag in if_none_match.split(",")]
    return "*" in given or etag in given or etag.removeprefix("W/") in given
