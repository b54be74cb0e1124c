"""Dust stations at the sites: their limits, diurnal dust, weather, work on the site and noise.

What goes wrong at a station, and when, is planned in `station_plan`. True dust thins out upwards, in
episodes too: a station is only to look trimmed where its readings are.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from msgspec import Struct

from simulators.city import City, Lot
from simulators.plane import Floats
from simulators.reporting import Sent
from simulators.station_plan import (
    Episode,
    capped_day,
    capped_days,
    is_silent,
    near_misses,
    plan_of_day,
    spoil,
    truth_of,
)
from simulators.truth import Violation
from simulators.violations import Conduct

AREA_ID = "A-DEMO"
HOUR_S = 3600
DAY_S = 86_400
BACKGROUND_DELAY_S = 480

HEBEI_PM10 = "CN-HE-DB13-2934-2019-PM10-1H"
"""A ready-made limit: the registry names it and need not list it. It allows two exceedances a day."""

LIMITS: list[dict[str, Any]] = [
    {
        "id": "L-PM10-WUHAN",
        "name": "PM10 小时均值处置线",
        "quantity": "pm10_ugm3",
        "window_s": 3600,
        "limit": 200,
        "clear_below": 150,
    },
    {"id": "L-TSP-15MIN", "name": "TSP 15 分钟均值", "quantity": "tsp_ugm3", "window_s": 900, "limit": 500},
    {
        "id": "L-NOISE-DAY",
        "name": "施工噪声昼间 20 分钟等效声级",
        "quantity": "noise_db",
        "window_s": 1200,
        "limit": 70,
        "windows": [{"from": "06:00", "to": "22:00"}],
    },
    {
        "id": "L-NOISE-NIGHT",
        "name": "施工噪声夜间 20 分钟等效声级",
        "quantity": "noise_db",
        "window_s": 1200,
        "limit": 55,
        "windows": [{"from": "22:00", "to": "06:00"}],
    },
    {
        "id": "L-TSP-5MIN",
        "name": "DB21/2642-2016 TSP 5 分钟均值",
        "quantity": "tsp_ugm3",
        "window_s": 300,
        "limit": 800,
    },
]
TRIM_AT = 1.75
"""A station that trims its readings lets through so many times its usual dust."""
_TRIM_SPREAD = 0.45


class Monitor(Struct, frozen=True, kw_only=True):
    """One dust station and its device."""

    number: int
    station_id: str
    device_id: str
    site: Lot
    place: Floats
    interval_s: int
    limit_ids: tuple[str, ...]
    seed: int

    @property
    def may_trim(self) -> bool:
        """Told to trim its readings in a run long enough for that to show."""
        return self.number % 4 == 3 or self.number % 8 == 4


def build_monitors(seed: int, city: City, count: int) -> list[Monitor]:
    """One monitor a site by its gate, then a second round."""
    monitors = []
    for n in range(count):
        site = city.sites[n % len(city.sites)]
        across = 60.0 if n < len(city.sites) else -60.0
        monitors.append(
            Monitor(
                number=n,
                station_id=f"S{n + 1:03d}",
                device_id=f"D{n + 1:03d}",
                site=site,
                place=site.spot(across, 6.0),
                interval_s=30 if n % 4 == 3 else 60,
                limit_ids=(
                    "L-PM10-WUHAN" if n % 2 else HEBEI_PM10,
                    "L-TSP-5MIN" if n % 3 == 1 else "L-TSP-15MIN",
                    "L-NOISE-DAY",
                    "L-NOISE-NIGHT",
                ),
                seed=seed,
            )
        )
    return monitors


def ambient(seed: int, day: int) -> Floats:
    """The area's 24 hourly PM10 values of one day of the run's calendar."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(4, day + 1)))
    hours = np.arange(24)
    wave = 12 * np.cos((hours - 8) / 24 * 2 * np.pi) + 6 * np.cos((hours - 19) / 12 * 2 * np.pi)
    level: Floats = np.clip(58 + rng.normal(0, 8) + wave + rng.normal(0, 3, 24), 25, 95)
    return level


