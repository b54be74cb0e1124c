"""The fold of a backtest: devices judged by one ruleset, whatever their reports are read from.

Whoever reads (a capture, stored history) gives each device its items in the device's own order. What is
found stays here until all is read; a device's state goes as soon as time has passed for it.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from alerts import engine
from alerts.device_state import DeviceState
from alerts.facts import Fact, FactKey, facts
from alerts.finding import Finding
from alerts.ruleset import Ruleset
from domain.identifiers import DeviceId
from domain.report import BackgroundReport, DustReport, PositionReport
from geofence.place import Placed
from ingest.backtest_days import StationDays


class Found(msgspec.Struct, kw_only=True):
    """What one ruleset found of the devices of one share: each alert in its final state, withdrawn ones too; and facts."""

    alerts: list[Finding] = []
    facts: list[Fact] = []


class Fold:
    """The states of the devices under one ruleset, and what was found of them."""

    def __init__(self, ruleset: Ruleset, *, like: "Fold | None" = None) -> None:
        """Begin knowing no device; `like` is a fold that places as this one does, and so places for both."""
        self.ruleset = ruleset
        self._like = like
        self._placed: tuple[Sequence[PositionReport], list[Placed]] = ((), [])
        self._states: dict[DeviceId, DeviceState] = {}
        self._alerts: dict[DeviceId, dict[UUID, Finding]] = {}
        self._facts: dict[DeviceId, dict[FactKey, Fact]] = {}
        self._days: dict[DeviceId, StationDays] = {}

    def judge_positions(self, reports: Sequence[PositionReport]) -> None:
        """Place a batch and judge it; of each device in its order. Devices it knows no vehicle of are left out."""
        for placed in self.place(reports):
            self._step(placed.report.device_id, placed)

    def place(self, reports: Sequence[PositionReport]) -> list[Placed]:
        """Place what is of vehicles it knows, the same batch once."""
        if self._like is not None:
            return self._like.place(reports)
        if self._placed[0] is not reports:
            known = self.ruleset.vehicle_devices
            own = [report for report in reports if report.device_id in known]
            placed = self.ruleset.index.place(own, self.ruleset.routes_of) if own else []
            self._placed = (reports, placed)
        return self._placed[1]

    def places_as(self, ruleset: Ruleset) -> bool:
        """Tell whether another ruleset has the same geometry, so that only its numbers differ."""
        one, other = self.ruleset.registry, ruleset.registry
        return (
            (one.zones, one.routes, one.districts) == (other.zones, other.routes, other.districts)
            and self.ruleset.index.central_meridian_deg == ruleset.index.central_meridian_deg
            and self.ruleset.index.margin_m == ruleset.index.margin_m
            and self.ruleset.vehicle_devices == ruleset.vehicle_devices
            and self.ruleset.routes_of == ruleset.routes_of
        )

    def judge_station(self, device_id: DeviceId, item: DustReport | BackgroundReport) -> None:
        """Judge a reading, or a value of the station's area; a device it knows no station of is left out."""
        if device_id in self.ruleset.station_devices:
            self._step(device_id, item)
            if isinstance(item, DustReport):
                self._days_of(device_id).add(item)

    def count_reading(self, device_id: DeviceId, reading: DustReport) -> None:
        """Take in a reading of days long before for the rules that look back at whole days, and no other."""
        if device_id in self.ruleset.station_devices:
            self._days_of(device_id).add(reading)

    def forget(self, device_id: DeviceId) -> None:
        """As if nothing of this device had been judged."""
        self._states.pop(device_id, None)
        self._alerts.pop(device_id, None)
        self._facts.pop(device_id, None)
        self._days.pop(device_id, None)

    def end(self, device_id: DeviceId, at_ms: int) -> None:
        """Let time pass for a device of which nothing more will come."""
        state = self._states.pop(device_id, None)
        if state is not None:
            self._note(device_id, engine.tick(self.ruleset, state, at_ms)[1])
        days = self._days.pop(device_id, None)
        if days is not None:
            self._note(device_id, days.judge(at_ms))

    def end_all(self, at_ms: int) -> None:
        """Let time pass for every device that is left."""
        for device_id in list(self._states):
            self.end(device_id, at_ms)

    def found(self) -> Found:
        """What was found so far."""
        return Found(
            alerts=[finding for own in self._alerts.values() for finding in own.values()],
            facts=[fact for own in self._facts.values() for fact in own.values()],
        )

    def _step(self, device_id: DeviceId, item: engine.Item) -> None:
        state = self._states.get(device_id)
        if state is None:
            state = engine.new_state(self.ruleset, device_id)
        after, findings = engine.step(self.ruleset, state, item)
        self._states[device_id] = after
        if findings:
            self._note(device_id, findings)
        if told := facts(self.ruleset, state, after):
            self._facts.setdefault(device_id, {}).update((fact.key, fact) for fact in told)

    def _days_of(self, device_id: DeviceId) -> StationDays:
        days = self._days.get(device_id)
        if days is None:
            days = self._days[device_id] = StationDays(self.ruleset, device_id)
        return days

    def _note(self, device_id: DeviceId, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self._alerts.setdefault(device_id, {})[finding.id] = finding


def folds_of(rulesets: Iterable[Ruleset]) -> list[Fold]:
    """A fold for each ruleset; what only moves a number is not placed twice."""
    folds: list[Fold] = []
    for ruleset in rulesets:
        like = next((fold for fold in folds if fold.places_as(ruleset)), None)
        folds.append(Fold(ruleset, like=like))
    return folds
