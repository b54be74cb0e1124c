"""Where every device was last."""

from fastapi import APIRouter

from api.deps import ServicesDep
from api.positions import position_view
from api.schemas import Positions
from api.signed_in import ScopedDep
from domain.instant import to_rfc3339

router = APIRouter(tags=["positions"])


@router.get("/positions", response_model_exclude_none=True)
async def get_positions(services: ServicesDep, scoped: ScopedDep) -> Positions:
    """The newest position of each device that was ever heard of; the live stream sends what changes after."""
    rows = await scoped.latest_positions()
    return Positions(at=to_rfc3339(services.now_ms()), items=[position_view(row) for row in rows])
