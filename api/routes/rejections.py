"""What was refused, whole, with its reason."""

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.schemas import RejectionItem, RejectionPage
from api.signed_in import ScopedDep
from domain.instant import to_rfc3339

router = APIRouter(tags=["loss account"])


@router.get("/rejections")
async def list_rejections(
    scoped: ScopedDep,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    before: Annotated[int | None, Query(ge=0, lt=2**63, description="`next` of the page before")] = None,
) -> RejectionPage:
    """Refused elements and messages, newest first."""
    rows = await scoped.rejections(limit=limit + 1, before=before)
    items = [_item(row) for row in rows[:limit]]
    return RejectionPage(items=items, next=items[-1].id if len(rows) > limit else None)


def _item(row: dict[str, Any]) -> RejectionItem:
    text, encoded = _payload(bytes(row["payload"]))
    return RejectionItem(
        id=row["id"],
        reason=row["reason"],
        detail=row["detail"],
        topic=row["topic"],
        device_id=row["device_id"],
        received_at=to_rfc3339(row["received_ms"]),
        payload=text,
        payload_b64=encoded,
    )


def _payload(payload: bytes) -> tuple[str | None, str | None]:
    try:
        return payload.decode(), None
    except UnicodeDecodeError:
        return None, base64.b64encode(payload).decode()
