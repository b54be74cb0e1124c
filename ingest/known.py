"""Whom a ruleset's registry lets in, in the words of the wire format."""

from alerts.ruleset import Ruleset
from ingest.wire import KnownDevices


def known_devices(ruleset: Ruleset, prefix: str) -> KnownDevices:
    """The devices and areas that reports are taken from."""
    vehicles, stations = ruleset.vehicle_devices, ruleset.station_devices
    listed = frozenset(device.id for device in ruleset.registry.devices)
    return KnownDevices(
        vehicles=vehicles,
        stations=stations,
        areas=frozenset(ruleset.stations_of_area),
        others=listed - vehicles - stations,
        prefix=prefix,
    )
