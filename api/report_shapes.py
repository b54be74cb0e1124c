"""The shapes of reports: every figure with what it is a share of, and the span and moment it was counted for."""

from typing import Literal

from pydantic import Field

from api.schemas import Instant, Severity, Shape
from api.shelf_view import ShelfView


class ShareView(Shape):
    """`n` of `of`."""

    n: int
    of: int


class TallyView(Shape):
    """Alerts of one group: those that stand by severity, those withdrawn, and both together."""

    id: str | None = Field(description="null for what belongs to none")
    label: str
    by_severity: dict[str, int]
    withdrawn: int
    total: int


class CaseFiguresView(Shape):
    """The cases opened in the span as they stand now."""

    opened: int
    by_state: dict[str, int]
    open: int
    closed: int
    dismissed: int
    overdue: int
    answered_in_time: ShareView = Field(
        description="Of those whose check on site was done or is over its time; those dismissed unchecked left out"
    )
    closed_in_time: ShareView = Field(
        description="Of those with a closing limit that were closed or are over it"
    )


class OnlineView(Shape):
    """Device-days: the days on which something of a device was stored, of all days of all registered devices."""

    days: int = Field(description="Local days of the span that have begun")
    vehicles: ShareView
    stations: ShareView


class Report(Shape):
    """What whole local days come to. Alerts count by their detection, cases by their opening."""

    first: str = Field(examples=["2026-11-09"])
    last: str
    week: str | None = Field(description="The ISO week, where the span is one", examples=["2026-W46"])
    from_: str = Field(alias="from")
    to: str = Field(description="The end of the last day, not included")
    at: str = Field(description="When this was counted; nothing after it is known")
    timezone: str
    alerts: TallyView
    found_late: int
    taken: ShareView = Field(description="Of the alerts that stand, those somebody has taken")
    by_rule: list[TallyView]
    by_company: list[TallyView]
    by_site: list[TallyView]
    by_district: list[TallyView]
    cases: CaseFiguresView
    online: OnlineView


class ReportedAlert(Shape):
    """One alert of a report."""

    id: str
    rule: str
    severity: Severity
    state: Literal["ongoing", "ended", "withdrawn"]
    vehicle_id: str | None
    station_id: str | None
    area: str | None
    company: str
    site: str
    district: str
    started_at: str = Instant
    detected_at: str = Instant
    ended_at: str | None
    found_late: bool
    case_id: int | None
    case_state: str | None


class ReportedAlerts(Shape):
    """One page of the alerts of a span, newest first, and how many there are in all."""

    total: int
    items: list[ReportedAlert]
    next: int | None = Field(description="Pass as `offset` for the next page; null on the last one")


class HandoverAlert(Shape):
    """An alert that nobody has taken."""

    id: str
    rule: str
    severity: Severity
    subject: str
    started_at: str = Instant


class HandoverCase(Shape):
    """A case to go on with."""

    id: int
    state: str
    rule: str | None = Field(description="Of its first alert; null for a warning from outside")
    subject: str
    title: str
    assignee: str | None
    due_at: str | None
    review: str | None


class HandoverDevice(Shape):
    """A device that went silent and did not say that it was switched off."""

    device_id: str
    label: str
    heard_at: str | None


class Counted(Shape):
    """How many there are; the items beside it are the first of them."""

    total: int


class HandoverAlerts(Counted):
    """Alerts that nobody has taken, newest first."""

    items: list[HandoverAlert]


class HandoverCases(Counted):
    """Cases, by the nearer deadline."""

    items: list[HandoverCase]


class HandoverShelves(Counted):
    """What is kept off the list of alerts."""

    items: list[ShelfView]


class HandoverDevices(Counted):
    """Silent devices, longest silent first."""

    items: list[HandoverDevice]


class HandoverState(Shape):
    """What one shift leaves to the next, of everything the asking person may see."""

    at: str = Instant
    ongoing: int = Field(description="Alerts that go on, taken or not")
    untaken: HandoverAlerts
    open: int = Field(description="Open cases")
    overdue: HandoverCases
    review: HandoverCases
    shelved: HandoverShelves
    silent: HandoverDevices
    devices: int = Field(description="Registered devices, of which `silent` are some")


class HandoverView(Shape):
    """A shift handed over: by whom, to whom, with what word, and what was open then."""

    id: int
    at: str = Instant
    user_id: str
    user_name: str
    handed_to: str
    note: str
    state: HandoverState


class HandoverPage(Shape):
    """One page of hand-overs, newest first."""

    items: list[HandoverView]
    next: int | None = Field(description="Pass as `before` for the next page; null on the last one")
