"""Windows and validity as the registry file writes them."""

from typing import Any

from domain.entry_fields import clock_text
from domain.instant import to_rfc3339
from domain.timewindow import WEEKDAYS, Validity, Window


def window_document(window: Window) -> dict[str, Any]:
    """One of `windows`; without `days` it is every day's."""
    clock = {"from": clock_text(window.from_min), "to": clock_text(window.to_min)}
    return clock if window.days == WEEKDAYS else {"days": [day.value for day in window.days], **clock}


def validity_document(validity: Validity) -> dict[str, str | None]:
    """`valid_from` and `valid_to`, None where open-ended."""
    return {
        "valid_from": None if validity.from_ms is None else to_rfc3339(validity.from_ms),
        "valid_to": None if validity.to_ms is None else to_rfc3339(validity.to_ms),
    }
