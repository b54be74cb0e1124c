"""Which case shows which kind of rule: every kind that the engine judges has one."""

from collections.abc import Callable, Mapping

from domain.rule import RuleKind
from scripts.rule_pictures import area_cases, device_cases, station_cases, trip_cases
from scripts.rule_pictures.case import Case

CASES: Mapping[RuleKind, Callable[[], Case]] = {
    RuleKind.ILLEGAL_DUMPING: trip_cases.illegal_dumping,
    RuleKind.OFF_ROUTE: trip_cases.off_route,
    RuleKind.OUT_OF_HOURS: trip_cases.out_of_hours,
    RuleKind.NO_PERMIT: trip_cases.no_permit,
    RuleKind.FORBIDDEN_ZONE: trip_cases.forbidden_zone,
    RuleKind.CROSS_DISTRICT: trip_cases.cross_district,
    RuleKind.UNCOVERED_LOAD: device_cases.uncovered_load,
    RuleKind.OVERLOAD: trip_cases.overload,
    RuleKind.SPEEDING: trip_cases.speeding,
    RuleKind.UNEXPECTED_STOP: trip_cases.unexpected_stop,
    RuleKind.TRIP_OVERDUE: trip_cases.trip_overdue,
    RuleKind.WASH_SKIPPED: trip_cases.wash_skipped,
    RuleKind.MISSED_COLLECTION: device_cases.missed_collection,
    RuleKind.DEVICE_SILENT: device_cases.device_silent,
    RuleKind.TERMINAL_TAMPER: device_cases.terminal_tamper,
    RuleKind.POSITION_FAULT: device_cases.position_fault,
    RuleKind.SIGNAL_FAULT: device_cases.signal_fault,
    RuleKind.IDENTITY_CONFLICT: device_cases.identity_conflict,
    RuleKind.SUSPECTED_DUMP_SITE: area_cases.suspected_dump_site,
    RuleKind.DUST_EXCEEDANCE: station_cases.dust_exceedance,
    RuleKind.NOISE_EXCEEDANCE: station_cases.noise_exceedance,
    RuleKind.SENSOR_FAULT: station_cases.sensor_fault,
    RuleKind.CAPPED_READINGS: station_cases.capped_readings,
    RuleKind.STATION_SILENT: station_cases.station_silent,
}
