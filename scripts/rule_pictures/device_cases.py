"""Pictures of the rules about covers, collection runs and devices that fail, lie or fall silent."""

import math

from domain.rule import RuleKind
from scripts.rule_pictures.case import Case, Numbers, Row, Side, Spans, Strip
from scripts.rule_pictures.lanes import ALARMS, COVER, LIFT, LOAD, cruise, loaded, sites, speed
from tests.support.factories import World, stop
from tests.support.tracks import At, at, chain, stand


def uncovered_load() -> Case:
    """Driving loaded with the cover open for just over and just under the hold."""

    def side(open_s: float) -> Side:
        world = sites(1400)
        before = cruise((0, 180), 40, 7, cover="closed")
        opened = cruise((50, 530), 50 + open_s, 7, cover="open")
        from_s = 60 + open_s
        after = cruise((from_s, 530 + 7 * (from_s - 50)), 140, 7, cover="closed")
        verdict = "" if open_s >= 30 else " (it takes 30 s)"
        return Side(
            world=world,
            rows=loaded(chain(before, opened, after)),
            caption=f"{open_s} s of driving, loaded, cover open{verdict}",
        )

    return Case(
        kind=RuleKind.UNCOVERED_LOAD,
        flagged=side(31),
        near_miss=side(29),
        lanes=[speed(60, (5, "")), LOAD, COVER],
        view_m=(-170, -190, 1540, 190),
        span_s=(0, 140),
    )


def missed_collection() -> Case:
    """A stop at which the truck stood just too short, and just long enough."""

    def side(stay_s: float) -> Side:
        world = World().vehicle(kind="refuse_truck").run(stop("ST1", 400, "12:02", "12:06"))
        way = [*stand(0, 100, 0, every=20), at(120, 110, v=20.0), at(140, 220, v=20.0), at(160, 300, v=14.0)]
        way += [at(180, 345, v=12.0)]
        halt = [at(200, 400, v=0.0), at(200 + stay_s, 400, v=0.0)]
        on = [at(220 + 20 * n, 450 + 110 * n, v=20.0) for n in range(6)]
        rest = stand(340, 440, 1010, every=20)
        verdict = "" if stay_s >= 10 else " (a visit takes 10 s)"
        return Side(
            world=world,
            rows=chain(way, halt, on, rest),
            caption=f"{stay_s} s at the stop in its window{verdict}",
        )

    def near(row: Row) -> str:
        return "here" if abs(row.placed.x_m - 400) <= 50 else ""

    due = Spans(label="stop due", spans=[(120, 360, "12:02 to 12:06")])
    return Case(
        kind=RuleKind.MISSED_COLLECTION,
        flagged=side(9),
        near_miss=side(11),
        lanes=[speed(30, (10, "10 km/h")), Strip(label="at stop", word=near), due],
        view_m=(-60, -120, 1080, 120),
        span_s=(0, 440),
        marks_s=[(360, "12:06")],
    )


def device_silent() -> Case:
    """Silence of just over and just under fifteen minutes after a moving report."""

    def side(silent_s: float) -> Side:
        world = sites(1400)
        before = cruise((0, 180), 180, 2, every=30)
        from_s = 180 + silent_s
        after = cruise((from_s, 1000), from_s + 150, 2, every=30)
        verdict = "" if silent_s >= 900 else " (it takes 900 s)"
        return Side(
            world=world,
            rows=chain(before, after),
            caption=f"{silent_s} s without a report after a moving one{verdict}",
            ticks=range(0, int(from_s), 60),
        )

    reports = Strip(label="reports", word=lambda _: "heard")
    return Case(
        kind=RuleKind.DEVICE_SILENT,
        flagged=side(910),
        near_miss=side(890),
        lanes=[speed(30), reports],
        view_m=(-170, -190, 1540, 190),
        span_s=(0, 1260),
        minutes=True,
    )


