"""What ids are called, and to which company and site an alert or a case counts, by one version of the registry."""

from typing import Protocol

from domain.registry import Registry
from domain.zone import ZoneKind


class About(Protocol):
    """What alerts and cases say of whom they are about."""

    @property
    def vehicle_id(self) -> str | None: ...
    @property
    def station_id(self) -> str | None: ...


class Placed(About, Protocol):
    """What alerts say of where they were."""

    @property
    def zone_ids(self) -> tuple[str, ...]: ...
    @property
    def site_zone_id(self) -> str | None: ...


class Book:
    """The names of one version; what it does not know keeps its id."""

    def __init__(self, registry: Registry) -> None:
        """Look through a registry."""
        self._vehicles = {str(one.id): one for one in registry.vehicles}
        self._stations = {str(one.id): one for one in registry.stations}
        self._companies = {str(one.id): one.name or str(one.id) for one in registry.companies}
        self._districts = {str(one.id): one.name or str(one.id) for one in registry.districts}
        self._zones = {str(one.id): one for one in registry.zones}
        self._site_names = {
            str(one.site_id): one.name or str(one.site_id)
            for one in sorted(registry.zones, key=lambda zone: (zone.kind is ZoneKind.SOURCE_SITE, zone.id))
            if one.site_id is not None
        }

    def company_id(self, line: About) -> str | None:
        """The company of its vehicle."""
        vehicle = self._vehicles.get(line.vehicle_id or "")
        return None if vehicle is None or vehicle.company_id is None else str(vehicle.company_id)

    def site_id(self, line: Placed) -> str | None:
        """The site of its station, else the one its evidence names, else the source site that it lies in.

        A site that has no id of its own goes by its zone's.
        """
        station = self._stations.get(line.station_id or "")
        if station is not None:
            return None if station.site_id is None else str(station.site_id)
        inside = (one for one in line.zone_ids if self._is_site(one))
        zone_id = line.site_zone_id or next(inside, None)
        if zone_id is None:
            return None
        zone = self._zones.get(zone_id)
        return zone_id if zone is None or zone.site_id is None else str(zone.site_id)

    def _is_site(self, zone_id: str) -> bool:
        zone = self._zones.get(zone_id)
        return zone is not None and zone.kind is ZoneKind.SOURCE_SITE

    def company(self, company_id: str | None) -> str:
        """A company's name; nothing for none."""
        return "" if company_id is None else self._companies.get(company_id, company_id)

    def site(self, site_id: str | None) -> str:
        """A site's name; nothing for none."""
        if site_id is None:
            return ""
        zone = self._zones.get(site_id)
        return self._site_names.get(site_id) or (zone.name if zone is not None else "") or site_id

    def district(self, district_id: str | None) -> str:
        """A district's name; nothing for none."""
        return "" if district_id is None else self._districts.get(district_id, district_id)

    def plate(self, vehicle_id: str | None) -> str:
        """A vehicle's plate, else its id; nothing for none."""
        vehicle = self._vehicles.get(vehicle_id or "")
        return (vehicle_id or "") if vehicle is None else vehicle.plate or str(vehicle.id)

    def station(self, station_id: str | None) -> str:
        """A station's name, else its id; nothing for none."""
        station = self._stations.get(station_id or "")
        return (station_id or "") if station is None else station.name or str(station.id)
