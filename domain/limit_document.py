"""A limit as the registry file writes it, so that a ready-made one can be copied and changed."""

from typing import Any

from domain.entry_fields import clock_text
from domain.instant import to_rfc3339
from domain.station import Limit
from domain.timewindow import Validity, Window

DEFAULTS = {"name": "", "enabled": True, "severity": "minor", "minus_background": False}


def limit_document(limit: Limit) -> dict[str, Any]:
    """One of `limits` of the registry file; what is as by default is left out."""
    document: dict[str, Any] = {
        "id": limit.id,
        "name": limit.name,
        "quantity": limit.quantity.value,
        "window_s": limit.window_s,
        "limit": limit.limit,
        "clear_below": limit.clear_below,
        "enabled": limit.enabled,
        "severity": limit.severity.value,
        "minus_background": limit.minus_background,
        "background_cap": limit.background_cap,
        "stage": limit.stage,
        "exceedances_allowed_per_day": limit.exceedances_allowed_per_day or None,
        "min_coverage": limit.min_coverage,
        "windows": [_window(window) for window in limit.windows] or None,
        **_validity(limit.validity),
    }
    if limit.aqi_correction is not None:
        correction = limit.aqi_correction
        document["aqi_correction"] = {
            "from": correction.from_aqi,
            "to": correction.to_aqi,
            "subtract": correction.subtract,
        }
    return {
        name: value
        for name, value in document.items()
        if value is not None and not (name in DEFAULTS and value == DEFAULTS[name])
    }


def _window(window: Window) -> dict[str, Any]:
    return {
        "days": [day.value for day in window.days],
        "from": clock_text(window.from_min),
        "to": clock_text(window.to_min),
    }


def _validity(validity: Validity) -> dict[str, str | None]:
    return {
        "valid_from": None if validity.from_ms is None else to_rfc3339(validity.from_ms),
        "valid_to": None if validity.to_ms is None else to_rfc3339(validity.to_ms),
    }
