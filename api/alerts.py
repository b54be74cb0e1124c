"""Alerts as the API shows them, and the cursor that continues a page."""

import base64
import binascii
from typing import Any
from uuid import UUID

import msgspec

from alerts.alert_json import alert_json
from domain.instant import to_rfc3339_if_known
from storage.store import AlertRow


def alert_object(row: AlertRow, trip_started_ms: int | None = None) -> dict[str, Any]:
    """The alert object of the wire format, ready for a JSON encoder, with the trip that it belongs to."""
    found: dict[str, Any] = msgspec.json.decode(alert_json(row))
    return found | {"trip_started_at": to_rfc3339_if_known(trip_started_ms)}


def cursor_after(row: AlertRow) -> str:
    """The cursor that continues after a row."""
    return base64.urlsafe_b64encode(f"{row.detected_ms}:{row.id.hex}".encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[int, UUID]:
    """Where a cursor continues; raises ValueError if it is none of ours."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        detected_ms, _, alert_id = text.partition(":")
        found = int(detected_ms), UUID(hex=alert_id)
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise ValueError("not a cursor of this API") from error
    if not -(2**63) <= found[0] < 2**63:
        raise ValueError("not a cursor of this API")
    return found
