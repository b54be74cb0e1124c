"""Shelving: one subject's alerts of one rule are kept off the list for a while. It stops nothing else."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from api.deps import Services, ServicesDep
from api.errors import NOT_FOUND_RESPONSE, ApiError
from api.shelf_view import ShelfView, shelf_view
from api.signed_in import PersonDep, ScopedDep
from domain.instant import HOUR_MS
from domain.person import Permission, Person
from domain.shift import end_of_shift_ms
from domain.station import Severity
from storage.shelves import LONGEST_MS

router = APIRouter(tags=["alerts"])

Length = Literal["15min", "1h", "4h", "shift", "ended"]
ShelfId = Annotated[int, Path(ge=1, le=2**63 - 1)]
LENGTHS_MS: dict[str, int] = {
    "15min": HOUR_MS // 4, "1h": HOUR_MS, "4h": 4 * HOUR_MS, "ended": LONGEST_MS,
}  # fmt: skip


class NewShelf(BaseModel):
    """What is to be shelved: what is like an alert, for how long, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    alert_id: UUID = Field(
        description="Its subject, rule and district are shelved, as far as no more severe than it is"
    )
    until: Length = Field(
        description="`shift`: the end of the shift; `ended`: the end of this alert, after 12 h at the latest"
    )
    reason: str = Field(min_length=1, max_length=500)


@router.get("/shelves")
async def list_shelves(services: ServicesDep, person: PersonDep) -> list[ShelfView]:
    """What is shelved now (`over_because` null), and what was within the last 24 h, newest first."""
    return [shelf_view(one) for one in await services.shelves.shelves(person.scope, at_ms=services.now_ms())]


@router.post("/shelves", status_code=201, responses=NOT_FOUND_RESPONSE)
async def shelve(services: ServicesDep, scoped: ScopedDep, person: PersonDep, given: NewShelf) -> ShelfView:
    """Keep alerts off the list; critical ones are for whoever may tune rules."""
    alert = await scoped.alert(given.alert_id)
    if alert is None:
        raise ApiError(404, "not_found", f"There is no alert {given.alert_id}")
    _check_right(person, Severity(alert.severity))
    if not given.reason.strip():
        raise ApiError(422, "reason_needed", "Say why it is shelved")
    now_ms = services.now_ms()
    kept = await services.shelves.shelve(
        person,
        alert,
        until_ms=await _until_ms(services, given.until, now_ms),
        until_ended=given.until == "ended",
        reason=given.reason.strip(),
        at_ms=now_ms,
    )
    detail = {"shelf": kept.id, "rule_id": kept.rule_id, "until_ms": kept.until_ms, "reason": kept.reason}
    await services.people.note(person.user_id, "shelve", kept.subject, detail=detail)
    return shelf_view(kept)


@router.delete("/shelves/{shelf_id}", responses=NOT_FOUND_RESPONSE)
async def unshelve(services: ServicesDep, person: PersonDep, shelf_id: ShelfId) -> ShelfView:
    """Bring alerts back onto the list before their time."""
    _check_right(person, Severity.INFO)
    kept = await services.shelves.unshelve(person, shelf_id, at_ms=services.now_ms())
    detail = {"shelf": kept.id, "rule_id": kept.rule_id}
    await services.people.note(person.user_id, "unshelve", kept.subject, detail=detail)
    return shelf_view(kept)


def _check_right(person: Person, severity: Severity) -> None:
    """Raise ApiError 403 where the person's role may not shelve what is so severe."""
    may = person.may(Permission.TUNE) or (severity is not Severity.CRITICAL and person.may(Permission.HANDLE))
    if not may:
        raise ApiError(403, "role", f"This role may not shelve what is {severity.value}")


async def _until_ms(services: Services, length: Length, now_ms: int) -> int:
    if length != "shift":
        return now_ms + LENGTHS_MS[length]
    entry = await services.registry.in_force()
    if entry is None:
        raise ApiError(409, "no_registry", "No registry has been loaded yet")
    return end_of_shift_ms(now_ms, entry.registry.zone_info)
