"""Windows and validity as the registry file writes them."""

from typing import Any

from domain.entry_fields import clock_text
from domain.instant import to_rfc3339_if_known
from domain.timewindow import WEEKDAYS, Validity, Window


def window_document(window: Window) -> dict[str, Any]:
    """One of `windows`; without `days` it is every day's."""
    clock = {"from": clock_text(window.from_min), "to": clock_text(window.to_min)}
    return clock if window.days == WEEKDAYS else {"days": [day.value for day in window.days], **clock}


def validity_document(validity: Validity) -> dict[str, str | None]:
    """`valid_from` and `valid_to`, None where open-ended."""
    return {
        "valid_from": to_rfc3339_if_known(validity.from_ms),
        "valid_to": to_rfc3339_if_known(validity.to_ms),
    }
