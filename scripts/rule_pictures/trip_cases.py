"""Pictures of the rules about trips, routes, zones and where a load goes."""

from dataclasses import replace

from domain.identifiers import ZoneId
from domain.rule import RuleKind
from domain.zone import Zone, ZoneKind
from scripts.rule_pictures.case import Case, Numbers, Row, Side, Spans, Strip
from scripts.rule_pictures.lanes import (
    LIFT,
    LOAD,
    TRIP,
    area,
    cruise,
    departing,
    loaded,
    sites,
    speed,
    weight,
    zones,
)
from tests.support.factories import World, daily, polygon
from tests.support.tracks import At, at, chain, drive, stand


def illegal_dumping() -> Case:
    """Body up and load gone: in the open, and close to the disposal site."""

    def side(x: float, caption: str) -> Side:
        world = sites(1400).permit(sources=("SRC",), disposals=("DSP",))
        way = cruise((50, 400), 50 + (x - 400) / 12, 12, load="full")
        stop_s = way[-1].second + 10
        tipping = [
            at(stop_s, x, v=0.0, load="full", lift=False),
            at(stop_s + 10, x, v=0.0, load="full", lift=True),
            at(stop_s + 20, x, v=0.0, load="full", lift=True),
            *stand(stop_s + 30, stop_s + 50, x, load="empty", lift=True),
            at(stop_s + 60, x, v=0.0, load="empty", lift=False),
        ]
        away = [at(stop_s + 70 + 10 * n, x - 90 * (n + 1), v=33.0, load="empty") for n in range(4)]
        rows = [
            row._replace(signals={"lift": False, **row.signals})
            for row in chain(departing(), way, tipping, away)
        ]
        return Side(world=world, rows=rows, caption=caption)

    flagged = side(800, "Body up and load gone 500 m from where it may unload")
    return Case(
        kind=RuleKind.ILLEGAL_DUMPING,
        flagged=flagged,
        near_miss=side(1275, "The same 25 m from the disposal site (up to 30 m counts as there)"),
        lanes=[replace(speed(60, (8, "8 km/h")), levels_named_right=True), LOAD, LIFT, zones(flagged.world)],
        view_m=(-170, -190, 1540, 190),
        span_s=(0, 250),
    )


def off_route() -> Case:
    """Beside the route for just over and just under the hold."""

    def side(held_s: float) -> Side:
        world = sites(1600).route("R1", (0, 0), (1600, 0))
        world.permit(sources=("SRC",), disposals=("DSP",), routes=("R1",))
        beside = [60, 70, 80, 90, 100, 110, 60 + held_s]
        points = [(50, 0.0), *((s, 80.0) for s in beside), *((67 + held_s + 10 * n, 0.0) for n in range(5))]
        rows = [at(s, 290 + 5 * (s - 40), y, v=36.0, load="full", acc=10.0) for s, y in points]
        verdict = " = half-width 50 + accuracy 10" if held_s > 60 else " (it takes 60 s)"
        return Side(
            world=world, rows=chain(departing(acc=10.0), rows), caption=f"{held_s} s beyond 60 m{verdict}"
        )

    def beside_m(row: Row) -> float | None:
        return min((metres for _, metres in row.placed.routes), default=None)

    lane = Numbers(
        label="off the\nroute, m",
        value=beside_m,
        top=120,
        levels=[(60, "60 m")],
    )
    return Case(
        kind=RuleKind.OFF_ROUTE,
        flagged=side(61),
        near_miss=side(59),
        lanes=[lane, speed(60), LOAD, TRIP],
        view_m=(-130, -170, 870, 130),
        span_s=(0, 180),
    )


def out_of_hours() -> Case:
    """Driving on after the permit's window has ended."""

    def side(moving_s: float) -> Side:
        world = sites(2300).permit(sources=("SRC",), disposals=("DSP",), windows=(daily("12:00", "12:03"),))
        going = cruise((50, 380), 170, 6, load="full")
        after = cruise((180, 1160), 180 + moving_s, 6, load="full")
        halt = stand(190 + moving_s, 300, after[-1].x, load="full")
        verdict = "" if moving_s >= 60 else ", then it waits (it takes 60 s)"
        return Side(
            world=world,
            rows=chain(departing(), going, after, halt),
            caption=f"{moving_s} s of driving after the permit's hours{verdict}",
        )

    hours = Spans(label="permit", spans=[(0, 180, "12:00 to 12:03"), (180, 300, "")])
    return Case(
        kind=RuleKind.OUT_OF_HOURS,
        flagged=side(61),
        near_miss=side(59),
        lanes=[speed(60, (5, "")), hours, LOAD, TRIP],
        view_m=(-170, -180, 1650, 180),
        span_s=(0, 300),
        marks_s=[(180, "12:03")],
    )


