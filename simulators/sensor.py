"""Dust stations at the sites: diurnal dust, weather, work on the site, noise, flags, and what is wrong with them.

Injected with truth: exceedances of the station's limits and four kinds of sensor fault. Episodes begin
and end on the edges of averaging windows and stay well clear of the limits, so that every window is
either plainly over or plainly not.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from msgspec import Struct

from simulators.city import City, Lot
from simulators.plane import Floats
from simulators.reporting import Sent
from simulators.truth import Violation

AREA_ID = "A-DEMO"
HOUR_S = 3600
DAY_S = 86_400
BACKGROUND_DELAY_S = 480

LIMITS: list[dict[str, Any]] = [
    {
        "id": "L-PM10-HEBEI",
        "name": "DB13/2934-2019 PM10 小时均值减区域背景",
        "quantity": "pm10_ugm3",
        "window_s": 3600,
        "limit": 80,
        "minus_background": True,
        "background_cap": 150,
        "exceedances_allowed_per_day": 2,
    },
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
        "id": "L-TSP-5MIN",
        "name": "DB21/2642-2016 TSP 5 分钟均值",
        "quantity": "tsp_ugm3",
        "window_s": 300,
        "limit": 800,
    },
]
_WINDOW_S = {row["id"]: int(row["window_s"]) for row in LIMITS}


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
                    "L-PM10-WUHAN" if n % 2 else "L-PM10-HEBEI",
                    "L-TSP-5MIN" if n % 3 == 1 else "L-TSP-15MIN",
                ),
                seed=seed,
            )
        )
    return monitors


class _Episode(Struct, frozen=True, kw_only=True):
    """Seconds of the run in which something is wrong: readings with start < time ≤ end."""

    what: str
    start_s: int
    end_s: int
    level: float = 0.0


def ambient(seed: int, day: int) -> Floats:
    """The area's 24 hourly PM10 values of one day of the run's calendar."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(4, day + 1)))
    hours = np.arange(24)
    wave = 12 * np.cos((hours - 8) / 24 * 2 * np.pi) + 6 * np.cos((hours - 19) / 12 * 2 * np.pi)
    level: Floats = np.clip(58 + rng.normal(0, 8) + wave + rng.normal(0, 3, 24), 25, 95)
    return level


