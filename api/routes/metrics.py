"""What this process counts, for Prometheus."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.deps import ServicesDep
from api.errors import NOT_FOUND_RESPONSE, ApiError

router = APIRouter(tags=["health"])


@router.get("/metrics", response_class=Response, responses=NOT_FOUND_RESPONSE)
async def get_metrics(services: ServicesDep) -> Response:
    """The counters of this process in Prometheus text format; 404 where the service counts nothing."""
    if services.metrics is None:
        raise ApiError(404, "not_found", "This service shows no metrics")
    return Response(generate_latest(services.metrics.registry), headers={"content-type": CONTENT_TYPE_LATEST})
