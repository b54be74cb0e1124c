"""The golden payloads, which the simulators write from the format's text, are read as they were meant."""

import json
from pathlib import Path

import msgspec
import pytest

from domain.quantity import Quantity
from ingest.wire import KnownDevices, decode

GOLDEN = sorted((Path(__file__).parents[1] / "golden" / "payloads").glob("*.json"))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_payload_is_read_as_it_was_meant(path: Path) -> None:
    golden = json.loads(path.read_text(encoding="utf-8"))
    owner = {golden["device_id"]}
    known = KnownDevices(vehicles=owner, stations=owner, areas=owner)
    meant = golden["elements"]
    received_ms = max(one["time"] for one in meant) + 1000
    payload = json.dumps(golden["payload"], ensure_ascii=False).encode()
    decoded = decode(golden["topic"], payload, received_ms, known)
    assert decoded.rejections == []
    reports = [*decoded.positions, *decoded.dust, *decoded.background]
    assert len(reports) == len(meant)
    for report, element in zip(reports, meant, strict=True):
        assert report.bad_fields == ()
        assert report.extra_json is None
        read = msgspec.to_builtins(report, builtin_types=(bytes,))
        assert read["time_ms"] == element["time"]
        for name, value in element.items():
            if name == "time" or value is None:
                continue
            found = read["values"][name] if name in set(Quantity) and "values" in read else read[name]
            found = list(found) if isinstance(found, tuple) else found
            assert found == (pytest.approx(value, abs=1e-6) if isinstance(value, float) else value)
