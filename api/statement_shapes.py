"""The shapes of statements: which periods there are, what was issued of each, and what changed since."""

from typing import Any, Literal

from pydantic import Field

from api.schemas import Instant, Shape


class IssuedView(Shape):
    """One statement: number 0 is the first of its period, later ones amend it."""

    number: int
    stated_at: str = Instant
    issued_by: str
    alerts: int
    violations: int = Field(description="Alerts that stand and whose case was not dismissed")


class StatedPeriodView(Shape):
    """A week or a month, counted as far as the asking person may see."""

    name: str = Field(examples=["2026-W46"])
    kind: Literal["week", "month"]
    first: str = Field(description="First local day", examples=["2026-11-09"])
    last: str = Field(description="Last local day, included")
    state: Literal["running", "over", "issued"] = Field(
        description="`over`: it has ended and was not issued; its files are provisional, as those of a running one"
    )
    issued: list[IssuedView]
    alerts: int = Field(description="As stated last; as they stand now where nothing was issued")
    violations: int
    has_changed: bool = Field(
        description="It was issued and counts otherwise by now: issued again, it is amended"
    )


class StatedPeriods(Shape):
    """The last weeks or months, newest first, back to the first of which anything is known."""

    items: list[StatedPeriodView]


class CorrectionView(Shape):
    """One thing that was corrected, as it was stated before and after."""

    field: str
    before: Any
    after: Any


class ChangeView(Shape):
    """One alert that counts otherwise than it was stated before."""

    kind: Literal["added", "withdrawn", "restored", "dismissed", "reopened", "corrected"]
    alert_id: str
    rule: str
    severity: str
    subject: str
    name: str = Field(description="The plate or the station's name")
    company: str
    district: str
    started_at: str = Instant
    detected_at: str = Instant
    found_late: bool
    withdrawn: dict[str, str] | None = Field(description="Why, by language; null while it stands")
    dismissed: str | None = Field(
        description="Why people dismissed it, in their words; null where they did not"
    )
    what: dict[str, str] = Field(description="The evidence in one sentence, by language")
    corrections: list[CorrectionView]


class AmendmentView(Shape):
    """What one statement changed of the one before; `changes` are the first 500."""

    number: int
    stated_at: str = Instant
    total: int
    changes: list[ChangeView]


class AmendmentsView(Shape):
    """What changed since a period was first issued, in order."""

    period: str
    items: list[AmendmentView]
