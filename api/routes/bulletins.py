"""The bulletin of a week or month, within what somebody may see."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query

from api.bulletin_shapes import BulletinView
from api.bulletin_view import bulletin_view
from api.deps import ServicesDep
from api.errors import NOT_FOUND_RESPONSE, ApiError
from api.periods import PeriodDep
from api.signed_in import PersonDep
from domain.identifiers import DistrictId
from domain.period import Period
from domain.person import Scope
from exports.bulletin import bulletin
from exports.statement import Statement
from exports.statements import NotToBeStated, Statements

router = APIRouter(tags=["reports"])


@router.get("/statements/{period}/bulletin", responses=NOT_FOUND_RESPONSE)
async def get_bulletin(
    services: ServicesDep,
    person: PersonDep,
    period: PeriodDep,
    district: Annotated[str | None, Query(max_length=200, description="Of this district alone")] = None,
) -> BulletinView:
    """Its figures beside those of the period before, as first issued; provisional where nothing was issued yet."""
    wanted = Scope(None if district is None else frozenset({DistrictId(district)}))
    scope = person.scope.narrower(wanted)
    known = await services.registry.in_force()
    if district is not None and (
        not scope.covers(DistrictId(district))
        or known is None
        or district not in {one.id for one in known.registry.districts}
    ):
        raise ApiError(404, "not_found", "There is no such district among those you may see")
    try:
        issued = await services.statements.of(period, services.now_ms())
    except NotToBeStated as error:
        raise ApiError(409, error.code, str(error)) from None
    before = await _before(services.statements, period)
    # A month of ten thousand violations takes a second; whoever watches the stream does not wait for it.
    found = await asyncio.to_thread(bulletin, issued, before, districts=scope.district_ids)
    return bulletin_view(found, services.bulletin_organ)


async def _before(statements: Statements, period: Period) -> tuple[Statement, ...]:
    """What was issued of the period before; nothing before the calendar's first."""
    try:
        return await statements.issued(period.before)
    except OverflowError:
        return ()
