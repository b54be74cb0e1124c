"""One event over HTTP: to an address that may be sent to, in a bounded time, with a bounded answer.

A redirection is not followed, a proxy of the environment not used, and the name is looked up here, so that what
is connected to is what was looked at.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Self

import httpx

from docking.retry import Outcome, refuses_by_clock, retry_after_s
from docking.signature import signed_headers
from domain.web_address import is_refused_address, why_unfit
from storage.deliveries import Door

TIMEOUT_S = 15.0
"""From looking up the name to the end of the answer; the specification recommends 15 to 30 s."""

ANSWER_BYTES = 2_000


class Sender:
    """Sends events; targets share nothing but this."""

    def __init__(self, now_ms: Callable[[], int], *, timeout_s: float = TIMEOUT_S) -> None:
        """`now_ms` is the time that is signed."""
        self._now_ms = now_ms
        self._timeout_s = timeout_s
        self._trusted = httpx.create_ssl_context(trust_env=False)
        # An authority of one's own is made known to the system, as for every other program.
        self._trusted.load_default_certs()
        # One for each name: connections are kept by address, and one of another name's has shown its certificate.
        self._clients: dict[str, httpx.AsyncClient] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._clients.values():
            await client.aclose()

    async def send(self, door: Door, event_id: str, body: bytes) -> Outcome:
        """Send once, and tell how it ended."""
        unfit = why_unfit(door.url)
        if unfit is not None:
            return Outcome(error=f"url_{unfit}")
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._sent(httpx.URL(door.url), door, event_id, body)
        except (TimeoutError, httpx.TimeoutException):
            return Outcome(error="timeout")
        except (socket.gaierror, UnicodeError):
            return Outcome(error="unknown_host")
        except httpx.ConnectError as error:
            return Outcome(error="tls" if _is_tls(error) else "unreachable")
        except httpx.ProtocolError:
            return Outcome(error="no_http")
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            return Outcome(error="cut_off")

    async def _sent(self, url: httpx.URL, door: Door, event_id: str, body: bytes) -> Outcome:
        addresses = await _addresses(url)
        if not addresses:
            return Outcome(error="address_refused")
        for address in addresses[:-1]:
            try:
                return await self._ask(url, address, door, event_id, body)
            except httpx.ConnectError:
                continue  # a name of several addresses, of which one may answer
        return await self._ask(url, addresses[-1], door, event_id, body)

    async def _ask(self, url: httpx.URL, address: str, door: Door, event_id: str, body: bytes) -> Outcome:
        now_ms = self._now_ms()
        headers = {
            "host": url.netloc.decode(),
            "content-type": "application/json",
            "user-agent": "Haulwatch",
            "accept-encoding": "identity",
        } | signed_headers(event_id, body, at_s=now_ms // 1000, secrets=door.secrets)
        async with self._client_of(url.host).stream(
            "POST",
            url.copy_with(host=address),
            content=body,
            headers=headers,
            extensions={"sni_hostname": url.raw_host.decode()},
        ) as response:
            said = response.headers
            return Outcome(
                status=response.status_code,
                error="clocks" if refuses_by_clock(response.status_code, said.get("date"), now_ms) else None,
                answer=await _beginning(response),
                retry_after_s=retry_after_s(said.get("retry-after"), now_ms),
            )

    def _client_of(self, host: str) -> httpx.AsyncClient:
        if host not in self._clients:
            self._clients[host] = httpx.AsyncClient(
                verify=self._trusted,
                follow_redirects=False,
                trust_env=False,
                timeout=self._timeout_s,
                limits=httpx.Limits(
                    max_connections=None, max_keepalive_connections=10, keepalive_expiry=30.0
                ),
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            )
        return self._clients[host]


async def _addresses(url: httpx.URL) -> Sequence[str]:
    """Where a name leads, as far as may be sent there; raises OSError where it leads nowhere."""
    port = url.port or (443 if url.scheme == "https" else 80)
    found = await asyncio.get_running_loop().getaddrinfo(url.raw_host.decode(), port, type=socket.SOCK_STREAM)
    return [
        address
        for address in dict.fromkeys(str(one[4][0]) for one in found)
        if not is_refused_address(address)
    ]


async def _beginning(response: httpx.Response) -> str:
    """The beginning of an answer as text that the database keeps; the rest is not read."""
    taken = b""
    async for part in response.aiter_raw():
        taken += part[: ANSWER_BYTES - len(taken)]
        if len(taken) >= ANSWER_BYTES:
            break
    text = taken.decode("utf-8", "replace")
    return "".join(one if one.isprintable() or one == "\n" else " " for one in text).strip()


def _is_tls(error: httpx.ConnectError) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
