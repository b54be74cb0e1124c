"""What no honest client sends: odd methods and ranges, garbage frames, crowds that come and go."""

import asyncio
import base64
import contextlib
import os
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.asyncio.client import connect

from tests.api.serving import SIGNED_IN, make_app, serve
from tests.api.stream import listening
from tests.api.test_errors import GET_PATHS, assert_error, at


async def test_head_says_what_get_would_say(client, store):
    await store.save_registry(b'{"version": 1}', author="test", effective_from_ms=0)
    for path in GET_PATHS:
        got, head = await client.get(at(path)), await client.head(at(path))
        assert head.status_code == got.status_code
        assert head.headers["content-type"] == got.headers["content-type"]
        assert head.content == b""
    assert (await client.get("/api/health")).status_code == 200


async def test_an_unusable_range_of_the_page_gives_the_whole_page(store, tmp_path):
    (tmp_path / "index.html").write_text("<!doctype html><title>page</title>")
    async with (
        serve(make_app(store, web_dir=tmp_path)) as url,
        httpx.AsyncClient(base_url=url, headers=SIGNED_IN, timeout=60) as client,
    ):
        for given in ("bytes=5-1", "bytes=999999-", "bytes=0-0,1-1", "sheep=1"):
            page = await client.get("/", headers={"range": given})
            assert page.status_code == 200
            assert page.text.endswith("</title>")


PATHS_OUT_OF_THE_PAGE = (
    "/..%2f..%2f..%2fetc/passwd",
    "/assets/..%2f..%2fsecret",
    "/assets/%2e%2e/%2e%2e/secret",
    "/assets/%00",
    "/assets/%ff%fe",
    "/" + "a" * 5000,
    "//etc/passwd",
)


async def test_no_path_leads_out_of_the_page(store, tmp_path):
    (tmp_path / "secret").write_text("secret")
    web_dir = tmp_path / "web" / "dist"
    (web_dir / "assets").mkdir(parents=True)
    (web_dir / "index.html").write_text("<!doctype html>")
    async with serve(make_app(store, web_dir=web_dir)) as url, httpx.AsyncClient(timeout=60) as client:
        for path in PATHS_OUT_OF_THE_PAGE:
            assert_error(await client.get(url + path), 404, "not_found")


GARBAGE_FRAMES = {
    "unmasked": b"\x81\x03abc",
    "reserved bits": b"\xff\x83\x00\x00\x00\x00abc",
    "no UTF-8": b"\x81\x83\x00\x00\x00\x00\xff\xfe\xfd",
    "longer than all memory": b"\x82\xff" + (2**62).to_bytes(8, "big") + b"\x00\x00\x00\x00",
    "not a frame at all": b"GET / HTTP/1.1\r\n\r\n",
}


@pytest.mark.parametrize("frame", GARBAGE_FRAMES)
async def test_a_garbage_frame_ends_its_own_stream_and_no_other(url, frame):
    address = urlsplit(url)
    async with listening(url) as bystander:
        await bystander.until_type("hello")
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        key = base64.b64encode(os.urandom(16)).decode()
        writer.write(
            f"GET /api/live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Cookie: {SIGNED_IN['cookie']}\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        await reader.readuntil(b"\r\n\r\n")
        writer.write(GARBAGE_FRAMES[frame])
        async with asyncio.timeout(60):
            with contextlib.suppress(ConnectionError):
                while await reader.read(4096):
                    pass
        writer.close()
        await bystander.until_type("heartbeat")


async def test_two_hundred_clients_that_come_and_go_leave_nothing_behind(store):
    app = make_app(store)
    async with serve(app) as url:
        address = url.replace("http", "ws", 1) + "/api/live"

        async def come_and_go(number: int) -> None:
            socket = await connect(
                address + ("", "?after=0", "?after=bad")[number % 3], additional_headers=SIGNED_IN
            )
            if number % 2:
                await socket.recv()
            if number % 5:
                await socket.close()
            else:
                socket.transport.abort()

        await asyncio.gather(*(come_and_go(number) for number in range(200)))
        async with asyncio.timeout(60):
            while app.state.services.hub.clients:  # noqa: ASYNC110 - the hub tells nobody
                await asyncio.sleep(0.02)
        async with listening(url) as listener:
            await listener.until_type("heartbeat")
