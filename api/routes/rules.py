"""The kinds of rules in words and numbers, and whom a rule would be for; for those who change rules."""

import asyncio
from typing import Literal

from fastapi import APIRouter, Depends
from pydantic import Field

from alerts.parameters import KINDS, NUMBERS, KindTerms
from alerts.reach import is_for_station, is_for_vehicle
from alerts.rule_words import rule_templates
from api.deps import ServicesDep
from api.errors import NOT_FOUND_RESPONSE, ApiError
from api.schemas import Severity, Shape
from api.signed_in import Needs, sees_everything
from domain.identifiers import CompanyId, DistrictId, StationId, VehicleId
from domain.person import Permission
from domain.registry import Registry
from domain.rule import AppliesTo, RuleKind
from domain.vehicle import VehicleKind

router = APIRouter(prefix="/rules", tags=["registry"])

MOST_RULES = 1000
About = Literal["vehicles", "stations", "areas"]


class RuleNumber(Shape):
    """A number that a rule's `params` may set. Outside least to most it is taken, but unusual."""

    name: str
    default: float
    unit: str
    least: float
    most: float
    is_whole: bool


class KindWords(Shape):
    """What holds and what ends it; `{name}` stands for the number of that name."""

    holds: str
    ends: str


class RuleKindView(Shape):
    """A kind of rule: what it looks at, the severity that it gives at least, its numbers, and it in words."""

    kind: RuleKind
    about: About
    vehicle_kinds: list[VehicleKind] | None
    lowest: Severity
    numbers: list[RuleNumber]
    words: dict[str, KindWords] = Field(description="By language: en, zh")


class RuleKinds(Shape):
    """All kinds, in the order of the catalogue."""

    items: list[RuleKindView]


class RuleReach(Shape):
    """Whom a rule would be for: of so many, and how many of these have a device to be judged by."""

    about: About
    meant: int
    of: int
    with_device: int


class Terms(Shape):
    """A rule's `applies_to`; what is absent or null means all."""

    vehicle_kinds: list[VehicleKind] | None = None
    vehicle_ids: list[VehicleId] | None = None
    company_ids: list[CompanyId] | None = None
    district_ids: list[DistrictId] | None = None
    station_ids: list[StationId] | None = None


class RuleTerms(Shape):
    """A kind of rule, and whom it is to be for."""

    kind: RuleKind
    applies_to: Terms = Terms()


class AskedReach(Shape):
    """The rules of which this is asked."""

    rules: list[RuleTerms] = Field(max_length=MOST_RULES)


class RuleReaches(Shape):
    """In the order in which they were asked."""

    items: list[RuleReach]


@router.get("/kinds")
async def list_rule_kinds() -> RuleKinds:
    """Every kind of rule with its numbers, their defaults, units and usual ranges, and in words."""
    return RuleKinds(items=[_kind(kind, terms) for kind, terms in KINDS.items()])


@router.post(
    "/reach",
    responses=NOT_FOUND_RESPONSE,
    dependencies=[Depends(sees_everything), Depends(Needs(Permission.TUNE))],
)
async def count_reach(services: ServicesDep, asked: AskedReach) -> RuleReaches:
    """How many vehicles or stations of the registry in force each rule would be for."""
    entry = await services.registry.in_force()
    if entry is None:
        raise ApiError(404, "no_registry", "No registry has been loaded yet")
    # Eleven thousand vehicles for each rule; the stream goes on meanwhile.
    counted = await asyncio.to_thread(lambda: [_reach(entry.registry, one) for one in asked.rules])
    return RuleReaches(items=counted)


def _reach(registry: Registry, asked: RuleTerms) -> RuleReach:
    given = asked.applies_to.model_dump()
    terms = AppliesTo(**{name: None if ids is None else tuple(ids) for name, ids in given.items()})
    devices: list[str | None]
    if KINDS[asked.kind].for_stations:
        devices = [one.device_id for one in registry.stations if is_for_station(terms, one)]
        of = len(registry.stations)
    else:
        devices = [one.device_id for one in registry.vehicles if is_for_vehicle(asked.kind, terms, one)]
        of = len(registry.vehicles)
    return RuleReach(
        about=_about(KINDS[asked.kind]),
        meant=len(devices),
        of=of,
        with_device=sum(device is not None for device in devices),
    )


def _kind(kind: RuleKind, terms: KindTerms) -> RuleKindView:
    words = rule_templates(kind)
    return RuleKindView(
        kind=kind,
        about=_about(terms),
        vehicle_kinds=None if terms.vehicle_kinds is None else sorted(terms.vehicle_kinds),
        lowest=terms.lowest.value,
        numbers=[_number(name, default) for name, default in terms.params.items()],
        words={language: KindWords(holds=one.holds, ends=one.ends) for language, one in words.items()},
    )


def _about(terms: KindTerms) -> About:
    if terms.for_stations:
        return "stations"
    return "areas" if terms.for_areas else "vehicles"


def _number(name: str, default: float) -> RuleNumber:
    terms = NUMBERS[name]
    return RuleNumber(
        name=name,
        default=default,
        unit=terms.unit,
        least=terms.least,
        most=terms.most,
        is_whole=terms.is_whole,
    )
