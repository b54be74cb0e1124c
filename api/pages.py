"""The built page and the interactive documentation, both from files of our own: nothing from outside.

FastAPI's stock documentation page loads its script from a public address; a control room without
internet would see an empty page. The script comes with the page's build instead.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import FileResponse, HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from api.base_map import BaseMap

NOT_BUILT = (
    "<!doctype html><title>Haulwatch</title><p>{what} is not built yet: <code>make web</code> builds it."
)


def security_headers(origins: Sequence[str]) -> dict[str, str]:
    """What a browser is told about the page; besides the service it may ask these origins alone."""
    more = "".join(f" {origin}" for origin in origins)
    return {
        "content-security-policy": (
            f"default-src 'self'; img-src 'self' data: blob:{more}; style-src 'self' 'unsafe-inline'; "
            f"worker-src 'self' blob:; connect-src 'self' ws: wss:{more}; object-src 'none'; base-uri 'none'; "
            "frame-ancestors 'self'"
        ),
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
    }


class PageFiles(StaticFiles):
    """The build: hashed files may be kept for ever, the page itself is asked for each time."""

    def __init__(self, directory: Path, headers: Mapping[str, str]) -> None:
        """Serve a directory, each file with these headers."""
        super().__init__(directory=directory, html=True)
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve files whole: a range is never needed, and an unusable one would fail in a shape of its own."""
        headers = [header for header in scope.get("headers", ()) if header[0] != b"range"]
        await super().__call__({**scope, "headers": headers}, receive, send)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file with the headers that let a browser keep it, or not."""
        response = await super().get_response(path, scope)
        hashed = path.startswith("assets/")
        response.headers["cache-control"] = "public, max-age=31536000, immutable" if hashed else "no-cache"
        response.headers.update(self._headers)
        return response


def add_pages(app: FastAPI, web_dir: Path | None, base_map: BaseMap) -> None:
    """Serve /docs and, last of all routes, the page at /."""
    swagger_is_built = web_dir is not None and (web_dir / "swagger" / "swagger-ui-bundle.js").exists()

    @app.get("/docs", include_in_schema=False)
    async def get_docs() -> HTMLResponse:
        if not swagger_is_built:
            return HTMLResponse(NOT_BUILT.format(what="The documentation page"), status_code=503)
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title=f"{app.title} API",
            swagger_js_url="/swagger/swagger-ui-bundle.js",
            swagger_css_url="/swagger/swagger-ui.css",
            swagger_favicon_url="/favicon.svg",
            # With all of 150 operations open the page stops after the first two, and nobody reads them in a row.
            swagger_ui_parameters={"docExpansion": "none"},
        )

    @app.get("/f/{case_id}", include_in_schema=False)  # noqa: FAST003 -- the number is for the page itself
    async def get_field_form() -> Response:
        """The form of one case: the page reads the number and the secret from its own address."""
        form = None if web_dir is None else web_dir / "field.html"
        if form is None or not form.exists():
            return HTMLResponse(NOT_BUILT.format(what="The form"), status_code=503)
        headers = security_headers(()) | {"cache-control": "no-cache", "referrer-policy": "no-referrer"}
        return FileResponse(form, headers=headers)

    if web_dir is not None and (web_dir / "index.html").exists():
        app.mount("/", PageFiles(web_dir, security_headers(base_map.origins)), name="page")
        return

    @app.get("/", include_in_schema=False)
    async def get_page() -> HTMLResponse:
        return HTMLResponse(NOT_BUILT.format(what="The page"), status_code=503)
