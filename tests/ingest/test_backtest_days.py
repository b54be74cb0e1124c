"""A backtest judges whole days of stations, whatever the order of arrival and however many processes share it."""

import json
import random
from pathlib import Path

import pytest

from domain.capture import Captured, encode_captured
from domain.registry import Registry, check
from ingest.backtest import backtest
from tests.support.factories import local_ms

MIDNIGHT_MS = local_ms("2026-03-02 00:00")
DAY_S = 86_400


def registry(count: int) -> Registry:
    stations = [{"id": f"S{n}", "device_id": f"M{n}", "lon": 114.0, "lat": 38.0} for n in range(count)]
    checked = check(json.dumps({"version": 1, "stations": stations}).encode())
    assert isinstance(checked, Registry)
    return checked


def reading(device: int, second: int, value: float, arrival_s: int | None = None) -> Captured:
    time_ms = MIDNIGHT_MS + second * 1000
    return Captured(
        received_ms=time_ms if arrival_s is None else MIDNIGHT_MS + arrival_s * 1000,
        topic=f"haulwatch/v1/M{device}/dust",
        payload=json.dumps({"time": time_ms, "interval_s": 40, "pm10_ugm3": value}).encode(),
    )


def day(device: int, top: int) -> list[Captured]:
    levels = [150.0] * top + [50.0 + n % 20 for n in range(2100 - top)]
    random.Random(device).shuffle(levels)
    return [reading(device, 40 * (n + 1), level) for n, level in enumerate(levels)]


def capped(tmp_path: Path, messages: list[Captured], *, processes: int = 1) -> list[tuple[str, int, int]]:
    path = tmp_path / "capture.ndjson"
    path.write_bytes(b"".join(encode_captured(one) for one in messages))
    found = backtest(registry(3), path, processes=processes).alerts
    assert all(one.ended_ms is not None for one in found if one.rule == "capped_readings")
    return [
        (one.subject, (one.started_ms - MIDNIGHT_MS) // 1000, (one.detected_ms - MIDNIGHT_MS) // 1000)
        for one in found
        if one.rule == "capped_readings"
    ]


FOUND = [("station:S0", 0, DAY_S), ("station:S2", 0, DAY_S)]


@pytest.fixture
def messages() -> list[Captured]:
    days = [*day(0, 60), *day(1, 40), *day(2, 60), reading(1, DAY_S + 120, 50.0)]
    return sorted(days, key=lambda one: one.received_ms)


@pytest.mark.parametrize("processes", [1, 2])
def test_a_day_that_is_over_when_the_capture_ends_is_judged(tmp_path, messages, processes):
    assert capped(tmp_path, messages, processes=processes) == FOUND


def test_a_day_that_is_not_over_by_then_is_not(tmp_path, messages):
    assert capped(tmp_path, messages[:-1]) == []


def test_readings_in_another_order_and_twice_are_counted_once(tmp_path, messages):
    again = [*messages, *messages[:500]]
    random.Random(1).shuffle(again)
    last_ms = messages[-1].received_ms
    late = [Captured(received_ms=last_ms, topic=one.topic, payload=one.payload) for one in again]
    assert capped(tmp_path, late) == FOUND
