"""Whether the service can be relied on, for people, load balancers and the page."""

from importlib.metadata import PackageNotFoundError, version

from fastapi import APIRouter

from api.deps import ServicesDep
from api.schemas import Health
from domain.instant import to_rfc3339, to_rfc3339_if_known

router = APIRouter(tags=["health"])


def service_version() -> str:
    """The installed version, or 0 in a tree that was never installed."""
    try:
        return version("haulwatch")
    except PackageNotFoundError:
        return "0"


@router.get("/health")
async def get_health(services: ServicesDep) -> Health:
    """Answer 200 while the database answers, 503 while it is away; with how fresh the data are."""
    oldest, newest = await services.store.change_bounds()
    hub = services.hub
    now_ms = services.now_ms()
    return Health(
        version=service_version(),
        edition=services.edition,
        server_time=to_rfc3339(now_ms),
        newest_data_time=to_rfc3339_if_known(hub.fleet.newest_data_ms),
        newest_received_time=to_rfc3339_if_known(hub.fleet.newest_received_ms),
        ingest_lag_s=_lag_s(now_ms, hub.fleet.newest_received_ms),
        oldest_change=oldest,
        newest_change=newest,
        stream_clients=hub.clients,
        dead_letters=await services.webhooks.count_letters(),
        topic_prefix=services.prefix,
    )


def _lag_s(now_ms: int, received_ms: int | None) -> float | None:
    return None if received_ms is None else round(max(0, now_ms - received_ms) / 1000, 3)
