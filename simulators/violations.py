"""Which violations are committed, by whom and how often; what each looks like is in `muck_truck` and `sanitation`.

Injected: illegal_dumping (by signs, and suspected for devices that show none), off_route, out_of_hours,
no_permit, forbidden_zone, uncovered_load, speeding, device_silent here; dust_exceedance and sensor_fault
in `sensor`. What one act implies besides (a dump far from the route is off route as well) is worked out
from the true motion and listed too. Still to come, with the rules that find them: cross_district,
overload, unexpected_stop, trip_overdue, wash_skipped, missed_collection, terminal_tamper,
position_fault, signal_fault, identity_conflict, suspected_dump_site, noise_exceedance, capped_readings,
station_silent.
"""

from enum import StrEnum

from simulators.fleet import Model


class Deed(StrEnum):
    """What a driver may do wrong on a trip."""

    DUMP_BESIDE = "dump_beside"
    """Unloads at the roadside of the permitted route."""
    DUMP_AWAY = "dump_away"
    """Leaves the route and unloads far from it."""
    DETOUR = "detour"
    NO_PERMIT = "no_permit"
    FORBIDDEN = "forbidden"
    UNCOVERED = "uncovered"
    SPEEDING = "speeding"
    SILENT = "silent"


MUCK_DEEDS = tuple(Deed)
SANITATION_DEEDS = (Deed.FORBIDDEN, Deed.SPEEDING, Deed.SILENT, Deed.DUMP_BESIDE)
TRIPS_PER_DEED = 4


def can(model: Model, deed: Deed) -> bool:
    """Tell whether a device could show a deed at all; one that cannot be seen is not committed."""
    if deed is Deed.UNCOVERED:
        return model.cover
    if deed is Deed.SPEEDING:
        return model.speed and model.interval_s <= 15
    return True


def deed_of(model: Model, deeds: tuple[Deed, ...], number: int, trip: int, every: int) -> Deed | None:
    """The deed of one trip of vehicle `number`, or None: every `every`-th trip has one, the kinds in turn."""
    if trip % every != number % every:
        return None
    possible = [deed for deed in deeds if can(model, deed)]
    if Deed.UNCOVERED in possible:
        possible.append(Deed.UNCOVERED)  # few devices see the cover: theirs is left open twice as often
    return possible[(number + trip // every) % len(possible)] if possible else None
