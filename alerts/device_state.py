"""All state of one device. It is frozen, made anew by each report, and encoded it is the device's checkpoint."""

import msgspec
from msgspec import Struct

from alerts.collection import CollectionState
from alerts.cover import CoverState
from alerts.dumping import DumpingState
from alerts.dust import DustState
from alerts.dust_limit import Backgrounds, LimitState
from alerts.episode import StationPlace
from alerts.finding import Finding
from alerts.haul import HoursState, NoPermitState, OffRouteState
from alerts.load import LoadState
from alerts.ruleset import JudgedRule
from alerts.signal_fault import SignalState
from alerts.speeding import SpeedState
from alerts.station_health import SensorState
from alerts.terminal import ConflictState, PositionState, TamperState
from alerts.trip import Departure, Trip
from alerts.trip_rules import DistrictState, OverdueState, OverloadState, StopState
from alerts.unloading import SignState, Unloading
from alerts.washing import WashState
from alerts.weight_run import WeightRun
from alerts.zone_rules import ForbiddenState
from domain.identifiers import DeviceId, DistrictId, RuleId, ZoneId
from geofence.motion import Motion
from geofence.passing import PassState
from geofence.stay import Stay
from geofence.tracks import Tracks
from geofence.usable import Fix, UsableState
from geofence.zone_state import ZoneState

VehicleRuleState = (
    DumpingState
    | OffRouteState
    | HoursState
    | NoPermitState
    | ForbiddenState
    | CoverState
    | SpeedState
    | DistrictState
    | OverloadState
    | StopState
    | OverdueState
    | WashState
    | CollectionState
    | TamperState
    | PositionState
    | SignalState
    | ConflictState
)
StationRuleState = DustState | SensorState
Order = tuple[int, bool, int, bytes]


class JudgedBy(Struct, frozen=True, array_like=True):
    """The version that judged a device's newest report, and what of it is asked for once another judges.

    `subject` is the vehicle or station that the device then belonged to ("" for none), `place` the station's.
    `meridian_deg` names the plane that the state's metres are in. `silent` are the rules about silence, and
    `districts` those of the other rules that are for some districts only.
    """

    version: int
    subject: str
    meridian_deg: float
    silent: tuple[JudgedRule, ...] = ()
    districts: dict[RuleId, frozenset[DistrictId]] = {}
    place: StationPlace | None = None


class VehicleState(Struct, frozen=True, kw_only=True, tag="vehicle", dict=True):
    """What is known of a vehicle after its newest judged report.

    `near` and `clearance_m` belong to the last usable fix; `known_since_ms` is the end of the last gap.
    `stuck` is the first fix of a run at speed that stays where it is. `was_active`: the newest report had its
    ignition on or was moving; None before the first of this vehicle. `tentative` and `ticked_ms`: what the last
    tick found, and when it was. What else hangs on it (`alerts/quiet.py`) is reckoned from these, and neither
    compared nor encoded.
    """

    device_id: DeviceId
    order: Order | None = None
    usable: UsableState = UsableState()
    near: tuple[tuple[ZoneId, float], ...] = ()
    clearance_m: float = float("inf")
    motion: Motion = Motion.UNKNOWN
    zones: tuple[ZoneState, ...] = ()
    passing: tuple[PassState, ...] = ()
    stay: Stay | None = None
    tracks: Tracks = Tracks()
    stuck: Fix | None = None
    weight_run: WeightRun | None = None
    known_since_ms: int | None = None
    load: LoadState = LoadState()
    has_lift: bool = False
    has_weight: bool = False
    signs: SignState = SignState()
    unloading: Unloading | None = None
    trip: Trip | None = None
    awaiting_load: Departure | None = None
    was_active: bool | None = None
    rules: dict[RuleId, VehicleRuleState] = {}
    tentative: tuple[Finding, ...] = ()
    ticked_ms: int | None = None
    judged_by: JudgedBy | None = None


class StationState(Struct, frozen=True, kw_only=True, tag="station"):
    """What is known of a station after its newest judged reading; background values by area and the end of their hour.

    `is_heard`: a reading of this station has come. `former`: limits whose terms are over, as long as a window of
    theirs grows or waits for a background value.
    """

    device_id: DeviceId
    order: Order | None = None
    background: Backgrounds = {}
    is_heard: bool = False
    rules: dict[RuleId, StationRuleState] = {}
    former: tuple[LimitState, ...] = ()
    tentative: tuple[Finding, ...] = ()
    ticked_ms: int | None = None
    judged_by: JudgedBy | None = None


DeviceState = VehicleState | StationState

_FORMAT = b"5"
_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[DeviceState] = msgspec.msgpack.Decoder(DeviceState)


def encode_state(state: DeviceState) -> bytes:
    """A device's checkpoint."""
    return _FORMAT + _encoder.encode(state)


def decode_state(data: bytes) -> DeviceState:
    """A checkpoint back to the state it was made of; raises ValueError if it is of another format."""
    if data[:1] != _FORMAT:
        raise ValueError(f"checkpoint of format {data[:1]!r}, this release reads {_FORMAT!r}")
    try:
        return _decoder.decode(data[1:])
    except msgspec.DecodeError as error:
        raise ValueError(f"unreadable checkpoint: {error}") from error
