"""The base map under the district: where its tiles come from, and what has to be written on it.

Without a setting the page draws the registry alone and asks nobody else. Tiles of 天地图 are passed on by
the service, so that its key stays here and a desk needs no internet of its own.
"""

import asyncio
import itertools
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

from domain.zone import Crs

TIANDITU = tuple(f"https://t{number}.tianditu.gov.cn" for number in range(8))
TILE_LAYERS = ("vec", "cva")
DEEPEST_ZOOM = 18
MOST_BYTES = 2 * 1024 * 1024
WAIT_S = 8.0
AT_ONCE = 8


class TileError(Exception):
    """A tile could not be had; the text names neither the key nor the address."""


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One picture as the provider gave it."""

    body: bytes
    media_type: str


@dataclass(frozen=True, kw_only=True)
class BaseMap:
    """What is configured of the base map; nothing by default."""

    style_url: str = ""
    further_hosts: tuple[str, ...] = ()
    tianditu_key: str = ""
    crs: Crs = Crs.WGS84
    approval_no: str = ""
    source: str = ""
    tile_hosts: tuple[str, ...] = TIANDITU

    @property
    def is_configured(self) -> bool:
        """Whether there is one at all."""
        return bool(self.style_url or self.tianditu_key)

    @property
    def origins(self) -> list[str]:
        """The addresses that a browser asks by itself: those of a style, never those of passed-on tiles."""
        if not self.style_url:
            return []
        parts = urlsplit(self.style_url)
        return [f"{parts.scheme}://{parts.netloc}", *self.further_hosts]


class Tiles:
    """Fetches tiles of the configured provider, a few at once, the hosts in turn."""

    def __init__(self, base_map: BaseMap) -> None:
        """Know where; nothing is fetched yet."""
        self._map = base_map
        self._hosts = itertools.cycle(base_map.tile_hosts)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="tiles")

    async def fetch(self, layer: str, zoom: int, x: int, y: int) -> Tile:
        """One tile; raises TileError."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._fetch, self._address(layer, zoom, x, y))

    def _address(self, layer: str, zoom: int, x: int, y: int) -> str:
        return (
            f"{next(self._hosts)}/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}"
            f"&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={zoom}&TILEROW={y}&TILECOL={x}"
            f"&tk={self._map.tianditu_key}"
        )

    def _fetch(self, address: str) -> Tile:
        # The scheme is ours: the hosts are https, or those of a test.
        request = urllib.request.Request(address, headers={"user-agent": "Mozilla/5.0 Haulwatch"})  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=WAIT_S) as answer:  # noqa: S310
                media_type = answer.headers.get_content_type()
                body = answer.read(MOST_BYTES + 1)
        except (OSError, ValueError) as error:
            raise TileError(_reason(error)) from None
        if not media_type.startswith("image/") or len(body) > MOST_BYTES:
            raise TileError(f"the provider answered with {media_type}, which is no picture")
        return Tile(body=body, media_type=media_type)


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"the provider answered with status {error.code}"
    return "the provider cannot be reached"
