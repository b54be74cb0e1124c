"""Whom a rule is for: vehicles by kind, company or name, stations by district or name; an absent list means all."""

from alerts.parameters import KINDS
from domain.rule import AppliesTo, RuleKind
from domain.station import Station
from domain.vehicle import Vehicle


def is_for_vehicle(kind: RuleKind, terms: AppliesTo, vehicle: Vehicle) -> bool:
    """Tell whether a rule of a kind for vehicles, or for areas, looks at a vehicle."""
    kinds = terms.vehicle_kinds if terms.vehicle_kinds is not None else KINDS[kind].vehicle_kinds
    return (
        (kinds is None or vehicle.kind in kinds)
        and (terms.vehicle_ids is None or vehicle.id in terms.vehicle_ids)
        and (terms.company_ids is None or vehicle.company_id in terms.company_ids)
        and terms.station_ids is None
    )


def is_for_station(terms: AppliesTo, station: Station) -> bool:
    """Tell whether a rule of a kind for stations looks at a station."""
    return (
        (terms.station_ids is None or station.id in terms.station_ids)
        and (terms.district_ids is None or station.district_id in terms.district_ids)
        and terms.vehicle_ids is None
        and terms.vehicle_kinds is None
        and terms.company_ids is None
    )
