"""What ids are called, and to which company and site an alert or a case counts.

A `Book` speaks for one version of the registry, `Books` for each alert by the version that judged it: a truck
that is sold in mid-week leaves what it did before with the company that it did it for.
"""

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from msgspec import Struct

from domain.registry import Registry
from domain.zone import ZoneKind

T = TypeVar("T")


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


class Judged(About, Protocol):
    """What says by which version it was judged."""

    @property
    def ruleset_version(self) -> int | None: ...


class JudgedPlace(Placed, Judged, Protocol):
    """Both."""


class _Vehicle(Struct, frozen=True):
    plate: str
    kind: str
    company_id: str | None
    device_id: str | None


class _Station(Struct, frozen=True):
    name: str
    site_id: str | None
    district_id: str | None
    device_id: str | None


class _Zone(Struct, frozen=True):
    name: str
    is_site: bool
    site_id: str | None


class Book:
    """The names of one version; what it does not know keeps its id."""

    def __init__(self, registry: Registry, like: "Book | None" = None) -> None:
        """Look through a registry; what it has in common with `like` is held once."""

        def shared(made: T, of: str) -> T:
            known: T | None = getattr(like, of, None)
            return known if known is not None and known == made else made

        self._vehicles = shared(
            {
                str(one.id): _Vehicle(
                    one.plate or str(one.id), one.kind.value, _text(one.company_id), _text(one.device_id)
                )
                for one in registry.vehicles
            },
            "_vehicles",
        )
        self._stations = shared(
            {
                str(one.id): _Station(
                    one.name or str(one.id), _text(one.site_id), _text(one.district_id), _text(one.device_id)
                )
                for one in registry.stations
            },
            "_stations",
        )
        self._zones = shared(
            {
                str(one.id): _Zone(
                    one.name or str(one.id), one.kind is ZoneKind.SOURCE_SITE, _text(one.site_id)
                )
                for one in registry.zones
            },
            "_zones",
        )
        self.zone_names: Mapping[str, str] = shared(
            {zone_id: zone.name for zone_id, zone in self._zones.items()}, "zone_names"
        )
        self.zone = registry.zone_info
        self._companies = {str(one.id): one.name or str(one.id) for one in registry.companies}
        self.district_names = {str(one.id): one.name or str(one.id) for one in registry.districts}
        self._site_names = {
            zone.site_id: one.name or zone.site_id
            for one in sorted(registry.zones, key=lambda each: (each.kind is ZoneKind.SOURCE_SITE, each.id))
            if (zone := self._zones[str(one.id)]).site_id is not None
        }

    def company_id(self, line: About) -> str | None:
        """The company of its vehicle."""
        vehicle = self._vehicles.get(line.vehicle_id or "")
        return None if vehicle is None else vehicle.company_id

    def site_id(self, line: Placed) -> str | None:
        """The site of its station, else the one its evidence names, else the source site that it lies in.

        A site that has no id of its own goes by its zone's.
        """
        station = self._stations.get(line.station_id or "")
        if station is not None:
            return station.site_id
        inside = (one for one in line.zone_ids if self._is_site(one))
        zone_id = line.site_zone_id or next(inside, None)
        if zone_id is None:
            return None
        zone = self._zones.get(zone_id)
        return zone_id if zone is None or zone.site_id is None else zone.site_id

    def vehicle_devices(self) -> Mapping[str, str | None]:
        """The company of each device that a vehicle carries."""
        return {one.device_id: one.company_id for one in self._vehicles.values() if one.device_id is not None}

    def station_devices(self) -> Mapping[str, str | None]:
        """The district of each device that a station has."""
        return {
            one.device_id: one.district_id for one in self._stations.values() if one.device_id is not None
        }

    def _is_site(self, zone_id: str) -> bool:
        zone = self._zones.get(zone_id)
        return zone is not None and zone.is_site

    def company(self, company_id: str | None) -> str:
        """A company's name; nothing for none."""
        return "" if company_id is None else self._companies.get(company_id, company_id)

    def site(self, site_id: str | None) -> str:
        """A site's name; nothing for none."""
        if site_id is None:
            return ""
        return self._site_names.get(site_id) or self.zone_names.get(site_id, site_id)

    def district(self, district_id: str | None) -> str:
        """A district's name; nothing for none."""
        return "" if district_id is None else self.district_names.get(district_id, district_id)

    def plate(self, vehicle_id: str | None) -> str:
        """A vehicle's plate, else its id; nothing for none."""
        vehicle = self._vehicles.get(vehicle_id or "")
        return (vehicle_id or "") if vehicle is None else vehicle.plate

    def company_of(self, vehicle_id: str) -> str:
        """The name of a vehicle's company; nothing for none."""
        vehicle = self._vehicles.get(vehicle_id)
        return "" if vehicle is None else self.company(vehicle.company_id)

    def vehicle_kind(self, vehicle_id: str | None) -> str | None:
        """What work a vehicle does; None where it is not known."""
        vehicle = self._vehicles.get(vehicle_id or "")
        return None if vehicle is None else vehicle.kind

    def station(self, station_id: str | None) -> str:
        """A station's name, else its id; nothing for none."""
        station = self._stations.get(station_id or "")
        return (station_id or "") if station is None else station.name


class Books:
    """The books of several versions, and that of `current` for whatever no version of them judged."""

    def __init__(self, current: Book, judged: Mapping[int, Book]) -> None:
        """Hold the books by version."""
        self.current = current
        self._judged = judged
        self._newest_first = [current, *(judged[version] for version in sorted(judged, reverse=True))]

    def of(self, line: Judged) -> Book:
        """The book by which an alert, or the first alert of a case, was judged."""
        return self._judged.get(line.ruleset_version or 0, self.current)

    def company_id(self, line: Judged) -> str | None:
        """As `Book.company_id`, by the version that judged."""
        return self.of(line).company_id(line)

    def site_id(self, line: JudgedPlace) -> str | None:
        """As `Book.site_id`, by the version that judged."""
        return self.of(line).site_id(line)

    def company(self, company_id: str | None) -> str:
        """A company's newest name; nothing for none."""
        return self._newest_name(company_id, Book.company)

    def site(self, site_id: str | None) -> str:
        """A site's newest name; nothing for none."""
        return self._newest_name(site_id, Book.site)

    def district(self, district_id: str | None) -> str:
        """A district's newest name; nothing for none."""
        return self._newest_name(district_id, Book.district)

    def _newest_name(self, one: str | None, name: Callable[[Book, str | None], str]) -> str:
        found = (name(book, one) for book in self._newest_first)
        return next((each for each in found if each != one), one or "")


def _text(one: str | None) -> str | None:
    return None if one is None else str(one)
