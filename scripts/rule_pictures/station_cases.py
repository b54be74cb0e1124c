"""Pictures of the rules about stations: limits on dust and noise, and readings that cannot be believed or stop."""

import math
import random
from collections.abc import Sequence

from domain.identifiers import AreaId
from domain.quantity import Quantity
from domain.report import DustReport
from domain.rule import RuleKind
from scripts.rule_pictures.case import Case, Readings, Side, Tenths
from tests.support.factories import World
from tests.support.tracks import background, dust

MIDNIGHT = "2026-03-02 00:00"
PM10 = Readings(label="PM10\nµg/m³", value=lambda report: report.values.get(Quantity.PM10), top=200)
WAVE = (-9.0, 4.0, 7.0, -5.0, 3.0, 6.0, -8.0, -2.0, 8.0, -6.0, 5.0, -3.0, 2.0, -4.0, 2.0)  # its sum is 0


def dust_exceedance() -> Case:
    """A window just over, and just under, the limit over the background."""

    def side(mean: float) -> Side:
        world = World(MIDNIGHT).limit("L1", limit=80.0, minus_background=True, background_cap=150.0)
        world.station("L1", area_id="A1")
        means = (105.0, 120.0, mean, 95.0)
        readings = [
            dust(world, 900 * number + 60 * (n + 1), pm10=each + WAVE[n])
            for number, each in enumerate(means)
            for n in range(15)
        ]
        readings.append(dust(world, 3660, pm10=90.0))
        ambient = background(world, 3600, area_id=AreaId("A1"), received=3700, pm10=60.0)
        verdict = "over" if mean - 60 > 80 else "not over"
        return Side(
            world=world,
            rows=[*readings, ambient],
            caption=f"A mean of {mean:.0f}, less 60 of background, is {mean - 60:.0f}: {verdict} the limit of 80",
            ticks=[3750],
        )

    return Case(
        kind=RuleKind.DUST_EXCEEDANCE,
        flagged=side(141),
        near_miss=side(139),
        lanes=[PM10],
        span_s=(0, 3600),
        minutes=True,
    )


def noise_exceedance() -> Case:
    """Five loud minutes of fifteen, and four: the mean is one of energy."""

    def side(loud: int) -> Side:
        world = World(MIDNIGHT).limit("L1", limit=70.0, quantity=Quantity.NOISE).station("L1")
        levels = [58.0] * 15 + [75.0] * loud + [60.0] * (15 - loud) + [57.0] * 15
        readings = [
            dust(world, 60 * (n + 1), noise=each + WAVE[n % 15] / 10) for n, each in enumerate(levels)
        ]
        readings.append(dust(world, 2760, noise=57.0))
        energy = sum(10 ** (report.values[Quantity.NOISE] / 10) for report in readings[15:30]) / 15
        mean = 10 * math.log10(energy)
        verdict = "over" if mean > 70 else "not over"
        return Side(
            world=world,
            rows=readings,
            caption=f"{loud} loud minutes make {mean:.1f} dB: {verdict} the limit of 70",
        )

    return Case(
        kind=RuleKind.NOISE_EXCEEDANCE,
        flagged=side(5),
        near_miss=side(4),
        lanes=[
            Readings(
                label="noise\ndB", value=lambda report: report.values.get(Quantity.NOISE), bottom=40, top=90
            )
        ],
        span_s=(0, 2700),
        minutes=True,
    )


def _changing(count: int) -> list[float]:
    return [70.0 + 9 * math.sin(n / 2.3) + WAVE[n % 15] for n in range(count)]


def _minutes(world: World, values: Sequence[float], from_s: float = 60) -> list[DustReport]:
    return [dust(world, from_s + 60 * n, pm10=round(value, 1)) for n, value in enumerate(values)]


def sensor_fault() -> Case:
    """The same value thirty times running, and twenty-nine times."""

    def side(count: int) -> Side:
        world = World(MIDNIGHT).station()
        values = [*_changing(12), *[77.0] * count, *_changing(18)]
        verdict = "" if count >= 30 else " (it takes 30)"
        return Side(
            world=world,
            rows=_minutes(world, values),
            caption=f"The same value at {count} readings running{verdict}",
        )

    return Case(
        kind=RuleKind.SENSOR_FAULT,
        flagged=side(30),
        near_miss=side(29),
        lanes=[Readings(label=PM10.label, value=PM10.value, top=120)],
        span_s=(0, 3600),
        minutes=True,
    )


def station_silent() -> Case:
    """No reading for just over, and just under, half an hour."""

    def side(silent_min: int) -> Side:
        world = World(MIDNIGHT).station()
        before = _minutes(world, _changing(14))
        after_s = 60 * (14 + silent_min)
        verdict = "" if silent_min >= 30 else " (it takes 30)"
        return Side(
            world=world,
            rows=[*before, *_minutes(world, _changing(12), after_s)],
            caption=f"{silent_min} min without a reading{verdict}",
            ticks=range(0, after_s, 60),
        )

    return Case(
        kind=RuleKind.STATION_SILENT,
        flagged=side(31),
        near_miss=side(29),
        lanes=[Readings(label=PM10.label, value=PM10.value, top=120)],
        span_s=(0, 3600),
        minutes=True,
    )


def capped_readings() -> Case:
    """A day of dust cut off at 150, and one that thins out up to 150 by itself."""

    def side(steepness: float, cut: float, caption: str) -> Side:
        world = World(MIDNIGHT).station()
        # Half of the day at or below the median of 50, the other half falling off exponentially above it.
        shares = [(n + 0.5) / 1080 for n in range(1080)]
        reach = 1 - math.exp(-steepness)
        above = [50 - 100 * cut * math.log(1 - share * reach) / steepness for share in shares]
        levels = [*(50 - 12 * share for share in shares), *above]
        order = random.Random(4).sample(range(len(levels)), len(levels))
        readings = [
            dust(world, 40 * (second + 1), interval_s=40, pm10=round(min(levels[n], 150 - 0.4 * (n % 17)), 1))
            for second, n in enumerate(order)
        ]
        return Side(world=world, rows=readings, caption=caption, ticks=[90_000])

    return Case(
        kind=RuleKind.CAPPED_READINGS,
        flagged=side(4.0, 1.8, "Cut off at 150: the top tenth is the fuller one"),
        near_miss=side(3.0, 1.0, "Less than 0.8 times as many as in the tenth below: it thins out"),
        lanes=[Tenths(label="PM10\nµg/m³", quantity=Quantity.PM10, top=165)],
        span_s=(0, 86_400),
        minutes=True,
    )