def no_permit() -> Case:
    """A permit that ran out just before, and just after, the truck left."""

    def side(until_s: float) -> Side:
        world = sites(1150).permit(sources=("SRC",), disposals=("DSP",), valid=(-3600, until_s))
        way = cruise((50, 390), 100, 13, load="full")
        there = [at(110, 1150, v=5.0, load="full"), *stand(120, 140, 1150, load="empty")]
        before = "10 s before" if until_s < 30 else "10 s after"
        lane = Spans(label="permit", spans=[(0, until_s, "in force")])
        caption = f"The permit ran out {before} the departure"
        return Side(world=world, rows=chain(departing(), way, there), caption=caption, lanes=[lane])

    flagged = side(20)
    return Case(
        kind=RuleKind.NO_PERMIT,
        flagged=flagged,
        near_miss=side(40),
        lanes=[speed(60), LOAD, zones(flagged.world), TRIP],
        view_m=(-170, -160, 1300, 160),
        span_s=(0, 150),
        marks_s=[(30, "departure")],
    )


def forbidden_zone() -> Case:
    """The line between two fixes cuts a no-go zone's corner."""

    def side(y: float) -> Side:
        world = World().vehicle()
        shape = polygon((0, -12), (75, 63), (-75, 63))
        world.zone(Zone(id=ZoneId("NG"), kind=ZoneKind.NO_GO, shape=shape))
        run_m = 2 * (y + 12)
        rows = [at(10 * n, -125 + 50 * n, y, v=18.0) for n in range(6)]
        verdict = "" if run_m >= 20 else " (it takes 20 m)"
        return Side(
            world=world, rows=rows, caption=f"{run_m:.0f} m of the line between two fixes are inside{verdict}"
        )

    def edge_m(row: Row) -> float | None:
        return row.placed.near[0][1] if row.placed.near else None

    return Case(
        kind=RuleKind.FORBIDDEN_ZONE,
        flagged=side(0),
        near_miss=side(-4),
        lanes=[
            Numbers(label="to the\nzone, m", value=edge_m, top=120, levels=[]),
            speed(30),
        ],
        view_m=(-135, -24, 135, 40),
        span_s=(0, 50),
    )


def cross_district() -> Case:
    """Loaded across the border of the registry's only district, and back."""

    def side(held_s: float) -> Side:
        world = (
            World()
            .vehicle()
            .square("SRC", "source_site", 0)
            .district("WEST", -400, 1000, y_min=-260, y_max=340)
        )
        inside = [
            at(50, 460, v=60.0),
            at(60, 640, v=60.0),
            at(70, 790, v=50.0),
            at(80, 900, v=36.0),
            at(90, 970, v=20.0),
        ]
        seconds = [100, 110, 120, 130, 140, 150, 100 + held_s]
        beyond = [at(s, 1050, 3.0 * (s - 100), v=11.0) for s in seconds]
        last_s = 100 + held_s + 9
        back = [at(last_s + 10 * n, 960 - 60 * n, 3.0 * held_s, v=22.0) for n in range(3)]
        verdict = "" if held_s >= 60 else " (it takes 60 s)"
        return Side(
            world=world,
            rows=loaded(chain(departing(), inside, beyond, back)),
            caption=f"{held_s} s outside every district with a load{verdict}",
        )

    def district(row: Row) -> str | None:
        return "inside" if row.placed.x_m < 1000 else "outside"

    return Case(
        kind=RuleKind.CROSS_DISTRICT,
        flagged=side(61),
        near_miss=side(59),
        lanes=[speed(80), Strip(label="district", word=district), LOAD, TRIP],
        view_m=(-170, -140, 1400, 250),
        span_s=(0, 190),
    )


def overload() -> Case:
    """Three weights over 1.05 times the load it may carry, and two."""

    def side(weights: list[float], caption: str) -> Side:
        world = sites(1400, max_load_t=20.0).permit(sources=("SRC",), disposals=("DSP",))
        way = [
            at(50 + 10 * n, 400 + 100 * n, v=36.0, weight=each, load="full") for n, each in enumerate(weights)
        ]
        there = [
            at(140, 1330, v=9.0, load="full", weight=weights[-1]),
            *stand(150, 170, 1400, load="empty", weight=0.2),
        ]
        start = [row.but(weight=0.2 if row.second < 10 else 18.0) for row in departing()]
        return Side(world=world, rows=chain(start, way, there), caption=caption)

    low, high = 18.0, 24.0
    return Case(
        kind=RuleKind.OVERLOAD,
        flagged=side([low, low, high, high, high, low, low, low, low], "3 successive weights over 21 t"),
        near_miss=side(
            [low, low, high, high, low, low, low, low, low], "2 successive weights over 21 t (it takes 3)"
        ),
        lanes=[weight(30, (21, "21 t = 1.05 × 20")), speed(60), LOAD, TRIP],
        view_m=(-170, -190, 1540, 190),
        span_s=(0, 175),
    )


