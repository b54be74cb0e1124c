"""A limit as the registry file writes it, so that a ready-made one can be copied and changed."""

from typing import Any

from domain.station import Limit
from domain.timewindow_document import validity_document, window_document

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
        "windows": [window_document(window) for window in limit.windows] or None,
        **validity_document(limit.validity),
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
