"""All that an alert rests on, read in one piece for its evidence bundle: besides what explains it, the device's
reports from a checkpoint before it on, every registry version that judged them, and what people did about it.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from alerts.capped import DAYS
from alerts.device_state import Order, decode_state
from alerts.facts import Fact
from alerts.ruleset import DAY_KINDS
from alerts.station_fold import BACKGROUND_KEPT_MS
from domain.identifiers import AreaId, DeviceId
from domain.instant import DAY_MS, HOUR_MS
from domain.report import BackgroundReport, DustReport, PositionReport
from domain.rule import RuleKind
from storage import facts, late, registry_versions
from storage.account import DayOf
from storage.batch import Checkpoint
from storage.case_records import Attachment, CaseAct, CaseRow, act_from, attachment_from, case_from
from storage.explaining import Case, load_case
from storage.records import AlertRow, RegistryVersion, VersionInForce
from storage.sql import queries

Connection: TypeAlias = "asyncpg.Connection[Any]"
Report = TypeVar("Report", PositionReport, DustReport)

WARM_UP_MS = DAY_MS
"""How long before an alert its device's reports begin where no checkpoint from before it is kept."""
TAIL = 2_000
"""Reports read beyond the alert's own time: what settled it may have come later."""
MOST_REPORTS = 200_000
MOST_REFUSED = 1_000
MOST_FILES_BYTES = 64 << 20
"""Of the case's files; those beyond are named with their digest and left out."""
_PAGE = 5_000


class Refused(Struct, frozen=True, kw_only=True):
    """Something of a device that was not taken in; topic and payload as they came."""

    received_ms: int
    reason: str
    detail: str
    topic: bytes
    payload: bytes


class HandledCase(Struct, frozen=True, kw_only=True):
    """What people did about an alert; of a file that is left out the content is None."""

    case: CaseRow
    log: Sequence[CaseAct]
    files: Sequence[tuple[Attachment, bytes | None]]


class Exhibit(Struct, frozen=True, kw_only=True):
    """All that is stored about one alert. The reports begin right after the checkpoint and reach beyond the alert.

    `versions` are all that are not cancelled; `documents` those that judged these reports, by number. `dumpings` and
    `stays` are what a suspected dump site may be made of. `case_id` is there too where the case may not be seen.
    """

    case: Case
    checkpoint: Checkpoint | None
    positions: Sequence[PositionReport]
    readings: Sequence[DustReport]
    background: Sequence[BackgroundReport]
    refused: Sequence[Refused]
    versions: Sequence[VersionInForce]
    documents: Mapping[int, RegistryVersion]
    dumpings: Sequence[AlertRow]
    stays: Sequence[Fact]
    case_id: int | None
    handled: HandledCase | None


async def load_exhibit(
    connection: Connection, alert_id: UUID, day_of: DayOf, districts: list[str] | None
) -> Exhibit | None:
    """All of one alert, the case only within `districts` (None: all); None where there is no such alert.

    Raises ValueError if its evidence is of a kind that this release does not know.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        case = await load_case(connection, alert_id, day_of)
        if case is None:
            return None
        alert = case.alert
        checkpoint = await _checkpoint(connection, case)
        positions: Sequence[PositionReport] = ()
        readings: Sequence[DustReport] = ()
        if alert.device_id is not None and alert.station_id is None:
            positions = await _read(
                connection, case, checkpoint, late.positions_after, "last_position_before"
            )
        elif alert.device_id is not None:
            readings = await _read(connection, case, checkpoint, late.dust_after, "last_reading_before")
        versions = await registry_versions.timeline(connection)
        documents = await _documents(connection, case, versions, [*positions, *readings])
        case_id = await connection.fetchval(queries("cases")["case_of_alert"], alert_id)
        is_place = alert.rule == RuleKind.SUSPECTED_DUMP_SITE
        around_ms = case.span.from_ms - DAY_MS, case.span.to_ms + DAY_MS
        return Exhibit(
            case=case,
            checkpoint=checkpoint,
            positions=positions,
            readings=readings,
            background=await _background(connection, alert, documents.values(), readings),
            refused=await _refused(connection, alert, [*positions, *readings], case),
            versions=versions,
            documents=documents,
            dumpings=await facts.alerts_of_rule(connection, RuleKind.ILLEGAL_DUMPING, *around_ms)
            if is_place
            else (),
            stays=await facts.stays_between(connection, *around_ms) if is_place else (),
            case_id=case_id,
            handled=None if case_id is None else await _handled(connection, case_id, districts),
        )


async def _checkpoint(connection: Connection, case: Case) -> Checkpoint | None:
    """The newest one from before the alert that this release can read; days need none."""
    alert = case.alert
    if alert.device_id is None or alert.rule in DAY_KINDS:
        return None
    found = await late.checkpoint_before(connection, DeviceId(alert.device_id), case.span.from_ms)
    try:
        return found if found is None or decode_state(found.state).order is not None else None
    except ValueError:
        return None


async def _read(
    connection: Connection,
    case: Case,
    checkpoint: Checkpoint | None,
    page_after: Callable[[Connection, DeviceId, Order | None, int], Awaitable[list[Report]]],
    last_before: str,
) -> list[Report]:
    """A device's reports from the checkpoint, else from some time before, until a while after the alert."""
    assert case.alert.device_id is not None
    device_id = DeviceId(case.alert.device_id)
    if checkpoint is not None:
        order = decode_state(checkpoint.state).order
    else:
        is_of_days = case.alert.rule in DAY_KINDS
        before_ms = case.span.from_ms - (DAYS * DAY_MS if is_of_days else WARM_UP_MS)
        row = await connection.fetchrow(queries("exhibits")[last_before], device_id, before_ms)
        first_ms = before_ms if row is None or row["time_ms"] is None else row["time_ms"]
        order = (first_ms, False, -1, b"")
    reports: list[Report] = []
    while len(reports) < MOST_REPORTS:
        page = await page_after(connection, device_id, order, _PAGE)
        reports += page
        beyond = sum(report.time_ms > case.span.to_ms for report in reports[-TAIL:])
        if len(page) < _PAGE or beyond >= TAIL:
            break
        order = page[-1].order
    inside = sum(report.time_ms <= case.span.to_ms for report in reports)
    return reports[: min(inside + TAIL, MOST_REPORTS)]


