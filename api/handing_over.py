"""What one shift leaves to the next, put together from everything its person may see."""

from collections.abc import Sequence
from uuid import UUID

from alerts.case_flow import OPEN
from api.deps import Services
from api.device_state import known_devices
from api.report_shapes import (
    HandoverAlert,
    HandoverAlerts,
    HandoverCase,
    HandoverCases,
    HandoverDevice,
    HandoverDevices,
    HandoverShelves,
    HandoverState,
    HandoverView,
)
from api.shelf_view import shelf_view
from domain.instant import to_rfc3339, to_rfc3339_if_known
from domain.station import Severity
from exports.book import Book
from storage.case_records import CaseRow
from storage.records import AlertRow
from storage.reports import Handover
from storage.scoped import Scoped

MOST_ITEMS = 50
"""Of each list: a hand-over is read by somebody who sits down to work."""


async def state_now(services: Services, scoped: Scoped) -> HandoverState:
    """What is untaken, overdue, for review, shelved and silent now, and how much of each there is."""
    now_ms, scope = services.now_ms(), scoped.scope
    counts = await services.duty.counts(scope)
    untaken = await _untaken(scoped)
    cases = await services.case_lists.counts(scope, now_ms=now_ms)
    overdue, _ = await services.case_lists.page(
        scope, states=sorted(OPEN), overdue_at_ms=now_ms, limit=MOST_ITEMS
    )
    review, _ = await services.case_lists.page(scope, review_only=True, limit=MOST_ITEMS)
    shelved = [one for one in await services.shelves.shelves(scope, at_ms=now_ms) if one.over_because is None]
    book, silent, devices = await _devices(services, scoped, now_ms)
    alerts = await _first_alerts(services, [*overdue, *review])
    return HandoverState(
        at=to_rfc3339(now_ms),
        ongoing=sum(counts.ongoing.values()),
        untaken=HandoverAlerts(
            total=sum(counts.unacknowledged.values()), items=[_alert(one, book) for one in untaken]
        ),
        open=cases.open,
        overdue=HandoverCases(total=cases.overdue, items=[_case(one, alerts, book) for one in overdue]),
        review=HandoverCases(total=cases.review, items=[_case(one, alerts, book) for one in review]),
        shelved=HandoverShelves(total=len(shelved), items=[shelf_view(one) for one in shelved[:MOST_ITEMS]]),
        silent=HandoverDevices(total=len(silent), items=silent[:MOST_ITEMS]),
        devices=devices,
    )


def handover_view(kept: Handover) -> HandoverView:
    """A hand-over as the API shows it."""
    return HandoverView(
        id=kept.id,
        at=to_rfc3339(kept.at_ms),
        user_id=kept.user_id,
        user_name=kept.user_name,
        handed_to=kept.handed_to,
        note=kept.note,
        state=HandoverState.model_validate_json(kept.state),
    )


async def _untaken(scoped: Scoped) -> list[AlertRow]:
    """The worst first, the newest of it first: what the list has no room for is the least of it."""
    found: list[AlertRow] = []
    for severity in reversed(Severity):
        if len(found) < MOST_ITEMS:
            found += await scoped.alerts(
                severities=[severity], unacknowledged_only=True, limit=MOST_ITEMS - len(found)
            )
    return found


async def _devices(
    services: Services, scoped: Scoped, now_ms: int
) -> tuple[Book | None, list[HandoverDevice], int]:
    """What ids are called, the silent devices, and how many devices there are."""
    entry = await services.registry.in_force()
    if entry is None:
        return None, [], 0
    ids = await scoped.devices()
    known = [
        one
        for one in known_devices(entry.registry, await scoped.heard(), now_ms)
        if ids is None or one.device_id in ids
    ]
    silent = [
        HandoverDevice(
            device_id=one.device_id,
            label=one.label,
            heard_at=None
            if one.heard is None or one.heard.heard_ms is None
            else to_rfc3339(one.heard.heard_ms),
        )
        for one in known
        if one.state == "silent"
    ]
    return Book(entry.registry), silent, len(known)


async def _first_alerts(services: Services, cases: Sequence[CaseRow]) -> dict[UUID, AlertRow]:
    """The first alert of each case, by id."""
    found = [
        await services.store.alert(one) for one in {case.alert_ids[0] for case in cases if case.alert_ids}
    ]
    return {one.id: one for one in found if one is not None}


def _alert(alert: AlertRow, book: Book | None) -> HandoverAlert:
    return HandoverAlert.model_validate(
        {
            "id": str(alert.id),
            "rule": alert.rule,
            "severity": alert.severity,
            "subject": _subject(alert, book),
            "started_at": to_rfc3339(alert.started_ms),
        }
    )


def _case(case: CaseRow, alerts: dict[UUID, AlertRow], book: Book | None) -> HandoverCase:
    alert = alerts.get(case.alert_ids[0]) if case.alert_ids else None
    return HandoverCase(
        id=case.id,
        state=case.state,
        rule=None if alert is None else alert.rule,
        subject=(case.plate or "") if alert is None else _subject(alert, book),
        title=case.title,
        assignee=case.assignee,
        due_at=to_rfc3339_if_known(case.due_ms),
        review=case.review,
    )


def _subject(alert: AlertRow, book: Book | None) -> str:
    named = "" if book is None else book.plate(alert.vehicle_id) or book.station(alert.station_id)
    return named or alert.vehicle_id or alert.station_id or alert.area or alert.device_id or ""
