"""What people did about an alert, as files of its bundle: the case, its log with all texts, and its pictures."""

from typing import Any

import msgspec
from msgspec import Struct

from domain.instant import to_rfc3339_if_known
from storage.case_records import Attachment
from storage.exhibits import HandledCase

CASE, CASE_LOG = "case.json", "case_log.ndjson"

_ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/heic": "heic",
    "application/pdf": "pdf",
    "video/mp4": "mp4",
}


def handled_files(handled: HandledCase) -> dict[str, bytes]:
    """The files: named by number, whatever people called them; what they called them is in the case."""
    files = {
        name: content
        for number, (kept, content) in enumerate(handled.files, start=1)
        if content is not None
        for name in [file_name(number, kept)]
    }
    listed = [
        _timed(kept) | {"file": file_name(number, kept) if content is not None else None}
        for number, (kept, content) in enumerate(handled.files, start=1)
    ]
    case = _timed(handled.case) | {"files": listed}
    files[CASE] = msgspec.json.format(msgspec.json.encode(case), indent=2) + b"\n"
    files[CASE_LOG] = b"".join(
        msgspec.json.encode(_timed(act) | {"detail": msgspec.Raw(act.detail.encode())}) + b"\n"
        for act in handled.log
    )
    return files


def file_name(number: int, kept: Attachment) -> str:
    """A name that every system can have: the number of the file in its case, and an ending by its content."""
    return f"files/{number:03}.{_ENDINGS.get(kept.media_type, 'bin')}"


def _timed(struct: Struct) -> dict[str, Any]:
    """The fields of a row, its times as text; what only sorts lists is left out."""
    fields = msgspec.to_builtins(struct)
    return {
        _name(name): to_rfc3339_if_known(value) if name.endswith("_ms") else value
        for name, value in fields.items()
        if name not in ("sort_ms", "due_ms")
    }


def _name(name: str) -> str:
    return "at" if name == "at_ms" else f"{name.removesuffix('_ms')}_at" if name.endswith("_ms") else name