class StationLife:
    """One monitor's readings and truth over a run. `midnight_s`: seconds from local midnight to its start."""

    def __init__(self, monitor: Monitor, *, start_ms: int, horizon_s: int, midnight_s: int) -> None:
        self.monitor = monitor
        self._start_ms, self._horizon_s, self._midnight_s = start_ms, horizon_s, midnight_s
        self.violations: list[Violation] = []

    def messages(self) -> Iterator[Sent]:
        """Every reading in time order."""
        for day in range(-(-(self._midnight_s + self._horizon_s) // DAY_S)):
            yield from self._day(day)

    def _day(self, day: int) -> Iterator[Sent]:
        monitor = self.monitor
        rng = np.random.default_rng(np.random.SeedSequence(monitor.seed, spawn_key=(3, monitor.number, day)))
        midnight = day * DAY_S - self._midnight_s
        episodes = self._episodes(rng, midnight)
        for episode in episodes:
            self._list(episode)
        times = np.arange(midnight + monitor.interval_s, midnight + DAY_S + 1, monitor.interval_s)
        hours = (times - midnight) / HOUR_S
        rows = self._rows(rng, day, hours)
        for time_s, row in zip(times.tolist(), rows, strict=True):
            if 0 < time_s <= self._horizon_s:
                _spoil(row, time_s, episodes)
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

    def _rows(self, rng: np.random.Generator, day: int, hour: Floats) -> list[dict[str, Any]]:
        n = len(hour)
        background = ambient(self.monitor.seed, day)[np.minimum(hour.astype(int), 23)]
        working = 1 / (1 + np.exp(-(hour - 7) * 2)) - 1 / (1 + np.exp(-(hour - 19) * 2))
        level = rng.uniform(6, 11) + rng.uniform(6, 16) * working
        slow = np.convolve(rng.normal(0, 1, n + 14), np.ones(15) / 15, mode="valid")[:n]
        pm10 = np.maximum(background + level * (1 + 0.5 * slow) + rng.normal(0, 2.0, n), 4.0)
        pm25 = pm10 * rng.uniform(0.45, 0.6) * (1 + rng.normal(0, 0.03, n))
        tsp = pm10 * rng.uniform(1.5, 1.8) * (1 + rng.normal(0, 0.04, n)) + 15
        noise = 52 + 11 * working + rng.normal(0, 2.5, n)
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

    def _episodes(self, rng: np.random.Generator, midnight: int) -> list[_Episode]:
        """The day's plan: faults at night, in the early morning and late; dust in between."""
        chosen = []
        faults = ("stuck", "pm25_above", "flag", "out_of_range")
        for n, (hour, chance) in enumerate(((0.35, 0.6), (6.1, 0.6), (21.2, 0.6))):
            start = midnight + int((hour + rng.uniform(0, 0.5)) * 60) * 60
            minutes = int(rng.integers(36, 60))
            what = faults[(self.monitor.number + n + (midnight // DAY_S)) % 4]
            if what == "out_of_range":
                minutes = int(rng.integers(1, 6))
            if rng.random() < chance:
                chosen.append(
                    _Episode(
                        what=what, start_s=start, end_s=start + minutes * 60, level=rng.uniform(5200, 9000)
                    )
                )
        for n, (hour, chance) in enumerate(((3.0, 0.6), (18.5, 0.6))):
            del n
            window_s = _WINDOW_S[self.monitor.limit_ids[1]]
            start = midnight + int((hour + rng.uniform(0, 0.7)) * HOUR_S) // window_s * window_s
            level = rng.uniform(1000, 1400) if window_s == 300 else rng.uniform(650, 780)
            end = start + max(1200, window_s * int(rng.integers(2, 5)))
            if rng.random() < chance:
                chosen.append(
                    _Episode(what="tsp", start_s=start, end_s=end // window_s * window_s, level=level)
                )
        start = midnight + int(rng.integers(8, 13)) * HOUR_S
        if rng.random() < 0.65:
            end = start + int(rng.integers(4, 6)) * HOUR_S
            chosen.append(_Episode(what="pm10", start_s=start, end_s=end, level=rng.uniform(190, 230)))
        if rng.random() < 0.5:  # too short to be a fault, by every rule
            near_miss = midnight + int(14.5 * HOUR_S)
            chosen.append(_Episode(what="calibration", start_s=near_miss, end_s=near_miss + 900))
        return [e for e in chosen if e.start_s >= 0 and e.end_s + 1200 <= self._horizon_s]

    def _list(self, episode: _Episode) -> None:
        rule, start_s, end_s = "sensor_fault", episode.start_s + self.monitor.interval_s, episode.end_s
        if episode.what == "calibration":
            return
        if episode.what in ("pm10", "tsp"):
            rule, start_s = "dust_exceedance", episode.start_s
            if episode.what == "pm10" and self.monitor.limit_ids[0] == "L-PM10-HEBEI":
                start_s += 2 * HOUR_S  # two windows over a day are allowed
        else:
            end_s += self.monitor.interval_s
        self.violations.append(
            Violation(
                rule=rule, device_id=self.monitor.device_id, start_s=start_s, end_s=end_s, note=episode.what
            )
        )


def _spoil(row: dict[str, Any], time_s: int, episodes: list[_Episode]) -> None:
    """Change one reading as the episodes in force want."""
    for episode in episodes:
        if not episode.start_s < time_s <= episode.end_s:
            continue
        if episode.what == "tsp":
            row["tsp_ugm3"] = round(episode.level * (1 + (row["noise_db"] - 58) / 300), 1)
        elif episode.what == "pm10":
            row["pm10_ugm3"] = round(row["pm10_ugm3"] + episode.level, 1)
            row["tsp_ugm3"] = round(max(row["tsp_ugm3"], row["pm10_ugm3"] * 1.15), 1)
        elif episode.what == "stuck":
            row["pm10_ugm3"] = round(62.0 + episode.level / 1000, 1)
            row["pm25_ugm3"] = round(min(row["pm25_ugm3"], 55.0), 1)
        elif episode.what == "pm25_above":
            row["pm25_ugm3"] = round(row["pm10_ugm3"] * (1.3 + (row["noise_db"] % 1) / 10), 1)
        elif episode.what == "flag":
            row["flags"] = {"pm10_ugm3": "D"}
        elif episode.what == "calibration":
            row["flags"] = {"tsp_ugm3": "C"}
        elif episode.what == "out_of_range":
            row["tsp_ugm3"] = round(episode.level + row["noise_db"], 1)


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
