"""Every failure as one JSON shape: `{"error": {"code", "message", "details"?}}`.

`code` is stable and for programs, `message` is for people. What went wrong inside is logged, not told.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from alerts.case_flow import CaseRefused
from api.schemas import ErrorBody, ErrorInfo
from storage.cases import CaseChanged
from storage.drafts import BaseIsStale, DraftChanged
from storage.errors import NotThere, StorageUnavailable, ValueRefused, VersionRefused

log = structlog.get_logger()

_CODES = {
    401: "not_signed_in",
    403: "role",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "too_large",
    429: "too_often",
    422: "invalid_request",
    500: "internal_error",
    503: "database_unavailable",
}

ERROR_RESPONSES: dict[int | str, dict[str, Any]] = {
    422: {"model": ErrorBody, "description": "A parameter cannot be used; `details` says which and why"},
    500: {"model": ErrorBody, "description": "A fault of the service"},
    503: {"model": ErrorBody, "description": "The database is away"},
}
SIGN_IN_RESPONSES: dict[int | str, dict[str, Any]] = {
    401: {"model": ErrorBody, "description": "Nobody is signed in"},
    403: {"model": ErrorBody, "description": "The role does not allow it"},
}
TOO_OFTEN_RESPONSE: dict[int | str, dict[str, Any]] = {
    429: {
        "model": ErrorBody,
        "description": "Too often; `Retry-After` says how long to wait, where it is known",
    }
}
CHANGED_RESPONSE: dict[int | str, dict[str, Any]] = {
    409: {"model": ErrorBody, "description": "It is not as the client saw it, or does not allow this now"}
}
NOT_FOUND_RESPONSE: dict[int | str, dict[str, Any]] = {
    404: {"model": ErrorBody, "description": "There is no such thing"}
}


class ApiError(Exception):
    """A failure with a status and a code of its own."""

    def __init__(
        self, status: int, code: str, message: str, *, details: list[dict[str, str]] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details


def add_error_handlers(app: FastAPI) -> None:
    """Give every failure of the application the one shape."""
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(StorageUnavailable, _database_away)
    app.add_exception_handler(ValueRefused, _value_refused)
    app.add_exception_handler(NotThere, _not_there)
    app.add_exception_handler(CaseChanged, _case_changed)
    app.add_exception_handler(CaseRefused, _case_refused)
    app.add_exception_handler(DraftChanged, _draft_changed)
    app.add_exception_handler(BaseIsStale, _base_is_stale)
    app.add_exception_handler(VersionRefused, _version_refused)
    app.add_exception_handler(Exception, _internal_error)


def error_response(
    status: int,
    code: str,
    message: str,
    *,
    details: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """One failure in the one shape."""
    body = ErrorBody(error=ErrorInfo(code=code, message=message, details=details))
    return JSONResponse(body.model_dump(exclude_none=True), status_code=status, headers=headers)


async def _api_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)
    return error_response(error.status, error.code, error.message, details=error.details)


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if error.status_code == 400:  # a body that is no text at all; one that is no JSON is told of as invalid
        return error_response(422, _CODES[422], str(error.detail))
    code = _CODES.get(error.status_code) or HTTPStatus(error.status_code).name.lower()
    message = {
        404: f"There is nothing at {request.url.path}",
        405: f"{request.method} is not possible at {request.url.path}",
    }.get(error.status_code, str(error.detail))
    return error_response(error.status_code, code, message, headers=error.headers)


async def _invalid_request(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    details = [
        {"where": ".".join(str(part) for part in problem["loc"]), "message": str(problem["msg"])}
        for problem in error.errors()
    ]
    return error_response(422, _CODES[422], "The request cannot be used as it is", details=details)


async def _value_refused(_request: Request, _error: Exception) -> JSONResponse:
    return error_response(422, _CODES[422], "The request holds a text or a number that cannot be kept")


async def _not_there(_request: Request, error: Exception) -> JSONResponse:
    return error_response(404, _CODES[404], str(error))


async def _case_changed(_request: Request, error: Exception) -> JSONResponse:
    return error_response(409, "changed", f"Somebody was quicker: {error}")


async def _case_refused(_request: Request, error: Exception) -> JSONResponse:
    status = 403 if str(error) == "role" else 409
    return error_response(status, str(error), f"This is not possible with the case: {error}")


async def _draft_changed(_request: Request, error: Exception) -> JSONResponse:
    return error_response(409, "changed", f"Somebody was quicker: {error}")


async def _base_is_stale(_request: Request, error: Exception) -> JSONResponse:
    return error_response(409, "stale_base", f"Somebody was quicker: {error}", details=[])


async def _version_refused(_request: Request, error: Exception) -> JSONResponse:
    return error_response(409, "version_planned", str(error))


async def _database_away(request: Request, error: Exception) -> JSONResponse:
    log.warning(
        "database unavailable", action="api.database_unavailable", path=request.url.path, cause=str(error)
    )
    return error_response(
        503, _CODES[503], "The database cannot be reached; try again shortly", headers={"Retry-After": "2"}
    )


async def _internal_error(request: Request, error: Exception) -> JSONResponse:
    log.error("request failed", action="api.internal_error", path=request.url.path, exc_info=error)
    return error_response(500, _CODES[500], "The service failed on this request; its log says why")
