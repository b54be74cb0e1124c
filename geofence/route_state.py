"""On the route and off it: how far beside every route that may be used."""

from collections.abc import Iterable, Mapping

from domain.identifiers import RouteId
from domain.report import DEFAULT_ACCURACY_M


def off_every_route_m(
    distances: Iterable[tuple[RouteId, float]],
    half_widths_m: Mapping[RouteId, float],
    accuracy_m: float | None,
) -> float | None:
    """Distance in metres to the nearest of the routes, where the fix is off each of them; None where on one.

    Off a route is farther than its half-width plus the fix's accuracy. Routes that `half_widths_m` does
    not name are not looked at; without any, there is no route to be off.
    """
    accuracy_m = DEFAULT_ACCURACY_M if accuracy_m is None else accuracy_m
    nearest_m: float | None = None
    for route_id, distance_m in distances:
        half_width_m = half_widths_m.get(route_id)
        if half_width_m is None:
            continue
        if distance_m <= half_width_m + accuracy_m:
            return None
        if nearest_m is None or distance_m < nearest_m:
            nearest_m = distance_m
    return nearest_m
