"""The files of a backtest: alerts, and the difference of two judgements, one JSON object a line.

A file appears whole or not at all.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec

from alerts.alert_json import alert_json, finding_json
from alerts.difference import Alert, Change
from alerts.finding import Finding
from storage.records import AlertRow

_ENCODER = msgspec.json.Encoder()


def write_alerts(path: Path, alerts: Iterable[Finding], *, ruleset_version: int) -> None:
    """One alert a line, in the order given; raises OSError."""
    with _whole(path) as out:
        out.writelines(finding_json(one, ruleset_version=ruleset_version) + b"\n" for one in alerts)


def write_changes(
    path: Path, changes: Sequence[Change], companies: Mapping[str, str], *, versions: tuple[int, int]
) -> None:
    """One change a line; raises OSError."""
    with _whole(path) as out:
        out.writelines(change_json(one, companies, versions=versions) + b"\n" for one in changes)


def change_json(change: Change, companies: Mapping[str, str], *, versions: tuple[int, int]) -> bytes:
    """One change as a JSON object; `versions` judged before and after, a stored alert names its own."""
    return _ENCODER.encode(
        {
            "change": change.kind,
            "company_id": companies.get(change.alert.vehicle_id or ""),
            "before": _json(change.before, versions[0]),
            "after": _json(change.after, versions[1]),
        }
    )


def _json(alert: Alert | None, version: int) -> msgspec.Raw | None:
    if alert is None:
        return None
    if isinstance(alert, AlertRow):
        return msgspec.Raw(alert_json(alert))
    assert isinstance(alert, Finding), "alerts are found or stored"
    return msgspec.Raw(finding_json(alert, ruleset_version=version))


@contextmanager
def _whole(path: Path) -> Iterator[BinaryIO]:
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as out:
            yield out
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