def terminal_tamper() -> Case:
    """The same alarm at two successive reports, and at one."""

    def side(count: int, caption: str) -> Side:
        world = World().vehicle().square("P", "parking", 0, half_m=60)
        cut = range(4, 4 + count)
        rows = [
            at(
                10 * n,
                0 if n < 4 else 12.0 * (n - 4),
                v=0.0 if n < 5 else 4.3,
                alarms=("power_cut",) if n in cut else (),
            )
            for n in range(15)
        ]
        return Side(world=world, rows=rows, caption=caption)

    return Case(
        kind=RuleKind.TERMINAL_TAMPER,
        flagged=side(2, "The terminal says “power cut” at 2 successive reports"),
        near_miss=side(1, "“Power cut” at 1 report (it takes 2)"),
        lanes=[speed(20), ALARMS],
        view_m=(-150, -75, 190, 75),
        span_s=(0, 140),
    )


def position_fault() -> Case:
    """Three impossible fixes within just less and just more than ten minutes."""

    def side(third_s: float) -> Side:
        world = World().vehicle().square("P", "parking", -250, half_m=150)
        calm = [at(20.0 * n, -250 + 50.0 * n, v=9.0) for n in range(40)]
        off = {110: (700.0, 400.0), 410: (1700.0, -420.0), third_s: (200.0, 380.0)}
        wild = [at(s, x, y, v=9.0) for s, (x, y) in off.items()]
        rows: list[At] = sorted([*calm, *wild], key=lambda row: row.second)
        over = third_s - 110
        verdict = "" if over <= 600 else " (it takes 3 within 600 s)"
        return Side(
            world=world,
            rows=rows,
            caption=f"3 impossible fixes in {over:.0f} s{verdict}",
        )

    def aside_m(row: Row) -> float | None:
        usable = row.state.usable.last
        if usable is None:
            return None
        return math.hypot(row.placed.x_m - usable.x_m, row.placed.y_m - usable.y_m)

    return Case(
        kind=RuleKind.POSITION_FAULT,
        flagged=side(709),
        near_miss=side(711),
        lanes=[
            Numbers(label="jump\nm", value=aside_m, top=1500, levels=[(100, "100 m")]),
            speed(20),
        ],
        view_m=(-420, -470, 2100, 470),
        span_s=(0, 780),
        minutes=True,
    )


def signal_fault() -> Case:
    """The body said to be up at speed for just over and just under a minute."""

    def side(up_s: float) -> Side:
        world = sites(1400)
        before = cruise((0, 20), 30, 11.5, lift=False)
        up = cruise((40, 480), 40 + up_s, 11.5, lift=True)
        from_s = 50 + up_s
        after = cruise((from_s, 480 + 11.5 * (from_s - 40)), 130, 11.5, lift=False)
        verdict = "" if up_s >= 60 else " (it takes 60 s)"
        return Side(
            world=world,
            rows=chain(before, up, after),
            caption=f"Body “up” for {up_s} s at over 30 km/h{verdict}",
        )

    return Case(
        kind=RuleKind.SIGNAL_FAULT,
        flagged=side(61),
        near_miss=side(59),
        lanes=[speed(60, (30, "30 km/h")), LIFT],
        view_m=(-170, -190, 1540, 190),
        span_s=(0, 130),
    )


def identity_conflict() -> Case:
    """Two devices under one id: four changes between their tracks, and three."""

    def side(places: str, caption: str) -> Side:
        world = World().vehicle().square("P", "parking", 1300, 60, half_m=130)
        rows: list[At] = []
        for n, place in enumerate(places):
            x, y = (n * 12.0, -40.0) if place == "A" else (1300.0, 60.0)
            rows.append(at(5 * n, x, y, v=9.0 if place == "A" else 0.0))
        return Side(world=world, rows=rows, caption=caption)

    def track(row: Row) -> str:
        return "A" if row.report.speed_kmh else "B"

    return Case(
        kind=RuleKind.IDENTITY_CONFLICT,
        flagged=side("AABABABABB", "4 changes between two tracks 1.2 km apart"),
        near_miss=side("AABABABBBB", "3 changes between the tracks (it takes 4)"),
        lanes=[Strip(label="track", word=track), speed(20)],
        view_m=(-130, -180, 1560, 200),
        span_s=(0, 50),
    )
