"""Every number a rule's `params` may override, per kind, with its default and unit; and whom a kind concerns.

Only kinds that the engine judges are listed.
"""

from collections.abc import Mapping

from msgspec import Struct

from domain.problem import Problem, message
from domain.rule import Rule, RuleKind
from domain.station import Severity
from domain.vehicle import VehicleKind

HAULERS = frozenset({VehicleKind.MUCK_TRUCK, VehicleKind.REFUSE_TRUCK})
MUCK = frozenset({VehicleKind.MUCK_TRUCK})


class KindTerms(Struct, frozen=True, kw_only=True):
    """Default numbers of a kind; the vehicles it concerns by default (None: every kind), or stations.

    `lowest` is the severity it gives at least. A kind for areas looks at the vehicles together, beside the fold.
    """

    params: Mapping[str, float] = {}
    lowest: Severity = Severity.MINOR
    vehicle_kinds: frozenset[VehicleKind] | None = None
    for_stations: bool = False
    for_areas: bool = False


KINDS: Mapping[RuleKind, KindTerms] = {
    RuleKind.ILLEGAL_DUMPING: KindTerms(params={"dwell_s": 180.0}, vehicle_kinds=HAULERS),
    RuleKind.OFF_ROUTE: KindTerms(params={"hold_s": 60.0}, vehicle_kinds=MUCK),
    RuleKind.OUT_OF_HOURS: KindTerms(lowest=Severity.MAJOR, params={"hold_s": 60.0}, vehicle_kinds=MUCK),
    RuleKind.NO_PERMIT: KindTerms(lowest=Severity.MAJOR, vehicle_kinds=MUCK),
    RuleKind.FORBIDDEN_ZONE: KindTerms(lowest=Severity.MAJOR, params={"exit_buffer_m": 20.0}),
    RuleKind.UNCOVERED_LOAD: KindTerms(params={"hold_s": 30.0}, vehicle_kinds=HAULERS),
    RuleKind.SPEEDING: KindTerms(params={"hold_s": 10.0, "default_limit_kmh": 60.0, "exit_buffer_m": 20.0}),
    RuleKind.DEVICE_SILENT: KindTerms(params={"silent_s": 900.0}),
    RuleKind.CROSS_DISTRICT: KindTerms(lowest=Severity.MAJOR, params={"hold_s": 60.0}, vehicle_kinds=MUCK),
    RuleKind.OVERLOAD: KindTerms(vehicle_kinds=MUCK),
    RuleKind.UNEXPECTED_STOP: KindTerms(params={"stay_s": 600.0}, vehicle_kinds=MUCK),
    RuleKind.TRIP_OVERDUE: KindTerms(vehicle_kinds=MUCK),
    RuleKind.WASH_SKIPPED: KindTerms(params={"min_stay_s": 60.0}, vehicle_kinds=MUCK),
    RuleKind.MISSED_COLLECTION: KindTerms(),
    RuleKind.TERMINAL_TAMPER: KindTerms(lowest=Severity.MAJOR),
    RuleKind.POSITION_FAULT: KindTerms(),
    RuleKind.SIGNAL_FAULT: KindTerms(),
    RuleKind.IDENTITY_CONFLICT: KindTerms(lowest=Severity.MAJOR),
    RuleKind.SUSPECTED_DUMP_SITE: KindTerms(
        lowest=Severity.MAJOR,
        params={"radius_m": 100.0, "span_h": 24.0, "min_vehicles": 3.0, "stay_s": 300.0},
        vehicle_kinds=HAULERS,
        for_areas=True,
    ),
    RuleKind.DUST_EXCEEDANCE: KindTerms(for_stations=True),
    RuleKind.SENSOR_FAULT: KindTerms(params={"stuck_n": 30.0}, for_stations=True),
    RuleKind.NOISE_EXCEEDANCE: KindTerms(for_stations=True),
    RuleKind.CAPPED_READINGS: KindTerms(lowest=Severity.MAJOR, for_stations=True),
    RuleKind.STATION_SILENT: KindTerms(for_stations=True),
}


class NumberTerms(Struct, frozen=True, kw_only=True):
    """A number of a name means the same in every kind: its unit, and from where to where it is usual.

    A number beyond that is taken all the same; whoever types one is told.
    """

    unit: str
    least: float
    most: float
    is_whole: bool = False


NUMBERS: Mapping[str, NumberTerms] = {
    "hold_s": NumberTerms(unit="s", least=5, most=3600),
    "dwell_s": NumberTerms(unit="s", least=60, most=3600),
    "stay_s": NumberTerms(unit="s", least=60, most=7200),
    "min_stay_s": NumberTerms(unit="s", least=10, most=1200),
    "silent_s": NumberTerms(unit="s", least=120, most=86_400),
    "exit_buffer_m": NumberTerms(unit="m", least=0, most=200),
    "radius_m": NumberTerms(unit="m", least=20, most=500),
    "default_limit_kmh": NumberTerms(unit="km/h", least=20, most=120),
    "span_h": NumberTerms(unit="h", least=1, most=168),
    "min_vehicles": NumberTerms(unit="", least=2, most=20, is_whole=True),
    "stuck_n": NumberTerms(unit="", least=5, most=1000, is_whole=True),
}


def param_problems(rule: Rule, path: str) -> list[Problem]:
    """What of a rule's own numbers is none of its kind; `path` is where the rule stands in its document."""
    known = KINDS[rule.kind].params
    has = tuple(sorted(known)) or ("–",)
    problems = []
    for name, value in rule.params.items():
        at = f"{path}.params.{name}"
        if name not in known:
            problems.append(Problem(path=at, message=message("unknown_param", rule=rule.kind, params=has)))
        elif isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            problems.append(Problem(path=at, message=message("param_number")))
    return problems


def compile_params(rule: Rule, path: str) -> Mapping[str, float]:
    """Defaults with the rule's own numbers over them; raises ValueError naming what is not a number of this kind."""
    for problem in param_problems(rule, path):
        raise ValueError(f"{problem.path}: {problem.message}")
    own = {name: float(value) for name, value in rule.params.items()}
    return dict(KINDS[rule.kind].params) | own
