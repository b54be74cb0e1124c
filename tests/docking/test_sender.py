"""Sending over TLS: a name is believed by its own certificate alone, and nothing is kept of an answer but itself."""

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from docking.sender import Sender
from storage.deliveries import Door

BODY = b"{}"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """The certificate of localhost, with its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not there to make a certificate")
    file = tmp_path / "localhost.pem"
    subprocess.run(
        [
            openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", tmp_path / "key", "-out",
            tmp_path / "certificate",
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    file.write_bytes((tmp_path / "key").read_bytes() + (tmp_path / "certificate").read_bytes())
    return file


@asynccontextmanager
async def over_tls(certificate: Path) -> AsyncIterator[tuple[int, list[str]]]:
    """A server on 127.0.0.1: its port, and the heads of the requests that came."""
    heads: list[str] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                heads.append((await reader.readuntil(b"\r\n\r\n")).decode().lower())
                await reader.readexactly(len(BODY))
                writer.write(b"HTTP/1.1 204 Taken\r\nset-cookie: a=1\r\n\r\n")
        except (asyncio.IncompleteReadError, OSError):
            writer.close()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1], heads
    finally:
        server.close()
        await server.wait_closed()


async def test_a_connection_to_one_name_is_none_to_another_at_the_same_address(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with over_tls(certificate) as (port, heads), Sender(lambda: 0) as sender:

        async def said(name: str) -> tuple[int | None, str | None]:
            door = Door(target_id=1, url=f"https://{name}:{port}/hook", secrets=(b"secret",))
            outcome = await sender.send(door, "event", BODY)
            return outcome.status, outcome.error

        assert await said("localhost") == (204, None)
        assert await said("127.0.0.1") == (None, "tls")
        assert await said("localhost") == (204, None)
    assert len(heads) == 2
    assert "cookie:" not in heads[1]
