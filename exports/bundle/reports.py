"""Reports, as they are stored, one JSON object a line, and back without loss.

Names and times are those of the wire format; `digest` is the report's own, and `extra` what it said besides.
What is unknown is left out.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

from domain.instant import from_rfc3339, to_rfc3339
from domain.report import BackgroundReport, DustReport, PositionReport
from storage.exhibits import Refused

Report = TypeVar("Report", PositionReport, DustReport, BackgroundReport)

_ENCODER = msgspec.json.Encoder()


def encode_reports(reports: Iterable[PositionReport | DustReport | BackgroundReport]) -> bytes:
    """Lines of reports."""
    return b"".join(_ENCODER.encode(_said(report)) + b"\n" for report in reports)


def decode_reports(data: bytes, kind: type[Report]) -> list[Report]:
    """Lines back to reports; raises ValueError where one is none."""
    return [_read(line, kind) for line in data.splitlines()]


def encode_refused(refused: Iterable[Refused]) -> bytes:
    """Lines of what was refused; what is no text is given in hexadecimal digits."""
    return b"".join(
        _ENCODER.encode(
            {
                "received_at": to_rfc3339(one.received_ms),
                "reason": one.reason,
                "detail": one.detail,
                **_text("topic", one.topic),
                **_text("payload", one.payload),
            }
        )
        + b"\n"
        for one in refused
    )


def _text(name: str, data: bytes) -> dict[str, str]:
    try:
        return {name: data.decode()}
    except UnicodeDecodeError:
        return {f"{name}_hex": data.hex()}


def _said(report: PositionReport | DustReport | BackgroundReport) -> dict[str, Any]:
    fields = {name: getattr(report, name) for name in report.__struct_fields__}
    said: dict[str, Any] = {name: fields.pop(name) for name in ("device_id", "area_id") if name in fields}
    said |= {"time": to_rfc3339(fields.pop("time_ms")), "received_at": to_rfc3339(fields.pop("received_ms"))}
    said["digest"] = fields.pop("digest").hex()
    extra_json = fields.pop("extra_json")
    del fields["bad_fields"]
    said |= {name: value for name, value in fields.items() if value is not None}
    if extra_json is not None:
        said["extra"] = msgspec.Raw(extra_json.encode())
    return said


def _read(line: bytes, kind: type[Report]) -> Report:
    said = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    fields: dict[str, Any] = {
        name: msgspec.json.decode(value)
        for name, value in said.items()
        if name not in ("time", "received_at", "digest", "extra")
    }
    for name, at in (("time", "time_ms"), ("received_at", "received_ms")):
        fields[at] = from_rfc3339(msgspec.json.decode(said[name], type=str))
    extra = said.get("extra")
    fields["extra_json"] = None if extra is None else bytes(extra).decode()
    digest = bytes.fromhex(msgspec.json.decode(said["digest"], type=str))
    return msgspec.structs.replace(msgspec.convert(fields | {"digest": b""}, kind), digest=digest)
