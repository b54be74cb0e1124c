"""A shelf as the API and the stream show it."""

from typing import Literal

from pydantic import Field

from api.schemas import Instant, Severity, Shape
from domain.instant import to_rfc3339
from storage.shelves import Shelf


class ShelfView(Shape):
    """Alerts of one subject, rule and district that are, or were, kept off the list."""

    id: int
    subject: str = Field(examples=["vehicle:V1"])
    rule_id: str
    severity: Severity = Field(description="What is more severe than this is not hidden")
    district_id: str | None
    alert_id: str | None
    at: str = Instant
    until: str = Instant
    until_ended: bool = Field(description="Until the alert it was made for has ended, if that is earlier")
    reason: str
    user_id: str
    user_name: str
    over_at: str = Field(description="When it was taken back, else `until`")
    over_because: Literal["taken_back", "time", "ended"] | None = Field(description="null while it stands")


def shelf_view(shelf: Shelf) -> ShelfView:
    """A row as the API shows it."""
    return ShelfView(
        id=shelf.id,
        subject=shelf.subject,
        rule_id=shelf.rule_id,
        severity=shelf.severity,
        district_id=shelf.district_id,
        alert_id=None if shelf.alert_id is None else str(shelf.alert_id),
        at=to_rfc3339(shelf.at_ms),
        until=to_rfc3339(shelf.until_ms),
        until_ended=shelf.until_ended,
        reason=shelf.reason,
        user_id=shelf.user_id,
        user_name=shelf.user_name,
        over_at=to_rfc3339(shelf.until_ms if shelf.taken_back_ms is None else shelf.taken_back_ms),
        over_because=shelf.over_because,
    )
