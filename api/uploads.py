"""A file that comes as a request's body: bounded while it comes, its kind told by its content, its name made safe."""

import hashlib
from typing import Any

import filetype
from fastapi import Request
from msgspec import Struct

from api.errors import ApiError
from api.schemas import ErrorBody

MOST_BYTES = 10 * 1024 * 1024
MEDIA_TYPES = frozenset(
    {"image/jpeg", "image/png", "image/webp", "image/heic", "application/pdf", "video/mp4"}
)

TOO_LARGE_RESPONSE: dict[int | str, dict[str, Any]] = {
    413: {"model": ErrorBody, "description": "The file is too large"},
}
FILE_RESPONSES: dict[int | str, dict[str, Any]] = {
    **TOO_LARGE_RESPONSE,
    415: {"model": ErrorBody, "description": "The file is of a kind that is not kept"},
}
UPLOAD: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class ReceivedFile(Struct, frozen=True, kw_only=True):
    """A file as it will be kept."""

    name: str
    media_type: str
    sha256: bytes
    content: bytes


async def received(request: Request, name: str) -> ReceivedFile:
    """The request's body as a file; raises ApiError 413 as soon as it is too large, 415 for a kind not kept."""
    content = await body_of(request)
    kind = filetype.guess(content)
    media_type = None if kind is None else str(kind.mime)
    if media_type not in MEDIA_TYPES:
        raise ApiError(
            415, "media_type", f"Not a file of a kind that is kept: {', '.join(sorted(MEDIA_TYPES))}"
        )
    return ReceivedFile(
        name=clean(name), media_type=media_type, sha256=hashlib.sha256(content).digest(), content=content
    )


async def body_of(request: Request) -> bytes:
    """The request's body; raises ApiError 413 as soon as it is too large."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_BYTES:
            raise ApiError(413, "too_large", f"A file may have {MOST_BYTES // 1024 // 1024} MiB at most")
        parts.append(part)
    return b"".join(parts)


def clean(name: str) -> str:
    """A file's name without its path and without what cannot be printed."""
    bare = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in bare if letter.isprintable()) or "file"
