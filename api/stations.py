"""One station over a span of time, as the API shows it."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from alerts.averaging import needs_background
from alerts.dust_limit import Background
from alerts.dust_windows import JudgedWindow, LimitSpan, Terms, days_of, limit_spans, windows_of
from alerts.facts import Fact
from api.reading_points import flag_spans, gaps, thinned
from api.station_shapes import (
    DayView,
    FlagSpan,
    GapSpan,
    LimitWindows,
    ReadingView,
    StationReadings,
    VisitView,
    WindowView,
)
from domain.identifiers import AreaId, DeviceId, LimitId
from domain.instant import to_rfc3339, to_rfc3339_if_known
from domain.limit_document import limit_document
from domain.localtime import local_midnight_ms, next_local_midnight_ms
from domain.quantity import Flag
from domain.registry import Registry
from domain.report import DustReport
from domain.station import Station
from domain.zone import ZoneKind
from storage.stations import StationReader


class Span(Struct, frozen=True, kw_only=True):
    """[from, to) in ms since 1970 UTC, and now."""

    from_ms: int
    to_ms: int
    at_ms: int


def areas_of(spans: Iterable[LimitSpan]) -> list[AreaId]:
    """The areas whose values the limits need."""
    return sorted(
        {span.area_id for span in spans if span.area_id is not None and needs_background(span.limit)}
    )


def devices_of(terms: Iterable[Terms]) -> list[DeviceId]:
    """The devices that a station had."""
    return sorted({one.device_id for one in terms if one.device_id is not None})


def windows_in(terms: Sequence[Terms], span: Span, only: LimitId | None) -> tuple[list[LimitSpan], int]:
    """The limits whose windows a span may hold, and about how many windows these are."""
    spans = [
        one
        for one in limit_spans(terms)
        if (only is None or one.limit.id == only)
        and (one.until_ms is None or one.until_ms > _day_ms(one, span)[0])
        and (one.from_ms is None or one.from_ms < span.to_ms)
    ]
    length_ms = max(0, min(span.to_ms, span.at_ms) - span.from_ms)
    return spans, sum(length_ms // (one.limit.window_s * 1000) + 1 for one in spans)


async def limits_over(reader: StationReader, spans: Sequence[LimitSpan], span: Span) -> list[LimitWindows]:
    """The windows of limits over a span, and their days whole."""
    if not spans or span.from_ms >= span.at_ms:
        return []
    days_ms = [_day_ms(one, span) for one in spans]
    from_ms, to_ms = min(first for first, _ in days_ms), max(last for _, last in days_ms)
    readings = {
        device_id: await reader.readings(device_id, from_ms, to_ms)
        for device_id in sorted({one.device_id for one in spans})
    }
    background = await reader.background(areas_of(spans), from_ms, to_ms)
    # A month of readings takes a while to add up; the live stream goes on meanwhile.
    return await asyncio.to_thread(
        lambda: [_limit_over(one, readings[one.device_id], background, span) for one in spans]
    )


def _day_ms(one: LimitSpan, span: Span) -> tuple[int, int]:
    """The whole local days of a span, as far as they have been."""
    last_ms = next_local_midnight_ms(max(span.from_ms, span.to_ms - 1), one.zone)
    return local_midnight_ms(span.from_ms, one.zone), min(last_ms, max(span.at_ms, span.from_ms + 1))


def _limit_over(
    one: LimitSpan, readings: Sequence[DustReport], background: Mapping[AreaId, Background], span: Span
) -> LimitWindows:
    hours = {} if one.area_id is None else background.get(one.area_id, {})
    from_ms, to_ms = _day_ms(one, span)
    windows = list(windows_of(one, readings, hours, from_ms, to_ms, at_ms=span.at_ms))
    return LimitWindows(
        limit=limit_document(one.limit),
        windows=[
            window_view(each)
            for each in windows
            if each.end_ms > span.from_ms and each.window.start_ms < span.to_ms
        ],
        days=[
            DayView(day=day.day.isoformat(), over=day.over, allowed=day.allowed)
            for day in days_of(windows, one.zone)
        ],
    )


def window_view(one: JudgedWindow) -> WindowView:
    """A window."""
    window = one.window
    return WindowView(
        start=to_rfc3339(window.start_ms),
        end=to_rfc3339(one.end_ms),
        mean=window.mean,
        value=window.value,
        background=window.background,
        aqi=window.aqi,
        coverage=window.coverage,
        lower_bound=window.lower_bound,
        verdict=window.verdict,
        closed=one.is_closed,
        in_force=one.in_force,
    )


def sites_of(registry: Registry, station: Station) -> list[str]:
    """The source sites that belong to a station's site."""
    return [
        zone.id
        for zone in registry.zones
        if station.site_id is not None
        and zone.kind is ZoneKind.SOURCE_SITE
        and zone.site_id == station.site_id
    ]


def visit_views(registry: Registry, visits: Iterable[Fact]) -> list[VisitView]:
    """Vehicles on site, by the time of entering."""
    vehicles = {vehicle.id: vehicle for vehicle in registry.vehicles}
    return [
        VisitView(
            vehicle_id=visit.vehicle_id,
            plate=vehicles[visit.vehicle_id].plate if visit.vehicle_id in vehicles else None,
            plate_color=vehicles[visit.vehicle_id].plate_color.value
            if visit.vehicle_id in vehicles
            else None,
            zone_id=visit.about,
            entered_at=to_rfc3339(visit.started_ms),
            left_at=to_rfc3339_if_known(visit.ended_ms),
        )
        for visit in visits
    ]


def readings_view(readings: Sequence[DustReport], span: Span, most: int) -> StationReadings:
    """Readings of a span, thinned out; flags and gaps of all of them."""
    return StationReadings.model_validate(
        {
            "from": to_rfc3339(span.from_ms),
            "to": to_rfc3339(span.to_ms),
            "total": len(readings),
            "items": [_reading(reading) for reading in thinned(readings, most)],
            "flags": [
                FlagSpan.model_validate(
                    {"quantity": quantity, "flag": flag, "from": to_rfc3339(first), "to": to_rfc3339(last)}
                )
                for quantity, flag, first, last in flag_spans(readings)
            ],
            "gaps": [
                GapSpan.model_validate({"from": to_rfc3339(first), "to": to_rfc3339(last)})
                for first, last in gaps(readings, span.from_ms, min(span.to_ms, span.at_ms))
            ],
        }
    )


def _reading(reading: DustReport) -> ReadingView:
    return ReadingView(
        time=to_rfc3339(reading.time_ms),
        interval_s=reading.interval_s,
        values={quantity.value: value for quantity, value in reading.values.items()},
        flags={
            quantity.value: flag.value for quantity, flag in reading.flags.items() if flag is not Flag.NORMAL
        },
    )
