"""A permit as the registry file writes it, so that a case can show the one that it rests on."""

from typing import Any

from domain.permit import Permit
from domain.timewindow_document import validity_document, window_document


def permit_document(permit: Permit) -> dict[str, Any]:
    """One of `permits` of the registry file; what is absent or empty is left out."""
    document: dict[str, Any] = {
        "id": permit.id,
        "vehicle_ids": list(permit.vehicle_ids),
        "source_zone_ids": list(permit.source_zone_ids),
        "disposal_zone_ids": list(permit.disposal_zone_ids),
        "route_ids": list(permit.route_ids),
        "windows": [window_document(window) for window in permit.windows],
        "max_trip_min": permit.max_trip_min,
        "declared_t": permit.declared_t,
        "declared_m3": permit.declared_m3,
        "density_t_m3": permit.density_t_m3,
        **validity_document(permit.validity),
    }
    return {name: value for name, value in document.items() if value not in (None, [])}
