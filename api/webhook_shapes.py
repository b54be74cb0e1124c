"""Targets of webhooks and their dead letters as the API shows them, and what administrators say of them."""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.case_given import Text
from api.schemas import Instant, Shape
from domain.instant import to_rfc3339, to_rfc3339_if_known
from domain.rule import RuleKind
from domain.station import Severity
from domain.web_address import LONGEST
from storage.webhooks import Letter, PingAnswer, TargetGiven, TargetRow

Events = Literal["alert", "case"]
TargetState = Literal["active", "paused", "off"]
MOST_LETTERS = 1000


class Given(BaseModel):
    """What a client sends: nothing but what is named."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class GivenTarget(Given):
    """A target: where to, and what it is told of; null lets everything through."""

    name: Text = Field(min_length=1, max_length=100)
    url: Text = Field(min_length=1, max_length=LONGEST, examples=["https://city.example/haulwatch"])
    events: list[Events] | None = Field(
        None, min_length=1, max_length=2, description="Alert changes, acts on cases"
    )
    district_ids: list[Annotated[Text, Field(max_length=200)]] | None = Field(
        None, min_length=1, max_length=500
    )
    severities: list[Severity] | None = Field(None, min_length=1, max_length=10)
    rules: list[RuleKind] | None = Field(None, min_length=1, max_length=100)
    state: TargetState = Field(
        "active", description="`paused` keeps what comes; `off` does not hold it back for ever"
    )


class GivenLetters(Given):
    """Which dead letters of a target; null for all."""

    letter_ids: list[Annotated[int, Field(ge=1, le=2**63 - 1)]] | None = Field(None, max_length=MOST_LETTERS)


class DroppedLetters(GivenLetters):
    """The same, and why nobody needs them."""

    reason: Text = Field(min_length=1, max_length=1000)


class TargetView(Shape):
    """A target and how it stands."""

    id: int
    name: str
    url: str
    events: list[Events] | None
    district_ids: list[str] | None
    severities: list[Severity] | None
    rules: list[RuleKind] | None
    state: TargetState
    created_by: str
    created_at: str = Instant
    behind: int = Field(description="Changes and acts that it has not been told yet, for it or not")
    behind_since: str | None = Field(description="When the oldest of these changes was stored")
    failures: int = Field(description="Attempts in a row that failed")
    next_try_at: str | None
    succeeded_at: str | None = Field(description="When it accepted something last")
    failed_at: str | None
    error: str | None = Field(
        description="Why the attempt that failed last did, as a code, where the answer does not say"
    )
    status: int | None = Field(description="The status of its answer, where there was one")
    answer: str | None = Field(description="The beginning of its answer")
    set_aside: int = Field(description="Events refused in a row; from ten on it is waited for")
    skipped_changes: int = Field(
        description="Changes that were no longer kept when it came back; it was told"
    )
    expired_letters: int = Field(description="Dead letters that were deleted after their time, never taken")
    former_secret_until: str | None = Field(description="Until when the secret that was replaced signs, too")
    dead_letters: int


class TargetsView(Shape):
    """All targets, and whether anything is delivered at all."""

    items: list[TargetView]
    is_delivering: bool = Field(description="Whether a `haulwatch dock` runs")


class MadeTarget(Shape):
    """A target with its secret, which is told once."""

    target: TargetView
    secret: str = Field(examples=["whsec_…"])


class LetterView(Shape):
    """A dead letter: an event that was refused, or that waits `behind` one about the same alert or case."""

    id: int
    event_id: str
    at: str = Instant
    state: Literal["refused", "behind", "resend"]
    tries: int
    tried_at: str | None
    status: int | None
    answer: str | None
    event: dict[str, Any]


class LetterPage(Shape):
    """Some dead letters of a target, in the order in which they are to be told."""

    items: list[LetterView]
    total: int = Field(description="How many it has in all")
    before: int = Field(description="How many of them come before this page")
    next: int | None = Field(description="Pass as `after` for the next page; null on the last one")


class PingView(Shape):
    """What a target answered to a ping."""

    ok: bool
    status: int | None
    error: str | None = Field(description="A code, where there was no answer")
    answer: str | None
    took_ms: int | None


class LettersDone(Shape):
    """How many dead letters it was done with."""

    count: int


def target_given(given: GivenTarget) -> TargetGiven:
    """What is kept of what a person says."""
    return TargetGiven(**given.model_dump(mode="json"))


def target_view(row: TargetRow) -> TargetView:
    """A target as the API shows it."""
    return TargetView.model_validate(
        {
            "id": row.id,
            "name": row.name,
            "url": row.url,
            "events": row.events,
            "district_ids": row.district_ids,
            "severities": row.severities,
            "rules": row.rules,
            "state": row.state,
            "created_by": row.created_by,
            "created_at": to_rfc3339(row.created_ms),
            "behind": row.behind,
            "behind_since": to_rfc3339_if_known(row.behind_since_ms),
            "failures": row.failures,
            "next_try_at": to_rfc3339_if_known(row.next_try_ms),
            "succeeded_at": to_rfc3339_if_known(row.succeeded_ms),
            "failed_at": to_rfc3339_if_known(row.failed_ms),
            "error": row.error,
            "status": row.status,
            "answer": row.answer,
            "set_aside": row.set_aside,
            "skipped_changes": row.skipped_changes,
            "expired_letters": row.expired_letters,
            "former_secret_until": to_rfc3339_if_known(row.former_until_ms),
            "dead_letters": row.letters,
        }
    )


def letter_view(row: Letter) -> LetterView:
    """A dead letter as the API shows it."""
    return LetterView.model_validate(
        {
            "id": row.id,
            "event_id": row.event_id,
            "at": to_rfc3339(row.at_ms),
            "state": row.state,
            "tries": row.tries,
            "tried_at": to_rfc3339_if_known(row.tried_ms),
            "status": row.status,
            "answer": row.answer,
            "event": json.loads(row.body),
        }
    )


def ping_view(told: PingAnswer) -> PingView:
    """What came of a ping."""
    ok = told.status is not None and 200 <= told.status < 300
    return PingView(ok=ok, status=told.status, error=told.error, answer=told.answer, took_ms=told.took_ms)
