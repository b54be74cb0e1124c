"""How the devices are: silent ones, bad fields, unknown ones, and who causes most alerts."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query

from api.deps import ServicesDep
from api.device_shapes import (
    BadFieldItem,
    BadFieldList,
    DeviceItem,
    DevicePage,
    LossDayItem,
    LossDays,
    NoisyItem,
    NoisyList,
    UnknownDeviceItem,
    UnknownDeviceList,
)
from api.device_state import STATES, DeviceState, KnownDevice, known_devices
from api.errors import ApiError
from api.routes.loss import MOST_DAYS
from api.signed_in import ScopedDep
from domain.instant import HOUR_MS, to_rfc3339, to_rfc3339_if_known
from domain.registry import Registry

router = APIRouter(tags=["devices"])

Limit = Annotated[int, Query(ge=1, le=500)]
First = Annotated[date, Query(description="First local day of arrival")]
Last = Annotated[date, Query(description="Last local day of arrival, included")]


@router.get("/devices")
async def list_devices(
    services: ServicesDep,
    scoped: ScopedDep,
    state: DeviceState | None = None,
    limit: Limit = 100,
    cursor: Annotated[str | None, Query(description="`next` of the page before", max_length=300)] = None,
) -> DevicePage:
    """The registry's devices, longest silent first; of one state where it is named."""
    after = None if cursor is None else _read_cursor(cursor)
    entry = await services.registry.in_force()
    now_ms = services.now_ms()
    known: Sequence[KnownDevice] = ()
    if entry is not None:
        ids = await scoped.devices()
        known = [
            one
            for one in known_devices(entry.registry, await scoped.heard(), now_ms)
            if ids is None or one.device_id in ids
        ]
    wanted = [one for one in known if state in (None, one.state) and (after is None or one.order > after)]
    page = wanted[:limit]
    return DevicePage(
        at=to_rfc3339(now_ms),
        counts={each: sum(one.state == each for one in known) for each in STATES},
        total=len(known),
        items=[_item(one) for one in page],
        next="{}:{}".format(*page[-1].order) if len(wanted) > limit else None,
    )


@router.get("/devices/unknown")
async def list_unknown_devices(
    services: ServicesDep, scoped: ScopedDep, limit: Limit = 100
) -> UnknownDeviceList:
    """Devices that report and are not in the registry in force, those seen last first."""
    entry = await services.registry.in_force()
    known = [] if entry is None else _device_ids(entry.registry)
    found = await scoped.unknown_devices(known=known, limit=limit)
    return UnknownDeviceList(
        at=to_rfc3339(services.now_ms()),
        devices=found.devices,
        messages=found.messages,
        items=[
            UnknownDeviceItem(
                device_id=one.device_id,
                count=one.count,
                first_at=to_rfc3339(one.first_ms),
                last_at=to_rfc3339(one.last_ms),
            )
            for one in found.items
        ],
    )


@router.get("/devices/bad-fields")
async def list_bad_fields(
    services: ServicesDep, scoped: ScopedDep, first: First, last: Last, limit: Limit = 100
) -> BadFieldList:
    """Fields that could not be read, by device and local day of arrival, the most frequent first."""
    _check_days(first, last)
    found = await scoped.bad_fields(first=first, last=last, limit=limit)
    return BadFieldList(
        at=to_rfc3339(services.now_ms()),
        first=first.isoformat(),
        last=last.isoformat(),
        lines=found.lines,
        total=found.total,
        items=[
            BadFieldItem(device_id=one.device_id, day=one.day.isoformat(), field=one.field, count=one.count)
            for one in found.items
        ],
    )


@router.get("/devices/noisiest")
async def list_noisiest(
    services: ServicesDep,
    scoped: ScopedDep,
    hours: Annotated[int, Query(ge=1, le=24 * 31, description="Of alerts detected in so many hours")] = 24,
    limit: Limit = 10,
) -> NoisyList:
    """The subjects that cause most alerts, those withdrawn since included."""
    now_ms = services.now_ms()
    from_ms = now_ms - hours * HOUR_MS
    found = await scoped.noisiest(from_ms=from_ms, to_ms=now_ms, limit=limit)
    return NoisyList(
        at=to_rfc3339(now_ms),
        since=to_rfc3339(from_ms),
        subjects=found.subjects,
        total=found.total,
        items=[NoisyItem(**msgspec.structs.asdict(one)) for one in found.items],
    )


@router.get("/loss/days")
async def list_loss_days(services: ServicesDep, scoped: ScopedDep, first: First, last: Last) -> LossDays:
    """The loss account by local day of arrival over all devices, newest first."""
    _check_days(first, last)
    rows = await scoped.loss_days(first=first, last=last)
    return LossDays(
        at=to_rfc3339(services.now_ms()),
        first=first.isoformat(),
        last=last.isoformat(),
        items=[LossDayItem(**msgspec.structs.asdict(row) | {"day": row.day.isoformat()}) for row in rows],
    )


def _check_days(first: date, last: date) -> None:
    if last < first or (last - first).days >= MOST_DAYS:
        raise ApiError(422, "invalid_request", f"last must be first or up to {MOST_DAYS - 1} days after it")


def _device_ids(registry: Registry) -> list[str]:
    carried = [one.device_id for one in registry.vehicles] + [one.device_id for one in registry.stations]
    return [device_id for device_id in carried if device_id is not None]


def _read_cursor(text: str) -> tuple[int, str]:
    heard_ms, _, device_id = text.partition(":")
    try:
        return int(heard_ms), device_id
    except ValueError:
        raise ApiError(422, "invalid_request", "cursor is no `next` of a page") from None


def _item(one: KnownDevice) -> DeviceItem:
    heard = one.heard
    heard_ms = None if heard is None else heard.heard_ms
    time_ms = None if heard is None else heard.time_ms
    return DeviceItem(
        device_id=one.device_id,
        kind=one.kind,
        subject_id=one.subject_id,
        label=one.label,
        plate_color=one.plate_color,
        state=one.state,
        heard_at=to_rfc3339_if_known(heard_ms),
        time=to_rfc3339_if_known(time_ms),
        online=None if heard is None else heard.online,
    )
