"""What a seat on duty counts, over everything of a scope: alerts by state and severity, and when they were shown."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from msgspec import Struct

from domain.person import Scope
from domain.station import Severity
from storage.records import AlertRow
from storage.verbs import Verbs, districts


class AlertCounts(Struct, frozen=True, kw_only=True):
    """How many alerts of each severity there are."""

    unacknowledged: Mapping[str, int]
    ongoing: Mapping[str, int]
    all: Mapping[str, int]


class Duty(Verbs):
    """The alerts of one database as a seat counts them."""

    QUERIES = "duty"

    async def counts(self, scope: Scope) -> AlertCounts:
        """What nobody has taken, what goes on, and all."""
        rows = {row["severity"]: row for row in await self._fetch("counts", districts(scope))}
        return AlertCounts(
            **{
                name: {one.value: rows[one.value][name] if one.value in rows else 0 for one in Severity}
                for name in AlertCounts.__struct_fields__
            }
        )

    async def shown(self, scope: Scope, *, from_ms: int, to_ms: int) -> Sequence[tuple[int, Severity]]:
        """When alerts were shown in (from, to], and how severe they are now, in order; late ones left out."""
        rows = await self._fetch("shown_since", from_ms, to_ms, districts(scope))
        return [(row["detected_ms"], Severity(row["severity"])) for row in rows]

    async def trips_of(self, alerts: Sequence[AlertRow]) -> Mapping[UUID, int]:
        """When the trip began that each alert belongs to (ms); alerts outside any trip are left out."""
        on_the_road = [one for one in alerts if one.vehicle_id is not None and one.device_id is not None]
        if not on_the_road:
            return {}
        rows = await self._fetch(
            "trips_of",
            [one.id for one in on_the_road],
            [one.device_id for one in on_the_road],
            [one.started_ms for one in on_the_road],
        )
        return {UUID(bytes=row["alert_id"].bytes): row["trip_started_ms"] for row in rows}
