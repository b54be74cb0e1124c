"""The shapes of backtests: what a client asks for, how far it is, and what came of it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas import Alert, Instant, Shape
from domain.instant import to_rfc3339, to_rfc3339_if_known
from storage.backtests import BacktestRow, BacktestState

AS_JUDGED: Literal["as-judged"] = "as-judged"
LAST = 2**31 - 1
ChangeWord = Literal["appears", "vanishes", "changes"]


class NewBacktest(BaseModel):
    """What is to be tried on history: a draft or a version, against a version or the alerts as they were judged."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    draft_id: int | None = Field(None, ge=1, le=2**63 - 1)
    version: int | None = Field(None, ge=1, le=LAST)
    against: int | Literal["as-judged"] | None = Field(
        None, description="A version, or the alerts as they were judged; else the version in force"
    )
    from_: str = Field(alias="from", max_length=40, examples=["2026-11-15T16:00:00Z"])
    to: str = Field(max_length=40, description="Itself left out; what has not come yet is left out, too")


class Backtest(Shape):
    """A backtest: what it tries on which span, and how far it is."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    id: int
    state: BacktestState
    draft_id: int | None = Field(description="null where a version is tried")
    version: int | None = Field(description="null where a draft is tried")
    against: int | Literal["as-judged"]
    from_: str = Field(alias="from")
    to: str = Instant
    asked_at: str = Instant
    asked_by: str
    started_at: str | None
    ended_at: str | None
    ahead: int | None = Field(description="How many come before it while it is queued")
    done_share: float = Field(description="From 0 to 1")
    reports: int = Field(description="Read so far, those before the span that warm up among them")
    reports_per_s: float | None
    left_s: float | None = Field(description="How long it takes still; null while that is not known")
    reason: str = Field(
        description="Why it failed: nothing_stored, unusable, lost or internal; empty if it did not"
    )
    detail: str


class BacktestPage(Shape):
    """One page of backtests, newest first."""

    items: list[Backtest]
    next: int | None = Field(description="Pass as `before` for the next page; null on the last one")


class BacktestCoverage(Shape):
    """How much there was to look at: that nothing was found means little where nothing was heard.

    A gap is a silence of a vehicle for more than 5 min after a report with ignition on or at speed, and of a
    station for more than 30 min.
    """

    vehicles: int
    vehicles_heard: int
    stations: int
    stations_heard: int
    hours: int
    hours_heard: int = Field(description="Hours of the span in which anything was heard")
    gaps: int
    gap_s: int


class ComparedRow(Shape):
    """One group of alerts (a rule, a severity, a company): how many before and after, and what became of them."""

    name: str = Field(description="Empty for what has no company")
    before: int
    after: int
    appear: int
    vanish: int
    change: int


class Sounding(Shape):
    """How often critical and major alerts are announced; `by_hour` of the span."""

    alerts: int
    per_10_min: float
    most_in_10_min: int
    flooded_10_min: int = Field(description="How many times 10 min with more than 10")
    by_hour: list[int]


class Comparison(Shape):
    """Both judgements beside each other."""

    by_rule: list[ComparedRow]
    by_severity: list[ComparedRow]
    by_company: list[ComparedRow]
    sounding_before: Sounding
    sounding_after: Sounding


class BacktestResult(Shape):
    """What came of a backtest; of the changes, `changes_kept` can be read one by one."""

    reports: int
    warm_up: int
    seconds: float
    coverage: BacktestCoverage
    before: int
    after: int
    changes: int
    changes_kept: int
    comparison: Comparison


class BacktestWithResult(Backtest):
    """A backtest, with its result once it is done."""

    result: BacktestResult | None


class AlertDifference(Shape):
    """One alert that appears, vanishes or changes. An alert of a draft names version 0."""

    number: int
    change: ChangeWord
    company_id: str | None
    before: Alert | None
    after: Alert | None


class AlertDifferencePage(Shape):
    """One page of what differs, in the order of their starts."""

    items: list[AlertDifference]
    next: int | None = Field(description="Pass as `cursor` for the next page; null on the last one")


def backtest(row: BacktestRow) -> Backtest:
    """A backtest as the API shows it."""
    return Backtest(**_fields(row))


def with_result(row: BacktestRow, result: bytes | None) -> BacktestWithResult:
    """The same with its result as it is stored."""
    found = None if result is None else BacktestResult.model_validate_json(result)
    return BacktestWithResult(**_fields(row), result=found)


def _fields(row: BacktestRow) -> dict[str, object]:
    return {
        "id": row.id,
        "state": row.state,
        "draft_id": row.draft_id,
        "version": row.version,
        "against": AS_JUDGED if row.against_version is None else row.against_version,
        "from_": to_rfc3339(row.from_ms),
        "to": to_rfc3339(row.to_ms),
        "asked_at": to_rfc3339(row.asked_ms),
        "asked_by": row.asked_by,
        "started_at": to_rfc3339_if_known(row.started_ms),
        "ended_at": to_rfc3339_if_known(row.ended_ms),
        "ahead": row.ahead,
        "done_share": row.done_share,
        "reports": row.reports,
        "reports_per_s": row.reports_per_s,
        "left_s": row.left_s,
        "reason": row.reason,
        "detail": row.detail,
    }