def unexpected_stop() -> Case:
    """A loaded truck stands beside the way for just over and just under ten minutes."""

    def side(stay_s: float) -> Side:
        world = sites(1400).permit(sources=("SRC",), disposals=("DSP",))
        way = [at(50, 420, v=50.0), at(60, 560, v=40.0), at(70, 660, v=30.0)]
        stop = stand(90, 90 + stay_s, 740, -60, every=30)
        on = [at(100 + stay_s + 10 * n, 800 + 100 * n, v=30.0) for n in range(4)]
        verdict = "" if stay_s >= 600 else " (it takes 600 s)"
        return Side(
            world=world,
            rows=loaded(chain(departing(), way, stop, on)),
            caption=f"Stands {stay_s} s outside all zones{verdict}",
        )

    flagged = side(610)
    return Case(
        kind=RuleKind.UNEXPECTED_STOP,
        flagged=flagged,
        near_miss=side(590),
        lanes=[speed(60, (3, "")), LOAD, zones(flagged.world), TRIP],
        view_m=(-170, -190, 1540, 190),
        span_s=(0, 780),
        minutes=True,
    )


def trip_overdue() -> Case:
    """A haul of just over and just under the permit's ten minutes."""

    def side(trip_s: float) -> Side:
        world = sites(1400).permit(sources=("SRC",), disposals=("DSP",), max_trip_min=10.0)
        way = drive((60, 400), (510, 1270), every=30, v=7.0)
        there = [
            *stand(540, 530 + trip_s - 520, 1400, every=20),
            *stand(30 + trip_s, 60 + trip_s, 1400, load="empty"),
        ]
        caption = f"Unloaded {trip_s / 60:.1f} min after the departure, of 10 allowed"
        return Side(world=world, rows=loaded(chain(departing(), way, there)), caption=caption)

    flagged = side(620)
    return Case(
        kind=RuleKind.TRIP_OVERDUE,
        flagged=flagged,
        near_miss=side(580),
        lanes=[speed(60), LOAD, zones(flagged.world), TRIP],
        view_m=(-170, -190, 1540, 190),
        span_s=(0, 780),
        minutes=True,
        marks_s=[(30, "departure"), (630, "10 min")],
    )


def wash_skipped() -> Case:
    """A wash that is just too short, and one that is just long enough."""

    def side(wash_s: float) -> Side:
        world = World().vehicle().square("SRC", "source_site", 0, site_id="A")
        world.square("BAY", "wash_bay", 70, half_m=14, site_id="A")
        coming = [at(0, -300, v=30.0), at(10, -200, v=30.0), at(20, -80, v=10.0)]
        inside = stand(30, 80, -60)
        rows = [row.but(load="empty") for row in chain(coming, inside)]
        rows += stand(90, 130, -60, load="full")
        rows += [at(140, 0, v=10.0, load="full")]
        rows += stand(150, 150 + wash_s, 70, load="full")
        rows += [at(160 + wash_s + 10 * n, 150 + 110 * n, v=40.0, load="full") for n in range(3)]
        verdict = "(it takes 60 s)" if wash_s < 60 else "before it leaves"
        return Side(world=world, rows=rows, caption=f"{wash_s} s at the wash bay {verdict}")

    flagged = side(59)
    return Case(
        kind=RuleKind.WASH_SKIPPED,
        flagged=flagged,
        near_miss=side(61),
        lanes=[speed(60, (3, "")), LOAD, zones(flagged.world)],
        view_m=(-390, -125, 450, 125),
        span_s=(0, 250),
    )


def speeding() -> Case:
    """Just over and just under ten seconds above 1.1 times a zone's limit."""

    def side(held_s: float) -> Side:
        world = area(World().vehicle(), "Z40", ZoneKind.SPEED_ZONE, (0, 620), (-45, 45), speed_limit_kmh=40.0)
        speeds = [
            (0, 38),
            (5, 39),
            (10, 38),
            (15, 40),
            (20, 39),
            (25, 41),
            (30, 48),
            (35, 49),
            (30 + held_s, 48),
        ]
        speeds += [(35 + held_s + 5 * n, 38) for n in range(5)]
        rows: list[At] = [at(s, -120 + 11 * s, v=float(kmh)) for s, kmh in speeds]
        verdict = "" if held_s >= 10 else " (it takes 10 s)"
        return Side(world=world, rows=rows, caption=f"{held_s} s above 44 km/h{verdict}")

    flagged = side(11)
    return Case(
        kind=RuleKind.SPEEDING,
        flagged=flagged,
        near_miss=side(9),
        lanes=[speed(65, (40, ""), (44, "44 km/h = 1.1 × limit 40")), zones(flagged.world)],
        view_m=(-150, -95, 680, 95),
        span_s=(0, 70),
    )