class StationLife:
    """One monitor's readings and truth over a run. `midnight_s`: seconds from local midnight to its start."""

    def __init__(
        self,
        monitor: Monitor,
        *,
        start_ms: int,
        horizon_s: int,
        midnight_s: int,
        conduct: Conduct = Conduct.ALL,
    ) -> None:
        self.monitor = monitor
        self._conduct = conduct
        self._start_ms, self._horizon_s, self._midnight_s = start_ms, horizon_s, midnight_s
        self.violations: list[Violation] = []
        self._days = -(-(midnight_s + horizon_s) // DAY_S)
        trimmed = capped_days(monitor.interval_s, horizon_s, midnight_s) if monitor.may_trim else []
        self._trims = bool(trimmed) and conduct is Conduct.ALL
        self._last_trimmed = trimmed[-1] if trimmed else -1
        if self._trims:
            self.violations += [capped_day(monitor.device_id, day, midnight_s) for day in trimmed]

    def messages(self) -> Iterator[Sent]:
        """Every reading in time order."""
        for day in range(self._days):
            yield from self._day(day)

    def _day(self, day: int) -> Iterator[Sent]:
        monitor = self.monitor
        rng = np.random.default_rng(np.random.SeedSequence(monitor.seed, spawn_key=(3, monitor.number, day)))
        midnight = day * DAY_S - self._midnight_s
        episodes = self._plan(rng, midnight)
        self.violations += [
            violation
            for violation in (truth_of(e, monitor.device_id, monitor.interval_s) for e in episodes)
            if violation is not None
        ]
        times = np.arange(midnight + monitor.interval_s, midnight + DAY_S + 1, monitor.interval_s)
        hours = (times - midnight) / HOUR_S
        rows = self._rows(rng, day, hours)
        tails = rng.exponential(1.0, len(times)).tolist()
        for time_s, row, tail in zip(times.tolist(), rows, tails, strict=True):
            if 0 < time_s <= self._horizon_s and not is_silent(time_s, episodes):
                spoil(row, time_s, tail, episodes)
                time_ms = self._start_ms + time_s * 1000
                delay_ms = 150 + int(rng.gamma(2.0, 250.0))
                element = {"time": time_ms, "interval_s": monitor.interval_s, **row}
                yield Sent(
                    received_ms=time_ms + delay_ms,
                    device_id=monitor.device_id,
                    kind="dust",
                    elements=[element],
                    time_style="beijing" if monitor.number % 2 else "ms",
                )

    def _plan(self, rng: np.random.Generator, midnight: int) -> list[Episode]:
        """The day's episodes that fit into the run."""
        if self._conduct is Conduct.NONE:
            return near_misses(rng, midnight)
        tsp_window_s = next(int(row["window_s"]) for row in LIMITS if row["id"] == self.monitor.limit_ids[1])
        chosen = plan_of_day(
            rng,
            midnight,
            turn=self.monitor.number + midnight // DAY_S,
            tsp_window_s=tsp_window_s,
            allowed_windows=2 if self.monitor.limit_ids[0] == HEBEI_PM10 else 0,
            dusty=not self._trims,
        )
        return [e for e in chosen if e.start_s >= 0 and e.end_s + 1200 <= self._horizon_s]

    def _trimmed(self, rng: np.random.Generator, day: int, pm10: Floats) -> Floats:
        """Dust that comes in gusts, and nothing let through above a cap until the last day that is judged.

        After that the gusts show: the days with a cap no longer reach the top of the readings.
        """
        usual = float(np.mean([ambient(self.monitor.seed, day) for day in range(self._days)])) + 15.0
        gusty = pm10 * np.exp(_TRIM_SPREAD * rng.normal(0, 1, len(pm10)))
        cap = TRIM_AT * usual - np.abs(rng.normal(0, 0.6, len(pm10)))
        shown: Floats = np.minimum(gusty, cap) if day <= self._last_trimmed else gusty
        return shown

    def _rows(self, rng: np.random.Generator, day: int, hour: Floats) -> list[dict[str, Any]]:
        n = len(hour)
        background = ambient(self.monitor.seed, day)[np.minimum(hour.astype(int), 23)]
        working = 1 / (1 + np.exp(-(hour - 7) * 2)) - 1 / (1 + np.exp(-(hour - 19) * 2))
        level = rng.uniform(6, 11) + rng.uniform(6, 16) * working
        slow = np.convolve(rng.normal(0, 1, n + 14), np.ones(15) / 15, mode="valid")[:n]
        pm10 = np.maximum(background + level * (1 + 0.5 * slow) + rng.normal(0, 2.0, n), 4.0)
        if self._trims:
            pm10 = self._trimmed(rng, day, pm10)
        pm25 = pm10 * rng.uniform(0.45, 0.6) * (1 + rng.normal(0, 0.03, n))
        tsp = pm10 * rng.uniform(1.5, 1.8) * (1 + rng.normal(0, 0.04, n)) + 15
        noise = 50 + 11 * working + rng.normal(0, 2.5, n)
        wind = np.abs(rng.normal(2.2, 0.8, n))
        warmth = 12 + 5 * np.cos((hour - 14) / 24 * 2 * np.pi) + rng.normal(0, 0.2, n)
        columns = {
            "pm25_ugm3": pm25,
            "pm10_ugm3": pm10,
            "tsp_ugm3": tsp,
            "noise_db": noise,
            "wind_speed_ms": wind,
            "temperature_c": warmth,
            "humidity_pct": np.clip(88 - warmth * 1.6 + rng.normal(0, 1, n), 20, 100),
        }
        names = list(columns)
        table = np.round(np.column_stack(list(columns.values())), 1).tolist()
        return [dict(zip(names, values, strict=True)) for values in table]


def background_messages(seed: int, *, start_ms: int, horizon_s: int, midnight_s: int) -> Iterator[Sent]:
    """The area's hourly values, some minutes after each hour."""
    first = -(-midnight_s // HOUR_S) * HOUR_S - midnight_s
    for end_s in range(first, horizon_s + 1, HOUR_S):
        if end_s + BACKGROUND_DELAY_S > horizon_s:
            break
        day, second = divmod(midnight_s + end_s - HOUR_S, DAY_S)
        pm10 = round(float(ambient(seed, day)[second // HOUR_S]), 1)
        element = {
            "time": start_ms + end_s * 1000,
            "pm10_ugm3": pm10,
            "pm25_ugm3": round(pm10 * 0.55, 1),
            "tsp_ugm3": round(pm10 * 1.5, 1),
            "aqi": round(pm10 * 0.9),
            "primary_pollutant": "PM10",
        }
        yield Sent(
            received_ms=start_ms + (end_s + BACKGROUND_DELAY_S) * 1000,
            device_id=AREA_ID,
            kind="background",
            elements=[element],
            time_style="utc",
        )
