"""A station's readings counted by local day, and the days that are over judged."""

from collections.abc import Sequence
from datetime import date

from alerts import capped, engine
from alerts.capped import DayTally
from domain.identifiers import DeviceId
from domain.quantity import PARTICULATES, Quantity
from domain.report import DustReport
from tests.support.factories import SHANGHAI, World
from tests.support.tracks import Verdict


def tallied(reports: Sequence[DustReport]) -> dict[date, DayTally]:
    """What counts of each local day."""
    values: dict[date, dict[Quantity, list[float]]] = {}
    for report in reports:
        day = values.setdefault(capped.day_of(report.time_ms, SHANGHAI), {})
        for quantity in PARTICULATES:
            value = report.values.get(quantity)
            if value is not None and capped.is_counted(value, report.flag(quantity)):
                day.setdefault(quantity, []).append(value)
    return {
        day: {quantity: capped.tally(own) for quantity, own in read.items()} for day, read in values.items()
    }


def judge_days(
    world: World, reports: Sequence[DustReport], until_s: float, *, device_id: str = "M1"
) -> Verdict:
    """Judge every day of one station that is over at `until_s` by the clock."""
    ruleset = world.ruleset()
    tallies = tallied(reports)
    days = capped.days_to_judge(tallies, tallies, capped.last_day_over(world.ms(until_s), SHANGHAI))
    found = capped.judge_days(lambda _: ruleset, DeviceId(device_id), tallies, days, SHANGHAI)
    return Verdict(world, engine.new_state(ruleset, DeviceId(device_id)), [each for _, each in found])
