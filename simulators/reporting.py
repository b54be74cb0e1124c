"""What a device makes of its vehicle's true motion: when it reports, with which noise, and what it cannot see.

One message after another in the order they are sent, each with a clean network's delay. Faults come
later, in `faults`.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from msgspec import Struct

from simulators.city import City
from simulators.fleet import Model, Worker
from simulators.motion import Leg, Receiver, Signals
from simulators.plane import Floats

HEARTBEAT_S = 240.0
STANDING_S = 15.0
DRIFT_TAU_S = 120.0
MISSING_SHARE = 0.004
WILD_EVERY_S = 45.0
TWIN_EVERY_S = 60.0
STUCK_TONNES = 0.8


class Sent(Struct, kw_only=True):
    """One message: its elements as wire objects in WGS-84 with `time` in ms, and how they are written."""

    received_ms: int
    device_id: str
    kind: str
    elements: list[dict[str, Any]]
    time_style: str = "ms"
    crs: str = "WGS84"
    as_array: bool = False


class Terminal:
    """One vehicle's device; its weight sensor shows one value up to `weight_stuck_s`."""

    def __init__(self, city: City, worker: Worker, start_ms: int, *, weight_stuck_s: float = 0.0) -> None:
        self._weight_stuck_s = weight_stuck_s
        self._city, self._worker, self._model = city, worker, worker.model
        self._start_ms = start_ms
        self._rng = worker.rng(1)
        self._sigma_m = float(self._rng.uniform(2.5, 5.5))
        self._drift = self._rng.normal(0, self._sigma_m, 2)
        self._last_s = 0.0
        self._next_s = float(self._rng.uniform(0, self._model.interval_s))
        self._seen: Signals | None = None
        self._heading = 0.0
        self._odometer_km = float(self._rng.uniform(20_000, 90_000))
        self._seq = 0
        self._last_received_ms = 0
        self._held: list[dict[str, Any]] = []

    def messages(self, legs: Iterable[Leg], until_s: float) -> Iterator[Sent]:
        """Every message up to `until_s`, in order of arrival."""
        for leg in legs:
            if leg.start_s >= until_s:
                break
            if not leg.powered:
                yield from self._flush()
                self._seen = None
                self._next_s = float(leg.end_s)
                continue
            yield from self._leg(leg, min(float(leg.end_s), until_s))
        yield from self._flush()

    def _leg(self, leg: Leg, until_s: float) -> Iterator[Sent]:
        times = self._times(leg, until_s)
        if not len(times):
            return
        rows = self._elements(leg, times)
        if leg.receiver is not Receiver.SOUND:
            self._mislead(leg, rows)
        twins = self._twin_elements(leg)
        for row in rows:
            while twins and twins[0]["time"] < row["time"]:
                yield from self._flush()
                self._held.append(twins.pop(0))
                yield from self._flush()
            self._held.append(row)
            if len(self._held) >= self._model.batch or not leg.signals.ignition:
                yield from self._flush()

    def _times(self, leg: Leg, until_s: float) -> Floats:
        signals, model = leg.signals, self._model
        interval_s = float(model.interval_s)
        if not signals.ignition:
            interval_s = HEARTBEAT_S
        elif not leg.motion.speed_kmh.any() and not signals.lift:
            interval_s = max(interval_s, STANDING_S)
        elif signals.lift:
            interval_s = min(interval_s, 10.0)
        first = min(self._next_s, leg.start_s + interval_s)
        times = np.arange(max(first, float(leg.start_s)), until_s, interval_s)
        self._next_s = float(times[-1]) + interval_s if len(times) else first
        if self._seen is None or _visible(model, self._seen) != _visible(model, signals):
            event = leg.start_s + float(self._rng.uniform(0.05, 0.95))
            times = np.sort(np.append(times, event)) if event < until_s else times
        self._seen = signals
        if model.whole_seconds:
            times = np.unique(np.maximum(np.floor(times), leg.start_s))  # an event may share its second
        return times

    def _elements(self, leg: Leg, times: Floats) -> list[dict[str, Any]]:
        model, signals, n = self._model, leg.signals, len(times)
        seconds = np.arange(len(leg.motion.x_m))
        since = times - leg.start_s
        x, y = np.interp(since, seconds, leg.motion.x_m), np.interp(since, seconds, leg.motion.y_m)
        speed = np.interp(since, seconds, leg.motion.speed_kmh)
        noise = self._noise(times, x, y)
        lon, lat = self._city.plane.to_degrees(x + noise[:, 0], y + noise[:, 1])
        shown = np.where(speed > 1.0, np.maximum(speed + self._rng.normal(0, 0.5, n), 0.0), 0.0)
        accuracy = self._sigma_m * self._city.canyon_factor(x, y) * self._rng.uniform(0.9, 1.3, n)
        headings = self._headings(leg, since, speed)
        tonnes = self._tonnes(leg, since, speed)
        gaps = (self._rng.random(n) < MISSING_SHARE) & (leg.receiver is Receiver.SOUND)
        rows = []
        for i in range(n):
            row: dict[str, Any] = {
                "time": self._start_ms + round(float(times[i]) * 1000),
                "lon": round(float(lon[i]), 6),
                "lat": round(float(lat[i]), 6),
            }
            if model.speed:
                row["speed_kmh"] = round(float(shown[i]), 1)
                row["heading_deg"] = int(headings[i]) % 360
            if model.accuracy:
                row["accuracy_m"] = round(float(accuracy[i]), 1)
            if model.ignition:
                row["ignition"] = signals.ignition
            if model.load:
                row["load"] = signals.load
            if model.weight:
                row["weight_t"] = round(float(tonnes[i]), 2)
            if model.lift:
                row["lift"] = signals.lift
            if model.cover:
                row["cover"] = signals.cover
            if gaps[i]:
                self._lose_one(row)
            if model.alarms:
                row["alarms"] = list(signals.alarms)
            if model.extras:
                self._add_extras(row, float(speed[i]), float(times[i]))
            self._last_s = float(times[i])
            rows.append(row)
        return rows

    def _lose_one(self, row: dict[str, Any]) -> None:
        """A sensor that now and then has nothing to say sends null."""
        names = [name for name in row if name not in ("time", "lon", "lat", "ignition")]
        if names:
            row[names[int(self._rng.integers(len(names)))]] = None

    def _add_extras(self, row: dict[str, Any], speed_kmh: float, at_s: float) -> None:
        self._odometer_km += speed_kmh * max(0.0, at_s - self._last_s) / 3600
        self._seq += 1
        row["odometer_km"] = round(self._odometer_km, 2)
        row["altitude_m"] = 4.0
        row["seq"] = self._seq

    def _noise(self, times: Floats, x: Floats, y: Floats) -> Floats:
        """Gauss-Markov drift, wider between high buildings."""
        draws = self._rng.normal(0, 1, (len(times), 2))
        before = np.concatenate(([self._last_s], times[:-1]))
        keep = np.exp(-np.maximum(times - before, 0.0) / DRIFT_TAU_S)
        fresh = np.sqrt(1 - keep**2) * self._sigma_m
        drift = np.empty_like(draws)
        here = self._drift
        for i in range(len(times)):
            here = here * keep[i] + draws[i] * fresh[i]
            drift[i] = here
        self._drift = here
        return drift * self._city.canyon_factor(x, y)[:, None]

    def _headings(self, leg: Leg, since: Floats, speed: Floats) -> Floats:
        seconds = np.arange(len(leg.motion.x_m))
        ahead, behind = since + 0.7, np.maximum(since - 0.7, 0.0)
        east = np.interp(ahead, seconds, leg.motion.x_m) - np.interp(behind, seconds, leg.motion.x_m)
        north = np.interp(ahead, seconds, leg.motion.y_m) - np.interp(behind, seconds, leg.motion.y_m)
        headings = np.degrees(np.arctan2(east, north)) % 360
        for i in np.flatnonzero(speed < 1.0):
            headings[i] = headings[i - 1] if i else self._heading
        self._heading = float(headings[-1])
        return headings

    def _tonnes(self, leg: Leg, since: Floats, speed: Floats) -> Floats:
        start = leg.signals.tonnes
        end = start if leg.signals.tonnes_end is None else leg.signals.tonnes_end
        share = since / max(1, leg.motion.duration_s)
        jitter = self._rng.normal(0, 1, len(since)) * np.where(speed > 1.0, 0.25, 0.1)
        tonnes: Floats = np.maximum(start + (end - start) * share + jitter, 0.0)
        stuck = since + leg.start_s < self._weight_stuck_s
        return np.where(stuck, STUCK_TONNES + np.clip(jitter, -0.1, 0.1) / 4, tonnes)

    def _mislead(self, leg: Leg, rows: list[dict[str, Any]]) -> None:
        """Give the fixes of a leg what a broken receiver makes of them."""
        if leg.receiver is Receiver.FROZEN:
            speed_kmh = round(float(self._rng.uniform(24, 28)), 1)
            for row in rows:
                row.update(lon=rows[0]["lon"], lat=rows[0]["lat"], speed_kmh=speed_kmh)
            return
        last_ms, angle = rows[0]["time"], float(self._rng.uniform(0, 2 * np.pi))
        for row in rows[1:-1]:
            if row["time"] - last_ms >= WILD_EVERY_S * 1000:
                last_ms, angle = row["time"], angle + 2.1  # each far from the one before, too
                row["lon"] = round(row["lon"] + 0.085 * float(np.cos(angle)), 6)
                row["lat"] = round(row["lat"] + 0.075 * float(np.sin(angle)), 6)

    def _twin_elements(self, leg: Leg) -> list[dict[str, Any]]:
        """What another device with the same id sends from where it stands."""
        if leg.twin is None:
            return []
        times = np.arange(leg.start_s + 31.0, leg.end_s - 10.0, TWIN_EVERY_S)
        noise = self._rng.normal(0, 3.0, (len(times), 2))
        lon, lat = self._city.plane.to_degrees(leg.twin[0] + noise[:, 0], leg.twin[1] + noise[:, 1])
        rows = []
        for i, time_s in enumerate(times):
            row: dict[str, Any] = {
                "time": self._start_ms + round(float(time_s) * 1000) + 370,
                "lon": round(float(lon[i]), 6),
                "lat": round(float(lat[i]), 6),
            }
            if self._model.speed:
                row["speed_kmh"] = 0.0
            if self._model.ignition:
                row["ignition"] = True
            rows.append(row)
        return rows

    def _flush(self) -> Iterator[Sent]:
        if not self._held:
            return
        elements, self._held = self._held, []
        delay_ms = 120 + int(self._rng.gamma(2.0, 200.0))
        self._last_received_ms = max(self._last_received_ms + 1, int(elements[-1]["time"]) + delay_ms)
        yield Sent(
            received_ms=self._last_received_ms,
            device_id=self._worker.device_id,
            kind="position",
            elements=elements,
            time_style=self._model.time_style,
            crs=self._model.crs,
            as_array=self._model.batch > 1,
        )


def _visible(model: Model, signals: Signals) -> tuple[object, ...]:
    """What a device would notice a change of at once."""
    return (
        signals.ignition if model.ignition else None,
        signals.load if model.load else None,
        signals.lift if model.lift else None,
        signals.cover if model.cover else None,
        signals.alarms if model.alarms else None,
    )
