"""Schedules as clients see and give them."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.schemas import Shape
from domain.instant import to_rfc3339, to_rfc3339_if_known
from storage.schedules import Run, Schedule, ScheduleGiven

_CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
_MAIL = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+")

Clock = Annotated[str, Field(pattern=_CLOCK, examples=["08:30"])]
Format = Literal["docx", "xlsx", "csv", "geojson"]


def _mail_address(text: str) -> str:
    if not _MAIL.fullmatch(text) or not text.isascii():
        raise ValueError(f"{text!r} is no mail address such as name@example.org")
    return text


MailAddress = Annotated[str, Field(max_length=254), AfterValidator(_mail_address)]


class GivenSchedule(BaseModel):
    """What is issued and mailed once each period is over.

    It is due `after_days` whole local days after the period's last one, at `at`. Without recipients it issues only.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(
        min_length=1,
        max_length=100,
        pattern=r"^[^\x00-\x1f]+$",
        description="The mail's subject begins with it",
    )
    kind: Literal["week", "month"]
    after_days: int = Field(0, ge=0, le=27, description="0 to 6 for weeks")
    at: Clock = "08:30"
    formats: list[Format] = Field(min_length=1, max_length=4)
    language: Literal["zh", "en"] = "zh"
    district_ids: list[Annotated[str, Field(max_length=200)]] | None = Field(
        None, min_length=1, max_length=200, description="null for all"
    )
    recipients: list[MailAddress] = Field(default_factory=list, max_length=50)
    is_active: bool = True
    amends: bool = Field(
        False,
        description="What counts otherwise for a whole day than what was sent is issued and mailed by itself, "
        "at `at`, until eight weeks after the period's end",
    )


class RecipientAnswer(Shape):
    """A recipient whom the mail server did not take it for, and what it said; 4xx is asked again for three days."""

    recipient: str
    code: int
    text: str


class ScheduleRun(Shape):
    """One time of a schedule: due, done or failed; `number` of the statement, 0 for the first issue."""

    period: str
    state: Literal["due", "done", "failed"]
    due_at: str
    attempts: int
    next_try_at: str
    number: int | None
    done_at: str | None
    sent_to: list[str]
    answers: list[RecipientAnswer]
    error: str | None
    detail: str
    differs_since: str | None = Field(
        description="Since when it counts otherwise than what was sent, where the schedule amends"
    )


class ScheduleView(Shape):
    """A schedule, when it is due next and for which period, and what came of it last."""

    id: int
    name: str
    kind: Literal["week", "month"]
    after_days: int
    at: str
    formats: list[Format]
    language: Literal["zh", "en"]
    district_ids: list[str] | None
    recipients: list[str]
    is_active: bool
    amends: bool
    created_by: str
    created_at: str
    next_period: str | None
    next_at: str | None
    runs: list[ScheduleRun]


class SchedulesView(Shape):
    """Every schedule; without `has_mail_server` nothing can be mailed, without `is_working` nothing is done."""

    items: list[ScheduleView]
    has_mail_server: bool
    is_working: bool


def schedule_given(given: GivenSchedule) -> ScheduleGiven:
    """As it is stored."""
    hours, minutes = given.at.split(":")
    return ScheduleGiven(
        name=given.name,
        kind=given.kind,
        after_days=given.after_days,
        at_minute=int(hours) * 60 + int(minutes),
        formats=tuple(dict.fromkeys(given.formats)),
        language=given.language,
        district_ids=given.district_ids,
        recipients=tuple(dict.fromkeys(given.recipients)),
        is_active=given.is_active,
        amends=given.amends,
    )


def schedule_view(
    row: Schedule, runs: list[Run], next_period: str | None, next_ms: int | None
) -> ScheduleView:
    """As clients see it."""
    return ScheduleView.model_validate(
        {
            "id": row.id,
            "name": row.name,
            "kind": row.kind,
            "after_days": row.after_days,
            "at": f"{row.at_minute // 60:02}:{row.at_minute % 60:02}",
            "formats": list(row.formats),
            "language": row.language,
            "district_ids": None if row.district_ids is None else list(row.district_ids),
            "recipients": list(row.recipients),
            "is_active": row.is_active,
            "amends": row.amends,
            "created_by": row.created_by,
            "created_at": to_rfc3339(row.created_ms),
            "next_period": next_period,
            "next_at": to_rfc3339_if_known(next_ms),
            "runs": [_run_view(run) for run in runs],
        }
    )


def _run_view(run: Run) -> ScheduleRun:
    return ScheduleRun.model_validate(
        {
            "period": run.period,
            "state": run.state,
            "due_at": to_rfc3339(run.due_ms),
            "attempts": run.attempts,
            "next_try_at": to_rfc3339(run.next_try_ms),
            "number": run.number,
            "done_at": to_rfc3339_if_known(run.done_ms),
            "sent_to": list(run.sent_to),
            "answers": [
                {"recipient": one, "code": code, "text": text}
                for one, (code, text) in sorted(run.answers.items())
            ],
            "error": run.error,
            "detail": run.detail,
            "differs_since": to_rfc3339_if_known(run.differs_since_ms),
        }
    )
