"""wash_skipped: a departure from a site with a wash bay, without a stay at the bay before it."""

from msgspec import Struct

from alerts.calm import ANY, Bounds, Setting
from alerts.episode import NONE, Findings, vehicle_finding
from alerts.evidence import WashEvidence
from alerts.observation import Observation, VehicleContext
from alerts.ruleset import JudgedRule
from domain.identifiers import SiteId
from domain.station import Severity
from domain.zone import ZoneKind

BEFORE_MS = 1_200_000
NEAR_BAY_M = 15.0


class WashState(Struct, frozen=True, array_like=True, tag=True):
    """The last stay at a wash bay of each site, first and last fix."""

    washes: dict[SiteId, tuple[int, int]]


def step(
    rule: JudgedRule, state: WashState | None, seen: Observation, context: VehicleContext
) -> tuple[WashState | None, Findings]:
    """Judge one report."""
    stay = seen.ended_stay
    if stay is not None and stay.length_ms >= rule.params["min_stay_s"] * 1000:
        sites = _sites_washed(stay.mean_m, context)
        if sites:
            washes = {} if state is None else dict(state.washes)
            washes.update(dict.fromkeys(sites, (stay.first.time_ms, stay.last_ms)))
            state = WashState(washes)
    departure = seen.departure
    if departure is None:
        return state, NONE
    zone = context.ruleset.zones.get(departure.site)
    if zone is None or zone.site_id is None:
        return state, NONE
    bays = tuple(
        bay
        for bay in context.ruleset.wash_bays_of.get(zone.site_id, ())
        if context.ruleset.is_zone_open(bay, departure.at_ms)
    )
    gap_ms = departure.known_since_ms
    if not bays or (gap_ms is not None and gap_ms > departure.at_ms - BEFORE_MS):
        return state, NONE
    first_ms, last_ms = (None, None) if state is None else state.washes.get(zone.site_id, (None, None))
    washed = first_ms is not None and first_ms >= departure.entered_ms
    if washed and last_ms is not None and last_ms >= departure.at_ms - BEFORE_MS:
        return state, NONE
    finding = vehicle_finding(
        context,
        rule,
        severity=Severity.MINOR,
        started_ms=departure.at_ms,
        detected_ms=seen.at_ms,
        ended_ms=departure.at_ms,
        place=departure.fix,
        zone_ids=(departure.site,),
        evidence=WashEvidence(
            site_zone_id=departure.site,
            bay_zone_ids=bays,
            last_wash_ms=last_ms,
            last_wash_from_ms=first_ms,
            entered_ms=departure.entered_ms,
        ),
    )
    return state, (finding,)


def calm(rule: JudgedRule, state: WashState | None, setting: Setting, context: VehicleContext) -> Bounds:
    """It looks at stays that ended, and at departures."""
    del rule, state, setting, context
    return ANY


def _sites_washed(mean_m: tuple[float, float], context: VehicleContext) -> list[SiteId]:
    """The sites at whose wash bay a place is, 15 m around it included."""
    ruleset = context.ruleset
    sites = []
    for zone_id, distance_m in ruleset.index.near(*mean_m):
        zone = ruleset.zones.get(zone_id)
        if zone is not None and zone.kind is ZoneKind.WASH_BAY and zone.site_id and distance_m <= NEAR_BAY_M:
            sites.append(zone.site_id)
    return sites
