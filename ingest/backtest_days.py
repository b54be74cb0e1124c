"""A station's readings in a backtest, counted by local day as they come, for the rules that look at whole days.

A finished day is kept as the counts of its values, which is a fraction of its readings.
"""

from array import array
from collections.abc import Iterator
from datetime import date

from alerts import capped
from alerts.capped import DayTally
from alerts.finding import Finding
from alerts.ruleset import Ruleset
from domain.identifiers import DeviceId
from domain.localtime import day_end_ms
from domain.quantity import PARTICULATES, Quantity
from domain.report import DustReport


class StationDays:
    """One station's days; readings come in the device's order."""

    def __init__(self, ruleset: Ruleset, device_id: DeviceId) -> None:
        """Begin without a day."""
        self._ruleset = ruleset
        self._device_id = device_id
        self._tallies: dict[date, DayTally] = {}
        self._day: date | None = None
        self._end_ms = 0
        self._values: dict[Quantity, array[float]] = {}

    def add(self, report: DustReport) -> None:
        """Count a reading."""
        if report.time_ms > self._end_ms:
            self._close()
            zone = self._ruleset.time_zone
            self._day = capped.day_of(report.time_ms, zone)
            self._end_ms = day_end_ms(self._day, zone)
            self._values = {quantity: array("d") for quantity in PARTICULATES}
        for quantity in PARTICULATES:
            value = report.values.get(quantity)
            if value is not None and capped.is_counted(value, report.flag(quantity)):
                self._values[quantity].append(value)

    def judge(self, at_ms: int) -> Iterator[Finding]:
        """Judge every day that is over at a time."""
        self._close()
        zone = self._ruleset.time_zone
        days = capped.days_to_judge(self._tallies, self._tallies, capped.last_day_over(at_ms, zone))
        for _, finding in capped.judge_days(
            lambda _: self._ruleset, self._device_id, self._tallies, days, zone
        ):
            yield finding

    def _close(self) -> None:
        if self._day is not None:
            self._tallies[self._day] = {
                quantity: capped.tally(values) for quantity, values in self._values.items() if values
            }
            self._day = None
