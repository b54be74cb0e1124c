"""The fold: the only entry the shells call. Live judging, restart, late data and backtests all run it.

`step` takes one report in its device's order; `tick` says what the mere passing of time shows. A tick
never changes what a later report finds: what it finds is tentative, and the next report confirms or
withdraws it, so the alerts depend on the reports alone.
"""

from alerts.device_state import DeviceState
from alerts.finding import Finding
from alerts.ruleset import Ruleset
from domain.identifiers import DeviceId
from domain.report import BackgroundReport, DustReport
from geofence.place import Placed

Item = Placed | DustReport | BackgroundReport
Findings = tuple[Finding, ...]


def new_state(ruleset: Ruleset, device_id: DeviceId) -> DeviceState:
    """The state of a device never heard of; raises KeyError if the ruleset does not know it."""
    raise NotImplementedError


def is_late(state: DeviceState, item: Item) -> bool:
    """Tell whether an item is not newer than the newest one judged (a background value never is)."""
    raise NotImplementedError


def step(ruleset: Ruleset, state: DeviceState, item: Item) -> tuple[DeviceState, Findings]:
    """Judge one item that is not late. Raises ValueError if it is."""
    raise NotImplementedError


def tick(ruleset: Ruleset, state: DeviceState, at_ms: int) -> tuple[DeviceState, Findings]:
    """Judge the passing of time up to `at_ms`."""
    raise NotImplementedError


def due_ms(ruleset: Ruleset, state: DeviceState) -> int | None:
    """The earliest time at which `tick` could find something new; None if never."""
    raise NotImplementedError


def encode_state(state: DeviceState) -> bytes:
    """A device's checkpoint."""
    raise NotImplementedError


def decode_state(data: bytes) -> DeviceState:
    """A checkpoint back to the state it was made of; raises ValueError if it is of another format."""
    raise NotImplementedError
