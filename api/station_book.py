"""How every station stands, found anew when somebody asks and it is 20 s old."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence

from alerts.averaging import Verdict, window_at
from alerts.dust_limit import Background
from alerts.dust_windows import JudgedWindow, LimitSpan, limit_spans, look_of, windows_of
from alerts.station_health import SILENT_MS
from api.registry_view import RegistryEntry, station_view
from api.station_shapes import LastWindow, StationNow
from api.station_terms import TermsReader
from api.stations import areas_of, window_view
from domain.identifiers import AreaId, DeviceId, StationId
from domain.instant import DAY_MS, to_rfc3339
from domain.report import DustReport
from domain.station import Station
from storage.stations import Heard, StationReader
from storage.store import Store

AT_ONCE = 100
FOUND_EVERY_MS = 20_000
WINDOWS_BACK = 2
"""The newest closed window is the last or, until it is settled, the last but one."""


class StationBook:
    """Reads what the map and the list show of all stations; a scope picks from it."""

    def __init__(self, store: Store, terms: TermsReader, now_ms: Callable[[], int]) -> None:
        self._reader = StationReader(store)
        self._terms = terms
        self._now_ms = now_ms
        self._finding = asyncio.Lock()
        self._found: tuple[int, int, dict[StationId, StationNow]] | None = None

    async def now(self, entry: RegistryEntry) -> tuple[int, Mapping[StationId, StationNow]]:
        """When it was found (ms), and every station of the version in force."""
        async with self._finding:
            at_ms = self._now_ms()
            found = self._found
            if found is None or found[0] != entry.version or not 0 <= at_ms - found[1] < FOUND_EVERY_MS:
                found = self._found = (entry.version, at_ms, await self._find(entry, at_ms))
            return found[1], found[2]

    async def _find(self, entry: RegistryEntry, at_ms: int) -> dict[StationId, StationNow]:
        stations = entry.registry.stations
        heard = await self._reader.heard()
        found: dict[StationId, StationNow] = {}
        for first in range(0, len(stations), AT_ONCE):
            some = stations[first : first + AT_ONCE]
            terms = await self._terms.over(at_ms - 2 * DAY_MS, at_ms, [station.id for station in some])
            spans = {station_id: list(limit_spans(known)) for station_id, known in terms.items()}
            readings = await self._reader.readings_since(_since(spans, at_ms))
            background = await self._reader.background(
                areas_of(one for each in spans.values() for one in each), at_ms - 4 * DAY_MS, at_ms
            )
            # Many readings take a while to add up; the live stream goes on meanwhile.
            found |= await asyncio.to_thread(_stand, some, spans, readings, background, heard, at_ms)
        return found


def _from_ms(span: LimitSpan, at_ms: int) -> int:
    """The start of the oldest window that may be the newest closed one."""
    start_ms = window_at(at_ms, span.limit, span.zone).start_ms
    for _ in range(WINDOWS_BACK):
        start_ms = window_at(start_ms, span.limit, span.zone).start_ms
    return start_ms


def _since(spans: Mapping[StationId, Sequence[LimitSpan]], at_ms: int) -> dict[DeviceId, int]:
    since_ms: dict[DeviceId, int] = {}
    for span in (one for each in spans.values() for one in each):
        since_ms[span.device_id] = min(since_ms.get(span.device_id, at_ms), _from_ms(span, at_ms))
    return since_ms


def _stand(
    stations: Sequence[Station],
    spans: Mapping[StationId, Sequence[LimitSpan]],
    readings: Mapping[DeviceId, Sequence[DustReport]],
    background: Mapping[AreaId, Background],
    heard: Mapping[DeviceId, Heard],
    at_ms: int,
) -> dict[StationId, StationNow]:
    found = {}
    for station in stations:
        newest = list(_newest(spans[station.id], readings, background, at_ms))
        last = None if station.device_id is None else heard.get(station.device_id)
        is_silent = last is None or at_ms - last.time_ms >= SILENT_MS
        found[station.id] = StationNow(
            station=station_view(station),
            look=look_of(newest, is_silent).value,
            heard_at=None if last is None else to_rfc3339(last.time_ms),
            values={} if last is None else {quantity.value: value for quantity, value in last.values.items()},
            windows=[
                LastWindow(
                    limit_id=one.limit.id,
                    quantity=one.limit.quantity.value,
                    limit=one.limit.limit,
                    window=window_view(one),
                )
                for one in newest
            ],
        )
    return found


def _newest(
    spans: Sequence[LimitSpan],
    readings: Mapping[DeviceId, Sequence[DustReport]],
    background: Mapping[AreaId, Background],
    at_ms: int,
) -> Iterator[JudgedWindow]:
    """The newest closed window of each limit; one that awaits its background leaves the word to the one before."""
    newest: dict[str, JudgedWindow] = {}
    for span in spans:
        hours = {} if span.area_id is None else background.get(span.area_id, {})
        own = readings.get(span.device_id, ())
        for one in windows_of(span, own, hours, _from_ms(span, at_ms), at_ms, at_ms=at_ms):
            awaits = one.window.verdict == Verdict.PROVISIONAL and one.limit.id in newest
            if one.is_closed and not awaits:
                newest[one.limit.id] = one
    yield from newest.values()
