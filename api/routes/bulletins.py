"""The bulletin of a week or month, within what somebody may see."""

from fastapi import APIRouter

from api.bulletin_found import BulletinDep
from api.bulletin_shapes import BulletinView
from api.bulletin_view import bulletin_view
from api.deps import ServicesDep
from api.errors import NOT_FOUND_RESPONSE
from api.periods import PeriodDep

router = APIRouter(tags=["reports"])


@router.get("/statements/{period}/bulletin", responses=NOT_FOUND_RESPONSE)
async def get_bulletin(services: ServicesDep, period: PeriodDep, found: BulletinDep) -> BulletinView:  # noqa: ARG001 -- of the path
    """Its figures beside those of the period before, as first issued; provisional where nothing was issued yet."""
    return bulletin_view(found, services.bulletin_organ)
