"""All state of one device; encoded, it is the device's checkpoint."""

from msgspec import Struct


class DeviceState(Struct, frozen=True, kw_only=True):
    """Placeholder until the engine lands."""
