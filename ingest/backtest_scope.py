"""What a backtest of stored history looks at: everything, or some vehicles, companies or rules."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from alerts.difference import Alert
from alerts.parameters import KINDS
from domain.identifiers import CompanyId, DeviceId, VehicleId
from domain.registry import Registry
from domain.rule import RuleKind


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Vehicles named or of the companies named, and kinds of rules; None means all of them."""

    vehicle_ids: frozenset[str] | None = None
    company_ids: frozenset[str] | None = None
    rules: frozenset[RuleKind] | None = None

    def vehicles(self, registries: Sequence[Registry]) -> frozenset[VehicleId] | None:
        """The vehicles meant, None for all; raises ValueError that names one that no registry has."""
        if self.vehicle_ids is None and self.company_ids is None:
            return None
        vehicles = [vehicle for registry in registries for vehicle in registry.vehicles]
        known = {str(vehicle.id) for vehicle in vehicles}
        _all_known("vehicle", self.vehicle_ids or (), known)
        companies = {str(company.id) for registry in registries for company in registry.companies}
        _all_known("company", self.company_ids or (), companies)
        return frozenset(
            vehicle.id
            for vehicle in vehicles
            if vehicle.id in (self.vehicle_ids or ()) or vehicle.company_id in (self.company_ids or ())
        )

    def devices(self, registries: Sequence[Registry]) -> tuple[tuple[DeviceId, ...], tuple[DeviceId, ...]]:
        """The devices of vehicles and of stations to be read.

        Vehicles are read even if only rules of stations are meant: their evidence names vehicles.
        """
        chosen = self.vehicles(registries)
        vehicles = {
            vehicle.device_id
            for registry in registries
            for vehicle in registry.vehicles
            if vehicle.device_id is not None and (chosen is None or vehicle.id in chosen)
        }
        has_stations = chosen is None and any(
            KINDS[rule].for_stations for rule in (KINDS if self.rules is None else self.rules & KINDS.keys())
        )
        stations = {
            station.device_id
            for registry in registries
            for station in registry.stations
            if station.device_id is not None and has_stations
        }
        return tuple(sorted(vehicles)), tuple(sorted(stations))

    def holds(self, alert: Alert, vehicles: frozenset[VehicleId] | None) -> bool:
        """Tell whether an alert is meant; `vehicles` are those of `vehicles()`."""
        has_rule = self.rules is None or alert.rule in self.rules
        return has_rule and (vehicles is None or alert.vehicle_id in vehicles)


def companies_of(registries: Sequence[Registry]) -> Mapping[str, CompanyId]:
    """The company of each vehicle that has one; the first registry that says so decides."""
    return {
        vehicle.id: vehicle.company_id
        for registry in reversed(registries)
        for vehicle in registry.vehicles
        if vehicle.company_id is not None
    }


def _all_known(what: str, asked: Iterable[str], known: set[str]) -> None:
    unknown = sorted(set(asked) - known)
    if unknown:
        raise ValueError(f"no {what} {', '.join(unknown)} in the registry")
