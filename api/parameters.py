"""Query parameters that a route does not know are refused by name: a filter that is misspelt must not filter nothing."""

from collections.abc import Iterator

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import HTTPConnection

from api.errors import ApiError


def only_known_parameters(connection: HTTPConnection) -> None:
    """Let requests pass whose query the route understands; raises ApiError 422 naming what it does not."""
    route = connection.scope.get("route")
    if not connection.query_params or not isinstance(route, APIRoute):
        return
    known = set(_names(route.dependant))
    unknown = sorted(connection.query_params.keys() - known)
    if unknown:
        can = f"what can be asked for is {', '.join(sorted(known))}" if known else "nothing can be asked for"
        raise ApiError(
            422,
            "invalid_request",
            "The request cannot be used as it is",
            details=[
                {"where": f"query.{name}", "message": f"There is no such parameter; {can}"}
                for name in unknown
            ],
        )


def _names(dependant: Dependant) -> Iterator[str]:
    for parameter in dependant.query_params:
        yield parameter.alias
    for needed in dependant.dependencies:
        yield from _names(needed)
