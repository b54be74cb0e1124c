"""The bulletin that a request asks for, within what somebody may see."""

from typing import Annotated

from fastapi import Depends, Query

from api.deps import ServicesDep
from api.errors import ApiError
from api.periods import PeriodDep
from api.signed_in import PersonDep
from domain.identifiers import DistrictId
from domain.person import Scope
from exports.bulletin.bulletin import Bulletin
from exports.bulletin.reading import bulletin_of
from exports.statements import NotToBeStated


async def _scope(
    services: ServicesDep,
    person: PersonDep,
    district: Annotated[str | None, Query(max_length=200, description="Of this district alone")] = None,
) -> Scope:
    wanted = Scope(None if district is None else frozenset({DistrictId(district)}))
    scope = person.scope.narrower(wanted)
    known = await services.registry.in_force()
    if district is not None and (
        not scope.covers(DistrictId(district))
        or known is None
        or district not in {one.id for one in known.registry.districts}
    ):
        raise ApiError(404, "not_found", "There is no such district among those you may see")
    return scope


BulletinScopeDep = Annotated[Scope, Depends(_scope)]


async def _bulletin(services: ServicesDep, scope: BulletinScopeDep, period: PeriodDep) -> Bulletin:
    try:
        return await bulletin_of(services.statements, period, services.now_ms(), scope.district_ids)
    except NotToBeStated as error:
        raise ApiError(409, error.code, str(error)) from None


BulletinDep = Annotated[Bulletin, Depends(_bulletin)]