async def _documents(
    connection: Connection,
    case: Case,
    versions: Sequence[VersionInForce],
    reports: Sequence[PositionReport | DustReport],
) -> dict[int, RegistryVersion]:
    """The versions in force from the first report on until the last, and those that raised and changed the alert."""
    numbers = {case.alert.ruleset_version}
    if case.registry is not None:
        numbers.add(case.registry.version)
    from_ms = min([case.span.from_ms, *(report.time_ms for report in reports[:1])])
    first = registry_versions.in_force_at(versions, from_ms)
    # Of those after the last report one may have ended the alert: time passes by it.
    to_ms = max([case.span.to_ms, *(report.time_ms for report in reports[-1:])])
    numbers |= {one.version for one in versions if from_ms <= one.effective_from_ms <= to_ms}
    numbers |= set() if first is None else {first.version}
    found = [await registry_versions.load(connection, number) for number in sorted(numbers)]
    return {one.version: one for one in found if one is not None}


async def _background(
    connection: Connection,
    alert: AlertRow,
    documents: Iterable[RegistryVersion],
    readings: Sequence[DustReport],
) -> list[BackgroundReport]:
    """The hourly values of the areas that the station belonged to, from before its readings on to the hour after."""
    if not readings:
        return []
    areas = sorted({area for one in documents for area in _areas(one.document, str(alert.station_id))})
    from_ms, to_ms = readings[0].time_ms - BACKGROUND_KEPT_MS, readings[-1].time_ms + HOUR_MS
    return [
        value
        for area in areas
        for value in await late.background_after(connection, AreaId(area), from_ms)
        if value.time_ms <= to_ms
    ]


def _areas(document: bytes, station_id: str) -> set[str]:
    stations = msgspec.json.decode(document).get("stations") or []
    named = (
        one.get("background_area_id") or one.get("district_id")
        for one in stations
        if one.get("id") == station_id
    )
    return {area for area in named if area}


async def _refused(
    connection: Connection,
    alert: AlertRow,
    reports: Sequence[PositionReport | DustReport],
    case: Case,
) -> list[Refused]:
    """What was refused while these reports arrived."""
    if alert.device_id is None:
        return []
    arrivals_ms = [report.received_ms for report in reports if report.time_ms <= case.span.to_ms]
    from_ms = min([case.span.from_ms, *arrivals_ms])
    to_ms = max([case.span.to_ms, *arrivals_ms])
    rows = await connection.fetch(
        queries("exhibits")["refused"], alert.device_id, from_ms, to_ms, MOST_REFUSED
    )
    return [Refused(**row) for row in rows]


async def _handled(connection: Connection, case_id: int, districts: list[str] | None) -> HandledCase | None:
    """A case with its log and files, if it may be seen."""
    sql = queries("cases")
    row = await connection.fetchrow(sql["case"], districts, [case_id])
    if row is None:
        return None
    files: list[tuple[Attachment, bytes | None]] = []
    left = MOST_FILES_BYTES
    for kept in map(attachment_from, await connection.fetch(sql["attachments"], case_id)):
        left -= kept.size
        found = None if left < 0 else await connection.fetchrow(sql["attachment"], districts, kept.id)
        files.append((kept, None if found is None else bytes(found["content"])))
    log = [act_from(one) for one in await connection.fetch(sql["case_log"], case_id)]
    return HandledCase(case=case_from(row), log=log, files=files)
