"""What a device of the registry is at this moment, by when it was heard and what it said then."""

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct

from domain.registry import Registry
from storage.devices import Heard

DeviceState = Literal["reporting", "quiet", "silent", "parked", "never"]
STATES: tuple[DeviceState, ...] = ("reporting", "quiet", "silent", "parked", "never")

REPORTING_MS = 2 * 60_000
SILENT_MS = 15 * 60_000


class KnownDevice(Struct, frozen=True, kw_only=True):
    """A device of the registry, what carries it, and how it is."""

    device_id: str
    kind: Literal["vehicle", "station"]
    subject_id: str
    label: str
    plate_color: str | None
    state: DeviceState
    heard: Heard | None

    @property
    def order(self) -> tuple[int, str]:
        """Longest silent first, those never heard before all."""
        heard_ms = None if self.heard is None else self.heard.heard_ms
        return (-1 if heard_ms is None else heard_ms, self.device_id)


def known_devices(registry: Registry, heard: Mapping[str, Heard], now_ms: int) -> Sequence[KnownDevice]:
    """Every device that a vehicle or a station of the registry carries, longest silent first."""
    vehicles = (
        _known(one.device_id, "vehicle", one.id, one.plate, one.plate_color.value, heard, now_ms)
        for one in registry.vehicles
        if one.device_id is not None
    )
    stations = (
        _known(one.device_id, "station", one.id, one.name, None, heard, now_ms)
        for one in registry.stations
        if one.device_id is not None
    )
    return sorted((*vehicles, *stations), key=lambda one: one.order)


def _known(
    device_id: str,
    kind: Literal["vehicle", "station"],
    subject_id: str,
    label: str,
    plate_color: str | None,
    heard: Mapping[str, Heard],
    now_ms: int,
) -> KnownDevice:
    found = heard.get(device_id)
    return KnownDevice(
        device_id=device_id,
        kind=kind,
        subject_id=subject_id,
        label=label or subject_id,
        plate_color=plate_color,
        state=_state(found, now_ms),
        heard=found,
    )


def _state(heard: Heard | None, now_ms: int) -> DeviceState:
    if heard is None or heard.heard_ms is None:
        return "never"
    age_ms = now_ms - heard.heard_ms
    if age_ms <= REPORTING_MS:
        return "reporting"
    if age_ms <= SILENT_MS:
        return "quiet"
    # A truck that switched off and stood may be parked for days; one that never said so may not.
    stood = heard.speed_kmh is None or heard.speed_kmh < 1
    return "parked" if heard.ignition is False and stood else "silent"
