"""A stored position as the API shows it."""

from typing import Any

from api.schemas import Position
from domain.instant import to_rfc3339
from storage.store import LatestPosition


def position_view(row: LatestPosition) -> Position:
    """The newest known position of one device."""
    fields: dict[str, Any] = {
        name: getattr(row, name)
        for name in ("lon", "lat", "speed_kmh", "heading_deg", "ignition", "load", "lift", "cover", "online")
    }
    # Stored values were checked on their way in; checking 11,000 of them each second buys nothing.
    return Position.model_construct(
        device_id=row.device_id,
        time=to_rfc3339(row.time_ms),
        received_at=to_rfc3339(row.received_ms),
        **fields,
    )
