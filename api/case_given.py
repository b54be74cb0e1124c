"""What clients send about cases, and what it means: acts, warnings from outside, deadlines in working hours."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from alerts.case_flow import DEFAULT_CLOSING_HOURS, Act, Found, WrongEvidence
from alerts.working_hours import after_working_hours
from api.deps import Services
from api.errors import ApiError
from domain.instant import from_rfc3339
from domain.zone import Crs
from geofence.crs import to_wgs84
from storage.case_records import CaseRow
from storage.cases import NewAct, Warned

EXAMPLE = "2026-11-20T10:00:00Z"
MOST_AT_ONCE = 200
# The database cannot keep a NUL in a text.
Text = Annotated[str, Field(pattern=r"^[^\x00]*$")]


class Given(BaseModel):
    """What a client sends: nothing but what is named."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class GivenAct(Given):
    """What somebody does. `version` is the case's as they saw it."""

    act: Act
    version: int | None = Field(None, ge=1, le=2**31 - 1)
    reason: Text = Field("", max_length=2000)
    assignee: Text | None = Field(None, max_length=200)
    message: Text = Field("", max_length=4000, description="What the field is to read, with an assignment")
    close_within_hours: float | None = Field(
        None,
        gt=0,
        le=2000,
        description="Working hours until it is to be closed: from now, for an extension from the deadline there was. "
        "Where nothing is said, 16, or the deadline that its sender set",
    )
    close_due_at: str | None = Field(None, examples=[EXAMPLE], description="The same as an instant")
    found: Found | None = None
    attachment_ids: list[UUID] = Field(default_factory=list, max_length=20)
    alert_ids: list[UUID] = Field(default_factory=list, max_length=200)
    wrong_evidence: list[WrongEvidence] = Field(
        default_factory=list, max_length=20, description="What was wrong where an alert was a false alarm"
    )


class GivenActs(GivenAct):
    """One act on many: cases by their numbers, alerts as with their cases."""

    case_ids: list[Annotated[int, Field(ge=1, le=2**63 - 1)]] = Field(default_factory=list)
    on_alert_ids: list[UUID] = Field(default_factory=list)
    messages: dict[str, Annotated[Text, Field(max_length=4000)]] = Field(
        default_factory=dict,
        max_length=MOST_AT_ONCE,
        description="What the field is to read of each, by its id, in place of `message`",
    )

    @model_validator(mode="after")
    def _few_enough(self) -> Self:
        if not 1 <= len(self.case_ids) + len(self.on_alert_ids) <= MOST_AT_ONCE:
            raise ValueError(f"1 to {MOST_AT_ONCE} cases and alerts at once")
        return self


class GivenWarning(Given):
    """A warning from outside: a higher platform's, a citizen's."""

    title: Text = Field(min_length=1, max_length=200)
    sender: Text | None = Field(None, max_length=100, examples=["12345"], description="Who sent it")
    reference: Text | None = Field(
        None, max_length=200, description="The sender's number; sent again, it is the case there is"
    )
    text: Text = Field("", max_length=10_000)
    plate: Text | None = Field(None, max_length=20)
    district_id: Text | None = Field(None, max_length=200, description="Where not given, the place's")
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)
    crs: Crs = Field(Crs.WGS84, description="The system that the place is given in; kept as WGS-84")
    close_due_at: str | None = Field(None, examples=[EXAMPLE], description="The sender's deadline")

    @model_validator(mode="after")
    def _whole_place(self) -> Self:
        if (self.lon is None) != (self.lat is None):
            raise ValueError("a place has both lon and lat")
        return self


async def new_act(services: Services, given: GivenAct, case: CaseRow | None) -> NewAct:
    """An act on a case (None: one that it opens); raises ApiError."""
    due_ms = None if given.close_due_at is None else instant(given.close_due_at, "close_due_at")
    default_ms = None
    if given.act in (Act.ASSIGN, Act.EXTEND) and due_ms is None:
        entry = await services.registry.in_force()
        if entry is None:
            raise ApiError(409, "no_registry", "No registry has been loaded yet")
        now_ms, zone = services.now_ms(), entry.registry.zone_info
        default_ms = after_working_hours(now_ms, DEFAULT_CLOSING_HOURS, zone)
        if given.close_within_hours is not None:
            before_ms = case.close_due_ms if case is not None and given.act is Act.EXTEND else None
            due_ms = after_working_hours(max(now_ms, before_ms or 0), given.close_within_hours, zone)
    return NewAct(
        act=given.act,
        expected_version=given.version,
        reason=given.reason,
        assignee=given.assignee,
        close_due_ms=due_ms,
        default_due_ms=default_ms,
        message=given.message,
        found=given.found,
        attachment_ids=tuple(given.attachment_ids),
        alert_ids=tuple(given.alert_ids),
        wrong_evidence=tuple(given.wrong_evidence),
    )


async def warned(services: Services, given: GivenWarning) -> Warned:
    """A warning with its place in WGS-84 and the district that it lies in."""
    lon, lat, district = given.lon, given.lat, given.district_id
    if lon is not None and lat is not None:
        lon, lat = to_wgs84(given.crs, lon, lat)
        if district is None and await services.registry.in_force() is not None:
            districts = services.registry.districts
            district = None if districts is None else districts.of_place(lon, lat)
    return Warned(
        title=given.title,
        sender=given.sender,
        reference=given.reference,
        text=given.text,
        district_id=district,
        lon=lon,
        lat=lat,
        plate=given.plate,
        close_due_ms=None if given.close_due_at is None else instant(given.close_due_at, "close_due_at"),
    )


def instant(text: str, name: str) -> int:
    """An instant (ms) as a client wrote it; raises ApiError 422."""
    try:
        return from_rfc3339(text)
    except ValueError as error:
        raise ApiError(422, "invalid_request", f"{name}: {error}") from error
