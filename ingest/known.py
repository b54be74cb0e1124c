"""Whom a ruleset's registry lets in, in the words of the wire format."""

from collections.abc import Sequence

from alerts.ruleset import Ruleset
from domain.identifiers import DeviceId
from ingest.wire import KnownDevices


def known_devices(ruleset: Ruleset, prefix: str) -> KnownDevices:
    """The devices and areas that reports are taken from."""
    return known_to_any([ruleset], prefix)


def known_to_any(rulesets: Sequence[Ruleset], prefix: str) -> KnownDevices:
    """The devices and areas that reports are taken from where at least one of the rulesets takes them."""
    none: frozenset[DeviceId] = frozenset()
    vehicles = none.union(*(one.vehicle_devices for one in rulesets))
    stations = none.union(*(one.station_devices for one in rulesets))
    listed = {device.id for one in rulesets for device in one.registry.devices}
    return KnownDevices(
        vehicles=vehicles,
        stations=stations,
        areas=frozenset(area for one in rulesets for area in one.stations_of_area),
        others=listed - vehicles - stations,
        prefix=prefix,
    )
