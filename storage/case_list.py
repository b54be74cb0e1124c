"""Lists of cases: filters, pages, and how many each tab holds, all counted by the database over all of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from alerts.case_flow import CaseState
from domain.person import Scope
from storage.case_records import CaseCounts, CaseRow, case_from
from storage.verbs import Verbs, districts


class CaseFilter(Struct, frozen=True, kw_only=True):
    """Which cases a list is about; None lets every one through.

    `handled_by` (a person) or `of_unit` is what is "mine and my unit's". `vehicle_ids` are those of a company;
    `text` is lower case, and `named` the ids of vehicles and stations that it names.
    """

    assignee: str | None = None
    handled_by: str | None = None
    of_unit: str | None = None
    district_id: str | None = None
    rule: str | None = None
    vehicle_ids: tuple[str, ...] | None = None
    text: str | None = None
    named: tuple[str, ...] = ()

    def parameters(self) -> list[object]:
        """In the order of the query, after the scope."""
        vehicles = None if self.vehicle_ids is None else list(self.vehicle_ids)
        return [
            self.assignee, self.handled_by, self.of_unit, self.district_id, self.rule, vehicles, self.text,
            list(self.named),
        ]  # fmt: skip


EVERY_CASE = CaseFilter()


class CaseLists(Verbs):
    """The lists over the cases of one database."""

    QUERIES = "cases"

    async def page(
        self,
        scope: Scope,
        found: CaseFilter = EVERY_CASE,
        *,
        states: Sequence[CaseState] | None = None,
        review_only: bool = False,
        overdue_at_ms: int | None = None,
        placed_only: bool = False,
        after_key: tuple[int, int] | None = None,
        limit: int = 100,
    ) -> tuple[Sequence[CaseRow], int]:
        """Cases by the nearer deadline and how many there are in all; `after_key` continues after a row's (sort_ms, id)."""
        sort_ms, case_id = after_key or (None, None)
        rows = await self._matching(
            "page_of_matching", scope, found, None if states is None else [state.value for state in states], review_only,
            overdue_at_ms, placed_only, sort_ms, case_id, limit,
        )  # fmt: skip
        return [case_from(row) for row in rows], int(rows[0]["total"]) if rows else 0

    async def counts(self, scope: Scope, found: CaseFilter = EVERY_CASE, *, now_ms: int) -> CaseCounts:
        """How many cases each tab holds."""
        return CaseCounts(**(await self._matching("count_matching", scope, found, now_ms))[0])

    async def _matching(
        self, name: str, scope: Scope, found: CaseFilter, *more: object
    ) -> Sequence[Mapping[str, Any]]:
        async with self._connections.connection() as connection:
            rows: Sequence[Mapping[str, Any]] = await connection.fetch(
                f"{self._sql['matching_cases']}\n{self._sql[name]}",
                districts(scope),
                *found.parameters(),
                *more,
            )
        return rows
