"""Which violations are committed, by whom and how often; what each looks like is told elsewhere.

Deeds of drivers and faults of their devices are here, by name: hauls are in `muck_truck` and
`odd_hauls`, devices in `faulty_device`, collection runs in `sanitation`. What stations do is in
`station_plan`. What one act implies besides (a dump far from the route is off route as well) is worked
out from the true motion and listed too.

How long a run must be: a day shows every kind but two. `capped_readings` is judged when a local day is
over and needs 2,000 readings, so it wants a run past the second midnight (the first, for a station that
reports every 30 s). A weight that never changes is a `signal_fault` after 24 h: it wants 36 h; the other
kind of `signal_fault`, a lift sensor stuck on the road, shows within a day. An open cover over an hour
of fast driving is not injected.
"""

from enum import StrEnum

from simulators.fleet import Model


class Conduct(StrEnum):
    """Whether the people of a run break rules."""

    ALL = "all"
    """Every kind of violation, some of each."""
    NONE = "none"
    """Everyone keeps the law and every device works; what networks do is another matter."""


class Deed(StrEnum):
    """What may be wrong with a trip."""

    DUMP_BESIDE = "dump_beside"
    """Unloads at the roadside of the permitted route."""
    TAMPER = "tamper"
    DUMP_AWAY = "dump_away"
    """Leaves the route and unloads far from it."""
    OVERLOAD = "overload"
    DETOUR = "detour"
    POSITION = "position"
    NO_PERMIT = "no_permit"
    UNWASHED = "unwashed"
    FORBIDDEN = "forbidden"
    LIFT = "lift"
    """A lift sensor that shows a raised body at full speed."""
    UNCOVERED = "uncovered"
    ABROAD = "abroad"
    """Leaves the district with its load."""
    SPEEDING = "speeding"
    TWIN = "twin"
    """Another device sends under the same id."""
    SILENT = "silent"
    HALT = "halt"
    """Stands by the roadside, loaded, for a quarter of an hour."""
    OVERDUE = "overdue"
    WILD_TIP = "wild_tip"
    """Unloads at a tip that others use, too; once a shift, not in turn with the rest."""


MUCK_DEEDS = tuple(deed for deed in Deed if deed is not Deed.WILD_TIP)
SANITATION_DEEDS = (Deed.FORBIDDEN, Deed.SPEEDING, Deed.SILENT, Deed.DUMP_BESIDE, Deed.TAMPER)
TRIPS_PER_DEED = 3
NEVER = 0
WILD_TIP_TRIP = 1
"""Which trip of a shift goes to the secret tip, counted from 0."""
_RARE = (Deed.UNCOVERED, Deed.OVERLOAD, Deed.TAMPER, Deed.UNCOVERED)
"""Few devices can show these: those that can have them more often."""
_NEEDS_S = {Deed.OVERDUE: 4 * 3600, Deed.ABROAD: 7200}
_LEAST_S = 5400


def can(model: Model, deed: Deed) -> bool:
    """Tell whether a device could show a deed at all; one that cannot be seen is not committed."""
    sensors = {
        Deed.UNCOVERED: model.cover,
        Deed.OVERLOAD: model.weight,
        Deed.TAMPER: model.alarms,
        Deed.LIFT: model.lift and model.speed,
        Deed.SPEEDING: model.speed and model.interval_s <= 15,
    }
    return sensors.get(deed, True)


def fits_in(deed: Deed, left_s: float) -> bool:
    """Tell whether the rest of a run is long enough for a deed to come out."""
    return left_s >= _NEEDS_S.get(deed, _LEAST_S)


def deed_of(model: Model, deeds: tuple[Deed, ...], number: int, trip: int, every: int) -> Deed | None:
    """The deed of one trip of vehicle `number`, or None: every `every`-th trip has one, the kinds in turn."""
    if every == NEVER or trip % every != number % every:
        return None
    possible = [deed for deed in deeds if can(model, deed)]
    possible += [deed for deed in _RARE if deed in possible]
    return possible[(number * 13 + trip // every * 11) % len(possible)] if possible else None
