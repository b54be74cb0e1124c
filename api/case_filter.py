"""Which cases a list is asked for: the parameters, with a company and a text resolved to what they name."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Query

from api.deps import ServicesDep
from api.signed_in import PersonDep
from domain.registry import Registry
from domain.rule import RuleKind
from storage.case_list import EVERY_CASE, CaseFilter

# Texts with a NUL the database would not even compare.
Named = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]


async def case_filter(
    services: ServicesDep,
    person: PersonDep,
    *,
    mine: Annotated[bool, Query(description="Those I have acted on, and those of my unit")] = False,
    assignee: Named = None,
    handled_by: Annotated[
        str | None,
        Query(max_length=64, pattern=r"^[^\x00]*$", description="Those somebody has acted on, by their id"),
    ] = None,
    district: Named = None,
    rule: Annotated[RuleKind | None, Query(description="Only this kind of rule")] = None,
    company: Named = None,
    text: Annotated[
        str | None,
        Query(
            max_length=100, pattern=r"^[^\x00]*$", description="Number, title, sender, plate, unit or station"
        ),
    ] = None,
) -> CaseFilter:
    """The filter that a request asks for."""
    asked = (mine, assignee, handled_by, district, rule, company, text)
    if not any(asked):
        return EVERY_CASE
    entry = await services.registry.in_force() if company or text else None
    registry = None if entry is None else entry.registry
    wanted = (text or "").strip().lower().lstrip("#") or None
    return CaseFilter(
        assignee=assignee or None,
        handled_by=person.user_id if mine else handled_by or None,
        of_unit=await services.people.unit_of(person.user_id) if mine else None,
        district_id=district or None,
        rule=None if rule is None else rule.value,
        vehicle_ids=_of_company(registry, company) if company else None,
        text=wanted,
        named=() if wanted is None else _named(registry, wanted),
    )


CaseFilterDep = Annotated[CaseFilter, Depends(case_filter)]


def _of_company(registry: Registry | None, company: str) -> tuple[str, ...]:
    vehicles = () if registry is None else registry.vehicles
    return tuple(str(vehicle.id) for vehicle in vehicles if vehicle.company_id == company)


def _named(registry: Registry | None, text: str) -> tuple[str, ...]:
    """The vehicles and stations whose plate, name or id holds a text."""
    if registry is None:
        return ()
    names: Mapping[str, str] = {
        vehicle.id: f"{vehicle.plate} {vehicle.id}" for vehicle in registry.vehicles
    } | {station.id: f"{station.name} {station.id}" for station in registry.stations}
    return tuple(str(key) for key, name in names.items() if text in name.lower())
