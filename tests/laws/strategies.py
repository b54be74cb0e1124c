"""Random days in a small district: drives of one truck from place to place, and dust series of one station.

A drive is a list of legs (go there, at this speed, do this there), so that trips, unloadings, stays and
zone passages come about by chance; sensors may be missing, stuck or too heavy, fixes vague, wild, frozen or
absent, reports twinned, and another device may report under the same id.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from hypothesis import strategies as st

from domain.quantity import Quantity
from domain.report import BackgroundReport, DustReport
from tests.support.factories import World, daily, stop
from tests.support.tracks import At, Item, at, background, dust


class Told(list[Any]):
    """A list that shows how it came about instead of its many items, so that a failing case can be read."""

    def __init__(self, items: Iterable[Any], told: object) -> None:
        super().__init__(items)
        self.told = told

    def __repr__(self) -> str:
        return f"Told({self.told!r}, {len(self)} items)"


PLACES: dict[str, tuple[float, float]] = {
    "source": (0, 0),
    "source edge": (95, 0),
    "other source": (0, 900),
    "disposal": (2000, 0),
    "beside disposal": (2129, 0),
    "beyond disposal": (2400, 0),
    "transfer": (2000, 900),
    "no-go": (1000, 250),
    "parking": (1000, -300),
    "fast road": (600, -600),
    "nowhere": (1200, 700),
    "near nowhere": (1250, 700),
    "wash bay": (80, 60),
    "far": (16_000, -900),
}


@cache
def district() -> World:
    """Two source sites (one with a wash bay), a disposal site, a transfer station, no-go zones, permits, runs.

    The fast road lies outside its one district, as does what is far.
    """
    world = World("2026-03-02 21:30").vehicle("V1", "D1", max_load_t=10)
    world.vehicle("V2", "D2", kind="refuse_truck").vehicle("V3", "D3", speed_limit_kmh=50, max_load_t=8)
    world.district("MID", -500, 2500, y_min=-450, y_max=1200)
    world.square("SRC", "source_site", 0, site_id="A").square("SRC2", "source_site", 0, 900)
    world.square("BAY", "wash_bay", 80, 60, half_m=12, site_id="A")
    world.square("DSP", "disposal_site", 2000).square("TRF", "transfer_station", 2000, 900)
    world.square("NG", "no_go", 1000, 250, half_m=80).circle("NG2", "no_go", 1250, 650, radius_m=60)
    world.square(
        "NG3", "no_go", 1200, 700, half_m=150, windows=(daily("22:00", "22:30"), daily("23:10", "05:00"))
    )
    world.square("PARK", "parking", 1000, -300).square("SLOW", "speed_zone", 600, -600, speed_limit_kmh=30)
    world.route("R1", (0, 0), (2000, 0)).route("R2", (0, 0), (1000, -300), (2000, 0), half_width_m=100)
    world.permit(
        "P1",
        vehicles=("V1",),
        sources=("SRC",),
        routes=("R1", "R2"),
        windows=(daily("21:00", "21:36"),),
        max_trip_min=12,
    )
    world.permit("P2", vehicles=("V1", "V3"), sources=("SRC2",), disposals=("DSP",), valid=(None, 5400))
    world.run(
        stop("early", 1200, "21:33", "21:40", y=700, radius_m=60),
        stop("late", 2000, "21:41", "22:10", y=900, min_stay_s=60),
        vehicle_id="V2",
    )
    world.run(stop("night", 600, "23:50", "00:20", y=-600), run_id="RUN2", vehicle_id="V2")
    return world.run(stop("yard", 1000, "21:40", "21:45", y=-300), run_id="RUN3", vehicle_id="V1")


BASIC_SIGNALS = ("load", "lift", "cover", "weight", "ign", "alarms")
ALARMS = ((), (), ("power_cut",), ("removed", "sos"), ("sos",))


@st.composite
def drives(draw: st.DrawFn, max_legs: int = 6) -> list[At]:
    """The reports of one vehicle over up to a few hours, in time order."""
    sensors = draw(st.sets(st.sampled_from(BASIC_SIGNALS)))
    speed_is_reported = draw(st.integers(0, 3)) > 0
    hauls = draw(st.booleans())
    if hauls and draw(st.booleans()):
        sensors = set()  # loaded by place alone
    x, y = PLACES[draw(st.sampled_from(["source", "other source"] if hauls else sorted(PLACES)))]
    second = 0.0
    rows: list[At] = []
    loaded = draw(st.booleans())
    weight_t = draw(st.sampled_from([9.0, 11.0, 14.0]))
    if hauls:
        second, loaded = _loading(rows, (x, y), sensors, reports_speed=speed_is_reported)
    for _ in range(draw(st.integers(1, max_legs))):
        target = draw(st.sampled_from([*sorted(PLACES), "nowhere", "nowhere", "disposal", "fast road"]))
        to_x, to_y = PLACES[target]
        speed = draw(st.sampled_from([20.0, 36.0, 64.0, 70.0, 95.0]))
        every = draw(st.sampled_from([5, 10, 20, 30, 61]))
        if max(x, to_x) > 10_000:
            every = 61  # few reports of a long way
        cover = draw(st.sampled_from(["open", "closed", None]))
        metres = ((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5
        steps = int(metres / (speed / 3.6 * every))
        lift = draw(st.sampled_from([False, False, False, None, True]))
        signals = _signals(sensors, loaded=loaded, lift=lift, cover=cover, ign=True)
        signals = {
            **signals,
            **({"weight": weight_t} if loaded and "weight" in signals else {}),
            **({"alarms": draw(st.sampled_from(ALARMS))} if "alarms" in signals else {}),
        }
        for step in range(1, steps + 1):
            share = step / (steps + 1)
            second += every
            v = speed if speed_is_reported else None
            rows.append(at(second, x + share * (to_x - x), y + share * (to_y - y), v=v, **signals))
        x, y = to_x, to_y
        second, loaded = _stay(
            draw, rows, second, (x, y), sensors, loaded=loaded, reports_speed=speed_is_reported
        )
        second += draw(st.sampled_from([0, 0, 0, 0, 0, 0, 240, 301, 1000, 1000, 90_000]))
    rows = _with_strangers(draw, _with_faults(draw, rows))
    # Off every bound by more than a micrometre, to which these tests round places and a service does not.
    return [row if row.x is None else row._replace(x=row.x + 0.0137, y=row.y + 0.0071) for row in rows]


def _loading(
    rows: list[At], place: tuple[float, float], sensors: set[str], *, reports_speed: bool
) -> tuple[float, bool]:
    """Three minutes at a source site, loaded from the middle on."""
    for step in range(19):
        signals = _signals(sensors, loaded=step > 8, lift=False, cover="open", ign=True)
        rows.append(at(10.0 * step, *place, v=0.0 if reports_speed else None, **signals))
    return 180.0, True


def _stay(
    draw: st.DrawFn,
    rows: list[At],
    second: float,
    place: tuple[float, float],
    sensors: set[str],
    *,
    loaded: bool,
    reports_speed: bool,
) -> tuple[float, bool]:
    stay_s = draw(st.sampled_from([0, 20, 60, 130, 190, 660, 660]))
    turns = draw(st.sampled_from(["keep", "keep", "keep", "load", "tip"]))
    every = draw(st.sampled_from([5, 10, 30]))
    for step in range(1, stay_s // every + 1):
        middle = step * every * 2 > stay_s
        if middle and turns == "load":
            loaded = True
        if middle and turns == "tip":
            loaded = False
        second += every
        signals = _signals(
            sensors, loaded=loaded, lift=middle and turns == "tip", cover="open", ign=not middle
        )
        jitter = draw(st.integers(-12, 12)) if step % 4 == 0 else 0
        v = 0.0 if reports_speed else None
        rows.append(at(second, place[0] + jitter, place[1] - jitter, v=v, **signals))
    return second, loaded


def _signals(
    sensors: set[str], *, loaded: bool, lift: bool | None, cover: str | None, ign: bool
) -> dict[str, Any]:
    everything = {
        "load": "full" if loaded else "empty",
        "lift": lift,
        "cover": cover,
        "weight": 12.0 if loaded else 1.0,
        "ign": ign,
        "alarms": (),
    }
    return {name: value for name, value in everything.items() if name in sensors}


def _with_faults(draw: st.DrawFn, rows: list[At]) -> list[At]:
    """Up to six faults: no fix, a vague fix, a wild one, a twin of the same second, a lost signal."""
    if not rows:
        return [at(0, *PLACES["nowhere"], v=0.0)]
    for _ in range(draw(st.integers(0, 6))):
        number = draw(st.integers(0, len(rows) - 1))
        row = rows[number]
        fault = draw(st.sampled_from(["no fix", "vague", "wild", "twin", "mute"]))
        if fault == "no fix":
            rows[number] = row._replace(x=None)
        elif fault == "vague":
            rows[number] = row.but(acc=draw(st.sampled_from([30.0, 49.0, 51.0, 200.0])))
        elif fault == "wild" and row.x is not None:
            rows[number] = row._replace(x=row.x + draw(st.sampled_from([-30_000.0, 400.0, 30_000.0])))
        elif fault == "twin":
            rows.insert(
                number, row.but(v=draw(st.sampled_from([0.0, 40.0, 90.0])), seq=draw(st.integers(0, 3)))
            )
        else:
            rows[number] = row._replace(signals={"v": row.signals.get("v")})
    return rows


def _with_strangers(draw: st.DrawFn, rows: list[At]) -> list[At]:
    """Maybe a stretch in which another device reports under the same id, or the place is frozen at speed."""
    trouble = draw(st.sampled_from(["none", "none", "none", "another device", "another far off", "frozen"]))
    if trouble == "none":
        return rows
    first = draw(st.integers(0, len(rows) - 1))
    stretch = rows[first : first + draw(st.sampled_from([4, 12, 40]))]
    if trouble == "frozen":
        still = [row._replace(x=stretch[0].x, y=stretch[0].y).but(v=36.0) for row in stretch]
        return [*rows[:first], *still, *rows[first + len(stretch) :]]
    by_m = 1200.0 if trouble == "another device" else 12_000.0
    strangers = [
        row._replace(second=row.second + 2, x=None if row.x is None else row.x + by_m) for row in stretch
    ]
    return sorted([*rows, *strangers], key=lambda row: row.second)


@st.composite
def delayed(draw: st.DrawFn, rows: list[At]) -> list[At]:
    """The same reports, some arriving minutes after they were taken, still one after another."""
    arrival = 0.0
    out = []
    for row in rows:
        delay = draw(st.sampled_from([0, 0, 0, 0, 0, 0, 0, 0, 5, 200, 1500])) if row.second else 0
        arrival = max(arrival, row.second + delay)
        out.append(row.but(received=arrival))
    return out


@cache
def dusty() -> World:
    """A station held to limits plain, with allowance, lasting until below, over background, and on noise."""
    world = World("2026-03-02 21:00").limit("plain", limit=100, window_s=900)
    world.limit("allowed", limit=90, window_s=900, allowed=1).limit(
        "lasting", limit=110, window_s=900, clear_below=70
    )
    world.limit("over", limit=40, window_s=1800, minus_background=True, background_cap=60)
    world.limit("corrected", limit=60, window_s=900, quantity=Quantity.TSP, aqi_correction=(100, 150, 30))
    world.limit("noise", limit=62, window_s=900, quantity=Quantity.NOISE, windows=(daily("06:00", "23:00"),))
    world.limit("hours", limit=80, window_s=900, windows=(daily("21:30", "23:15"), daily("00:00", "01:00")))
    return world.station("plain", "allowed", "lasting", "over", "corrected", "hours", "noise", area_id="A1")


@st.composite
def series(draw: st.DrawFn, max_windows: int = 24) -> list[DustReport]:
    """A station's readings: level stretches with scatter, lost minutes, flags, odd intervals, stuck values."""
    world = dusty()
    readings: list[DustReport] = []
    told = []
    second = 0.0
    for _ in range(draw(st.integers(1, max_windows))):
        level = draw(st.sampled_from([20.0, 60.0, 75.0, 95.0, 105.0, 130.0, 240.0, 6000.0]))
        every = draw(st.sampled_from([60, 60, 300]))
        flag = draw(st.sampled_from(["N", "N", "N", "N", "T", "D", "M"]))
        scatter = draw(st.sampled_from([0.0, 1.0, 7.0]))
        lost = draw(st.sampled_from([0, 0, 0, 2, 5, 15]))
        first_s = float(draw(st.sampled_from([every, every, every * 2])))
        silent_s = draw(st.sampled_from([0, 0, 0, 0, 0, 900, 1740, 1800, 3600]))
        told.append((level, every, flag, scatter, lost, first_s, silent_s))
        start_s = second = second + silent_s
        for minute in range(1, 900 // every + 1):
            second = start_s + every * minute
            if minute <= lost:
                continue
            value = level + scatter * ((minute * 7) % 5 - 2)
            readings.append(
                dust(
                    world,
                    second,
                    pm10=value,
                    tsp=value * 1.5,
                    pm25=value * (1.3 if scatter else 0.5),
                    noise=50 + value % 20,
                    interval_s=first_s if minute == 1 else float(every),
                    flags={Quantity.PM10: flag},
                )
            )
    return Told(readings or [dust(world, 60, pm10=1.0)], told)


@st.composite
def hours(draw: st.DrawFn, until_s: float) -> list[BackgroundReport]:
    """Background values of the hours, each at some time of arrival, some never."""
    world = dusty()
    return [
        background(
            world,
            hour * 3600,
            received=hour * 3600 + draw(st.integers(-3600, 9000)),
            pm10=draw(st.sampled_from([0.0, 30.0, 60.0, 90.0])),
            aqi=draw(st.sampled_from([50.0, 100.0, 150.0, 151.0])),
        )
        for hour in range(1, int(until_s // 3600) + 2)
        for _ in range(draw(st.sampled_from([0, 1, 1, 1])))
    ]


def at_random(draw: st.DrawFn, until_s: float, count: int) -> list[float]:
    """Some instants up to `until_s`, for ticks."""
    return draw(
        st.lists(st.integers(0, int(until_s)), max_size=count).map(lambda each: [float(s) for s in each])
    )


@st.composite
def instants(draw: st.DrawFn, until_s: float, count: int = 40) -> list[float]:
    """Some instants up to `until_s`, for ticks."""
    return at_random(draw, until_s, count)


@st.composite
def station_days(draw: st.DrawFn) -> list[Item]:
    """A series with its background values."""
    readings = draw(series())
    until_s = (readings[-1].time_ms - dusty().start_ms) / 1000
    values = draw(hours(until_s))
    told = [
        ((each.received_ms - each.time_ms) // 1000, each.time_ms, each.pm10_ugm3, each.aqi) for each in values
    ]
    return Told([*readings, *values], (readings.told, told))


@st.composite
def contested_hours(draw: st.DrawFn) -> list[Item]:
    """A reading a window over a few hours past midnight, and for each hour none, one or two values that differ."""
    world = dusty()
    count = draw(st.integers(1, 24))
    levels = draw(
        st.lists(
            st.sampled_from([None, 30.0, 75.0, 95.0, 105.0, 130.0, 240.0]), min_size=count, max_size=count
        )
    )
    readings = [
        dust(world, 900 * number, interval_s=900.0, pm10=level, tsp=level)
        for number, level in enumerate(levels, start=1)
        if level is not None
    ]
    values = [
        background(world, hour * 3600, pm10=pm10, aqi=aqi)
        for hour in range(1, count // 4 + 2)
        for pm10, aqi in draw(
            st.lists(
                st.tuples(st.sampled_from([0.0, 30.0, 60.0, 90.0]), st.sampled_from([50.0, 100.0, 151.0])),
                max_size=2,
                unique=True,
            )
        )
    ]
    told = [(each.time_ms, each.pm10_ugm3, each.aqi) for each in values]
    return Told([*readings, *values], (levels, told))
