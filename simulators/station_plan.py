"""What goes wrong at a dust station on a day, what that does to its readings, and the truth it makes.

Episodes begin and end on the edges of averaging windows and stay well clear of the limits, so that every
window is either plainly over or plainly not. The hours of a day are shared out so that episodes that
would touch one another's windows do not meet.
"""

from typing import Any

import numpy as np
from msgspec import Struct

from simulators.truth import Violation

HOUR_S = 3600
DAY_S = 86_400
NOISE_WINDOW_S = 1200
CAPPED_READINGS = 2000
CAPPED_DAYS = 7
DAY_SETTLES_S = 600
_FAULTS = ("stuck", "pm25_above", "flag", "out_of_range")
_RULES = {
    "pm10": "dust_exceedance",
    "tsp": "dust_exceedance",
    "noise": "noise_exceedance",
    "silent": "station_silent",
}


class Episode(Struct, frozen=True, kw_only=True):
    """Seconds of the run in which something is wrong: readings with start < time ≤ end.

    `begins_s` is when the rule begins to hold, later than the start where some windows over are allowed.
    """

    what: str
    start_s: int
    end_s: int
    level: float = 0.0
    begins_s: int = 0


def near_misses(rng: np.random.Generator, midnight: int) -> list[Episode]:
    """Too short to be a fault, by every rule."""
    start = midnight + int(14.5 * HOUR_S)
    return [_episode("calibration", start, start + 900)] if rng.random() < 0.5 else []


def plan_of_day(
    rng: np.random.Generator,
    midnight: int,
    *,
    turn: int,
    tsp_window_s: int,
    allowed_windows: int,
    dusty: bool,
) -> list[Episode]:
    """A day's episodes: sensor faults and silence in the night, morning and evening; dust and noise in between."""
    chosen = _faults(rng, midnight, turn) + _silences(rng, midnight) + _noises(rng, midnight)
    dust = _dust(rng, midnight, tsp_window_s, allowed_windows)
    return chosen + (dust if dusty else []) + near_misses(rng, midnight)


def _episode(what: str, start_s: int, end_s: int, level: float = 0.0, begins_s: int | None = None) -> Episode:
    begins_s = start_s if begins_s is None else begins_s
    return Episode(what=what, start_s=start_s, end_s=end_s, level=level, begins_s=begins_s)


def _faults(rng: np.random.Generator, midnight: int, turn: int) -> list[Episode]:
    chosen = []
    for n, hour in enumerate((0.35, 6.1, 21.2)):
        start = midnight + int((hour + rng.uniform(0, 0.5)) * 60) * 60
        minutes, level = int(rng.integers(36, 60)), float(rng.uniform(5200, 9000))
        what = _FAULTS[(turn + n) % len(_FAULTS)]
        if what == "out_of_range":
            minutes = int(rng.integers(1, 6))
        if rng.random() < 0.6:
            chosen.append(_episode(what, start, start + minutes * 60, level))
    return chosen


def _silences(rng: np.random.Generator, midnight: int) -> list[Episode]:
    chosen = []
    for hour in (5.0, 17.1):
        start = midnight + int((hour + rng.uniform(0, 0.15)) * 60) * 60
        minutes = int(rng.integers(36, 52))
        if rng.random() < 0.45:
            chosen.append(_episode("silent", start, start + minutes * 60))
    return chosen


def _noises(rng: np.random.Generator, midnight: int) -> list[Episode]:
    chosen = []
    for first, slots, windows, level in ((2.0, 2, (2, 4), 12.0), (9.0, 15, (3, 7), 14.0)):
        start = midnight + int(first * HOUR_S) + int(rng.integers(slots)) * NOISE_WINDOW_S
        end = start + int(rng.integers(*windows)) * NOISE_WINDOW_S
        if rng.random() < 0.5:
            chosen.append(_episode("noise", start, end, level))
    return chosen


