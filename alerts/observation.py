"""What one report shows, before any rule looks at it; and what a rule may ask while it looks."""

from msgspec import Struct

from alerts.load import LoadState
from alerts.ruleset import Ruleset, StationProfile, VehicleProfile
from alerts.trip import Departure, Trip
from alerts.unloading import Unloading
from alerts.weight_run import WeightRun
from domain.identifiers import ZoneId
from domain.permit import Permit
from domain.report import PositionReport
from geofence.motion import Motion
from geofence.passing import Passed
from geofence.place import Placed
from geofence.stay import Stay
from geofence.tracks import Tracks
from geofence.usable import Fix, FixUse
from geofence.zone_state import Transition, ZoneState


class Observation(Struct, kw_only=True, gc=False):
    """One report as the vehicle rules see it.

    `before_ms` is the time of the report before it. `fix` is its usable fix, None where it has none; `place` is that fix, else the last usable one.
    `gap`: nothing is known of the time just before it, so no hold runs across. `outside`: inside no
    place to be. `use` says what became of its fix; `speed_kmh` is the speed that motion goes by. `unloading` is set where a sign was found, `is_new_unloading` where it is the first.
    `departure` is set where a trip began; `trip` is the haul under way
    after the report and `permit` its permit; `trip_ended_ms` dates the end of the one before.
    `has_signals`: the device has sent lift, load or weight at some time.
    """

    report: PositionReport
    placed: Placed
    at_ms: int
    before_ms: int | None
    gap: bool
    fix: Fix | None
    place: Fix | None
    use: FixUse
    motion: Motion
    speed_kmh: float | None
    zones: tuple[ZoneState, ...]
    entered: tuple[Transition, ...]
    left: tuple[Transition, ...]
    passed: tuple[Passed, ...]
    outside: bool
    stay: Stay | None
    ended_stay: Stay | None
    tracks: Tracks
    stuck: Fix | None
    load: LoadState
    weight_run: WeightRun | None
    unloading: Unloading | None
    is_new_unloading: bool
    departure: Departure | None
    trip: Trip | None
    permit: Permit | None
    trip_ended_ms: int | None
    has_signals: bool

    @property
    def any_speed_kmh(self) -> float | None:
        """The reported speed, with or without a fix, else the derived one."""
        return self.speed_kmh if self.report.speed_kmh is None else self.report.speed_kmh

    @property
    def inside(self) -> tuple[ZoneId, ...]:
        """The zones it is inside (state)."""
        return tuple(state.zone_id for state in self.zones if state.since_ms is not None)


class VehicleContext(Struct, frozen=True, gc=False):
    """What a vehicle rule may ask of the ruleset while it judges one device."""

    ruleset: Ruleset
    profile: VehicleProfile


class StationContext(Struct, frozen=True, gc=False):
    """What a station rule may ask of the ruleset while it judges one device."""

    ruleset: Ruleset
    profile: StationProfile
