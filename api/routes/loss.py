"""The loss account: that nothing went missing, by counting."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from api.errors import ApiError
from api.loss import account_view
from api.schemas import Loss
from api.signed_in import ScopedDep

router = APIRouter(tags=["loss account"])

MOST_DAYS = 366


@router.get("/loss")
async def get_loss(
    scoped: ScopedDep,
    first: Annotated[date, Query(description="First local day of arrival")],
    last: Annotated[date, Query(description="Last local day of arrival, included")],
) -> Loss:
    """Per device and local day of arrival: received = stored + duplicate + rejected."""
    if last < first or (last - first).days >= MOST_DAYS:
        raise ApiError(422, "invalid_request", f"last must be first or up to {MOST_DAYS - 1} days after it")
    rows = await scoped.loss_account(first=first, last=last)
    return Loss(first=first.isoformat(), last=last.isoformat(), items=[account_view(row) for row in rows])
