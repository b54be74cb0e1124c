"""What a seat on duty counts: alerts by state and severity, and how many it is asked to take."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from alerts.flood import ACCEPTABLE, ANNUNCIATED, MOST, WINDOW_MS, flooded_ms
from api.deps import ServicesDep
from api.schemas import Instant, Shape
from api.signed_in import PersonDep
from domain.instant import HOUR_MS, to_rfc3339
from domain.station import Severity

router = APIRouter(prefix="/alerts", tags=["alerts"])


class AlertCountsView(Shape):
    """How many alerts there are by severity, over everything that the asking person may see."""

    at: str = Instant
    unacknowledged: dict[str, int] = Field(examples=[{"critical": 1, "major": 4, "minor": 12, "info": 0}])
    ongoing: dict[str, int]
    all: dict[str, int]


class Budget(Shape):
    """How many alerts were annunciated (critical and major, none found late) against what a seat can take."""

    at: str = Instant
    since: str = Instant
    annunciated: int
    last_10_min: int = Field(description="Annunciated in the last ten minutes")
    per_10_min: float = Field(description="The mean over the span")
    acceptable_per_10_min: float
    most_per_10_min: float
    by_severity: dict[str, int] = Field(description="All alerts of the span, those to review included")
    flood_s: float = Field(description="How long it was a flood: from above 10 in ten minutes until below 5")
    flood_share: float
    by_10_min: list[int] = Field(description="Annunciated in each ten minutes of the span, the oldest first")


@router.get("/counts")
async def count_alerts(services: ServicesDep, person: PersonDep) -> AlertCountsView:
    """What nobody has taken, what goes on, and all, each by severity."""
    counts = await services.duty.counts(person.scope)
    return AlertCountsView(
        at=to_rfc3339(services.now_ms()),
        unacknowledged=dict(counts.unacknowledged),
        ongoing=dict(counts.ongoing),
        all=dict(counts.all),
    )


@router.get("/budget")
async def get_budget(
    services: ServicesDep,
    person: PersonDep,
    hours: Annotated[int, Query(ge=1, le=24 * 31, description="Of alerts detected in so many hours")] = 24,
) -> Budget:
    """Alerts per ten minutes against one and two, the share of each severity, and the time in flood."""
    now_ms = services.now_ms()
    span_ms = hours * HOUR_MS
    shown = await services.duty.shown(person.scope, from_ms=now_ms - span_ms, to_ms=now_ms)
    times_ms = [at_ms for at_ms, severity in shown if severity in ANNUNCIATED]
    flood_ms = flooded_ms(times_ms, now_ms)
    return Budget(
        at=to_rfc3339(now_ms),
        since=to_rfc3339(now_ms - span_ms),
        annunciated=len(times_ms),
        last_10_min=sum(at_ms > now_ms - WINDOW_MS for at_ms in times_ms),
        per_10_min=round(len(times_ms) * WINDOW_MS / span_ms, 3),
        acceptable_per_10_min=ACCEPTABLE,
        most_per_10_min=MOST,
        by_severity={one.value: sum(severity is one for _, severity in shown) for one in Severity},
        flood_s=flood_ms / 1000,
        flood_share=round(flood_ms / span_ms, 6),
        by_10_min=_by_window(times_ms, now_ms - span_ms, now_ms),
    )


def _by_window(times_ms: Sequence[int], from_ms: int, to_ms: int) -> list[int]:
    """How many of these times lie in each window of the span."""
    counts = [0] * ((to_ms - from_ms) // WINDOW_MS)
    for at_ms in times_ms:
        counts[min((at_ms - from_ms) // WINDOW_MS, len(counts) - 1)] += 1
    return counts
