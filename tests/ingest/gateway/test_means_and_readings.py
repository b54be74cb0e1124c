"""A monitor sends readings and means of the same air: whichever is fed is judged, and never both."""

import random
from pathlib import Path
from typing import Any

import msgspec
import pytest

from domain.capture import Captured, encode_captured
from domain.instant import from_rfc3339
from domain.registry import Registry, check
from ingest.backtest import backtest
from protocols.hj212.dust import to_dust
from protocols.hj212.framing import Frame, Reader
from protocols.hj212.monitor import Feed, MonitorSettings
from protocols.hj212.segment import decode_segment
from tests.support.monitors import data_frame

START_MS = from_rfc3339("2026-11-16T08:00:00+08:00")
HOUR_MS = 3_600_000
HOURS = {0: 100.0, 1: 260.0, 2: 300.0, 3: 100.0, 4: 100.0, 5: 100.0}
"""µg/m³ of PM10 in each hour."""
REGISTRY = {
    "version": 1,
    "stations": [{"id": "ST1", "device_id": "S1", "limit_ids": ["L1"], "lon": 104.0, "lat": 30.6}],
    "limits": [{"id": "L1", "quantity": "pm10_ugm3", "window_s": 3600, "limit": 200}],
}


def frames() -> list[tuple[int, bytes]]:
    """When what is sent: a reading a minute, a mean of each minute and of each hour, all of the same hours."""
    sent = []
    for hour, value in HOURS.items():
        begin_ms = START_MS + hour * HOUR_MS
        for minute in range(60):
            at_ms = begin_ms + minute * 60_000
            # What the means say is 1 off, so that whoever mixes them shows it.
            sent.append((at_ms + 60_000, f"a34002-Rtd={value}", "2011", at_ms + 60_000))
            sent.append((at_ms + 62_000, f"a34002-Avg={value + 1}", "2051", at_ms))
        sent.append((begin_ms + HOUR_MS + 5_000, f"a34002-Avg={value + 1},a34002-Max=900", "2061", begin_ms))
    return [
        (sent_ms, data_frame(content, data_ms, mn="M1", cn=command))
        for sent_ms, content, command, data_ms in sorted(sent)
    ]


def judged(tmp_path: Path, settings: MonitorSettings, commands: set[str]) -> list[Any]:
    """The alerts of these commands' frames, through the codec, the wire format and the rules."""
    reader = Reader()
    lines = []
    for sent_ms, frame in frames():
        (found,) = reader.feed(frame)
        assert isinstance(found, Frame)
        segment = decode_segment(found.segment)
        told_dust = to_dust(segment, settings) if segment.cn in commands else []
        lines += [
            Captured(received_ms=sent_ms, topic="haulwatch/v1/S1/dust", payload=msgspec.json.encode(dust))
            for dust in told_dust
        ]
    random.Random(5).shuffle(lines)
    path = tmp_path / "capture.ndjson"
    path.write_bytes(b"".join(map(encode_captured, lines)))
    registry = check(msgspec.json.encode(REGISTRY))
    assert isinstance(registry, Registry)
    result = backtest(registry, path)
    assert result.rejected == 0
    assert result.stored == len(lines)
    return [one for one in result.alerts if one.rule == "dust_exceedance"]


def told(alerts: list[Any]) -> list[Any]:
    return [
        (one.started_ms, one.ended_ms, [(w.mean, w.coverage) for w in one.evidence.windows]) for one in alerts
    ]


@pytest.mark.parametrize("feeds", Feed)
def test_all_commands_together_give_what_the_one_that_is_fed_gives(tmp_path: Path, feeds: Feed) -> None:
    settings = MonitorSettings(feeds=feeds)
    alone = judged(tmp_path, settings, {feeds.value})
    together = judged(tmp_path, settings, {feed.value for feed in Feed})
    assert told(together) == told(alone)
    ((started_ms, ended_ms, windows),) = told(together)
    assert (started_ms, ended_ms) == (START_MS + HOUR_MS, START_MS + 3 * HOUR_MS)
    off = 0.0 if feeds is Feed.READINGS else 1.0
    assert windows == [(260.0 + off, 1.0), (300.0 + off, 1.0)]
