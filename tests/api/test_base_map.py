"""The base map: nothing by default, tiles passed on without the key, a policy that names the configured hosts."""

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from api.base_map import BaseMap, Tiles
from domain.zone import Crs
from tests.api.serving import SIGNED_IN, make_app, serve

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
KEY = "the-key-of-the-centre"


class Provider(ThreadingHTTPServer):
    """Somebody else's tile server: it keeps what it was asked, and fails where told."""

    asked: list[str]
    status = 200


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        assert isinstance(self.server, Provider)
        self.server.asked.append(self.path)
        self.send_response(self.server.status)
        self.send_header("content-type", "image/png" if self.server.status == 200 else "text/html")
        self.end_headers()
        self.wfile.write(PNG)

    def log_message(self, *args):
        pass


@pytest.fixture
def provider() -> Iterator[Provider]:
    server = Provider(("127.0.0.1", 0), Answer)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def tianditu(provider, **changes) -> BaseMap:
    host = f"http://127.0.0.1:{provider.server_address[1]}"
    return BaseMap(
        **({"tianditu_key": KEY, "tile_hosts": (host,), "approval_no": "GS(2024)0650号"} | changes)
    )


async def get(app, path, headers=SIGNED_IN) -> httpx.Response:
    async with serve(app) as url, httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as client:
        return await client.get(path)


async def test_nothing_is_configured_by_default(store):
    answer = await get(make_app(store), "/api/map")
    assert answer.json() == {
        "style_url": None,
        "has_tiles": False,
        "crs": "wgs84",
        "approval_no": None,
        "source": None,
    }


async def test_a_tile_is_passed_on_and_may_be_kept(store, provider):
    answer = await get(make_app(store, base_map=tianditu(provider)), "/api/map/tiles/cva/12/3431/1685")
    assert (answer.status_code, answer.content) == (200, PNG)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"].startswith("private, max-age=")
    [asked] = provider.asked
    assert asked.startswith("/cva_w/wmts?")
    assert "TILEMATRIX=12&TILEROW=1685&TILECOL=3431" in asked
    assert f"tk={KEY}" in asked


async def test_the_key_stays_at_the_service(store, provider):
    app = make_app(store, base_map=tianditu(provider))
    provider.status = 403
    refused = await get(app, "/api/map/tiles/vec/12/3431/1685")
    assert refused.status_code == 502
    assert refused.json()["error"]["code"] == "tiles_unavailable"
    for answer in (refused, await get(app, "/api/map")):
        assert KEY not in answer.text
    assert "403" in refused.json()["error"]["message"]


@pytest.mark.parametrize("path", ["vec/3/8/0", "vec/3/0/8"])
async def test_there_is_no_tile_beyond_the_edge(store, provider, path):
    answer = await get(make_app(store, base_map=tianditu(provider)), f"/api/map/tiles/{path}")
    assert answer.status_code == 404
    assert provider.asked == []


async def test_without_a_key_nobody_is_asked(store):
    assert (await get(make_app(store), "/api/map/tiles/vec/3/1/1")).status_code == 404


async def test_tiles_are_for_those_who_are_signed_in(store, provider):
    answer = await get(make_app(store, base_map=tianditu(provider)), "/api/map/tiles/vec/3/1/1", headers={})
    assert answer.status_code == 401
    assert provider.asked == []


async def test_what_is_no_picture_is_not_passed_on(store):
    """A provider that answers with a page of its own, status 200, must not have it run in ours."""

    class Page(Answer):
        def do_GET(self):
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(b"<script>")

    server = Provider(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        answer = await get(make_app(store, base_map=tianditu(server)), "/api/map/tiles/vec/3/1/1")
    finally:
        await asyncio.to_thread(server.shutdown)
        thread.join()
        server.server_close()
    assert answer.status_code == 502


async def test_the_hosts_of_the_provider_are_asked_in_turn(provider):
    host = f"http://127.0.0.1:{provider.server_address[1]}"
    tiles = Tiles(tianditu(provider, tile_hosts=(f"{host}/a", f"{host}/b")))
    for x in range(4):
        await tiles.fetch("vec", 3, x, 0)
    assert [asked.split("/")[1] for asked in provider.asked] == ["a", "b", "a", "b"]


async def test_the_pages_policy_names_the_hosts_of_a_style_alone(store, tmp_path):
    (tmp_path / "index.html").write_text("<!doctype html>", encoding="utf-8")
    plain = await get(make_app(store, web_dir=tmp_path), "/")
    style = BaseMap(
        style_url="https://maps.example/style.json",
        further_hosts=("https://tiles.example",),
        crs=Crs.GCJ02,
    )
    styled = await get(make_app(store, web_dir=tmp_path, base_map=style), "/")
    assert "example" not in plain.headers["content-security-policy"]
    policy = dict(part.split(" ", 1) for part in styled.headers["content-security-policy"].split("; "))
    for kind in ("img-src", "connect-src"):
        assert policy[kind].endswith("https://maps.example https://tiles.example")
    assert policy["default-src"] == "'self'"
    assert (await get(make_app(store, base_map=style), "/api/map")).json()["crs"] == "gcj02"
    keyed = await get(make_app(store, web_dir=tmp_path, base_map=BaseMap(tianditu_key=KEY)), "/")
    assert keyed.headers["content-security-policy"] == plain.headers["content-security-policy"]