def _dust(rng: np.random.Generator, midnight: int, tsp_window_s: int, allowed_windows: int) -> list[Episode]:
    chosen = []
    for hour in (3.0, 18.5):
        start = midnight + int((hour + rng.uniform(0, 0.7)) * HOUR_S) // tsp_window_s * tsp_window_s
        level = float(rng.uniform(1000, 1400) if tsp_window_s == 300 else rng.uniform(650, 780))
        end = start + max(1200, tsp_window_s * int(rng.integers(2, 5)))
        if rng.random() < 0.6:
            chosen.append(_episode("tsp", start, end // tsp_window_s * tsp_window_s, level))
    start = midnight + int(rng.integers(8, 13)) * HOUR_S
    end, level = start + int(rng.integers(4, 6)) * HOUR_S, float(rng.uniform(190, 230))
    if rng.random() < 0.65:
        chosen.append(_episode("pm10", start, end, level, start + allowed_windows * HOUR_S))
    return chosen


def is_silent(time_s: int, episodes: list[Episode]) -> bool:
    """Tell whether the station sends nothing at a time."""
    return any(e.what == "silent" and e.start_s < time_s <= e.end_s for e in episodes)


def spoil(row: dict[str, Any], time_s: int, tail: float, episodes: list[Episode]) -> None:
    """Change one reading as the episodes in force want; `tail` is a draw that thins out upwards."""
    for episode in episodes:
        if not episode.start_s < time_s <= episode.end_s:
            continue
        match episode.what:
            case "tsp":
                row["tsp_ugm3"] = round(episode.level * (1 + 0.12 * tail), 1)
            case "pm10":
                row["pm10_ugm3"] = round(row["pm10_ugm3"] + episode.level + 30 * tail, 1)
                row["tsp_ugm3"] = round(max(row["tsp_ugm3"], row["pm10_ugm3"] * 1.15), 1)
            case "noise":
                row["noise_db"] = round(row["noise_db"] + episode.level, 1)
            case "stuck":
                row["pm10_ugm3"] = round(62.0 + episode.level / 1000, 1)
                row["pm25_ugm3"] = round(min(row["pm25_ugm3"], 55.0), 1)
            case "pm25_above":
                row["pm25_ugm3"] = round(row["pm10_ugm3"] * (1.3 + 0.1 * tail), 1)
            case "flag":
                row["flags"] = {"pm10_ugm3": "D"}
            case "calibration":
                row["flags"] = {"tsp_ugm3": "C"}
            case "out_of_range":
                row["tsp_ugm3"] = round(episode.level + row["noise_db"], 1)


def truth_of(episode: Episode, device_id: str, interval_s: int) -> Violation | None:
    """The truth line of an episode; None for a near miss."""
    if episode.what == "calibration":
        return None
    rule = _RULES.get(episode.what, "sensor_fault")
    start_s, end_s = episode.begins_s, episode.end_s
    if rule == "sensor_fault":
        start_s += interval_s
    if rule in ("sensor_fault", "station_silent"):
        end_s += interval_s
    return Violation(rule=rule, device_id=device_id, start_s=start_s, end_s=end_s, note=episode.what)


def capped_days(interval_s: int, horizon_s: int, midnight_s: int) -> list[int]:
    """The local days of a run at whose end 2,000 readings of the last 7 days are there to judge; day 0 is its first.

    None where for one of them that is doubtful: some readings may be lost, silent or flagged. A day that
    ends with the run is not among them, as nothing may come after it.
    """
    found: list[int] = []
    for day in range(-(-(midnight_s + horizon_s) // DAY_S)):
        end_s = (day + 1) * DAY_S - midnight_s
        span_s = end_s - max(0, end_s - CAPPED_DAYS * DAY_S)
        if end_s > horizon_s or span_s / interval_s < CAPPED_READINGS:
            continue
        if span_s / interval_s * 0.8 < CAPPED_READINGS:
            return []
        if end_s + DAY_SETTLES_S <= horizon_s:
            found.append(day)
    return found


def capped_day(device_id: str, day: int, midnight_s: int) -> Violation:
    """The truth line of a station's day that is judged with trimmed readings."""
    start_s = day * DAY_S - midnight_s
    return Violation(
        rule="capped_readings", device_id=device_id, start_s=start_s, end_s=start_s + DAY_S, note="trimmed"
    )
