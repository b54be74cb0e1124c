"""What other platforms are told: alert changes and case acts in one order, and the state of things to begin with.

A place in that order is two numbers, the last change and the last act. Both are handed out in the order of
commit, so whoever goes on from a place misses nothing and gets nothing twice.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct

from domain.person import EVERYTHING, Scope
from storage.case_records import CaseAct, CaseRow, act_from, case_from
from storage.records import AlertChange, AlertRow, alert_from, change_from
from storage.verbs import Verbs, districts


class Place(Struct, frozen=True):
    """How far somebody has read: everything up to this alert change and this act."""

    change: int
    act: int


class PlaceGone(Exception):  # noqa: N818 -- says what happened
    """What comes next is no longer kept, or the place is none of this database's; `oldest` can be gone on from."""

    def __init__(self, oldest: Place) -> None:
        super().__init__(f"what comes next is not kept; the oldest is after change {oldest.change}")
        self.oldest = oldest


class Wanted(Struct, frozen=True, kw_only=True):
    """What somebody is told of; None lets everything through.

    An alert that has passed the filters by district, severity and rule once is told to its end, with its case.
    """

    scope: Scope = EVERYTHING
    events: Sequence[str] | None = None
    district_ids: Sequence[str] | None = None
    severities: Sequence[str] | None = None
    rules: Sequence[str] | None = None


EVERY_EVENT = Wanted()


class ToldAct(Struct, frozen=True, kw_only=True):
    """An act on a case, and which case that is."""

    act: CaseAct
    source: str
    sender: str | None
    reference: str | None
    title: str
    district_id: str | None
    lon: float | None
    lat: float | None
    plate: str | None
    alert_ids: tuple[UUID, ...]


class Told(Struct, frozen=True, kw_only=True):
    """One event; `place` is everything up to it, `subjects` are the alerts and the case that it is about."""

    place: Place
    subjects: tuple[str, ...]
    what: AlertChange | ToldAct


class TellingPage(Struct, frozen=True, kw_only=True):
    """Some events in order, and the place after them and after what was passed over."""

    events: tuple[Told, ...]
    place: Place
    is_last: bool


class Feed(Verbs):
    """What one database has to tell."""

    QUERIES = "feed"

    async def newest(self) -> Place:
        """The place after everything there is."""
        row = (await self._fetch("newest_told"))[0]
        return Place(row["change"], row["act"])

    async def after(self, place: Place, *, wanted: Wanted = EVERY_EVENT, most: int = 100) -> TellingPage:
        """What comes after a place, looking at `most` events; raises PlaceGone."""
        rows = await self._fetch(
            "told_after", place.change, place.act, most, districts(wanted.scope), wanted.events, wanted.district_ids,
            wanted.severities, wanted.rules,
        )  # fmt: skip
        events, at = await self._events(place, rows)
        # Asked after everything was read: what is kept now was kept then.
        kept = (await self._fetch("newest_told"))[0]
        if not kept["oldest"] - 1 <= place.change <= kept["change"] or place.act > kept["act"]:
            raise PlaceGone(Place(kept["oldest"] - 1, min(place.act, kept["act"])))
        return TellingPage(events=events, place=at, is_last=len(rows) < most)

    async def _events(
        self, place: Place, rows: Sequence[Mapping[str, Any]]
    ) -> tuple[tuple[Told, ...], Place]:
        found = await self._found([row for row in rows if row["is_wanted"]])
        events, at = [], place
        for row in rows:
            number = row["number"]
            at = Place(number, at.act) if row["kind"] == "alert" else Place(at.change, number)
            if row["is_wanted"] and (row["kind"], number) in found:
                events.append(Told(place=at, subjects=_subjects(row), what=found[row["kind"], number]))
        return tuple(events), at

    async def _found(self, rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, int], AlertChange | ToldAct]:
        changes = [row["number"] for row in rows if row["kind"] == "alert"]
        acts = [row["number"] for row in rows if row["kind"] == "case"]
        found: dict[tuple[str, int], AlertChange | ToldAct] = {}
        if changes:
            found |= {
                ("alert", row["number"]): change_from(row)
                for row in await self._fetch("changes_told", changes)
            }
        if acts:
            found |= {("case", row["number"]): _told_act(row) for row in await self._fetch("acts_told", acts)}
        return found

    async def standing_alerts(
        self, scope: Scope, *, since_ms: int, after: UUID | None, limit: int
    ) -> Sequence[AlertRow]:
        """Alerts that go on and those detected since, by id, after one."""
        rows = await self._fetch("standing_alerts", districts(scope), since_ms, after, limit)
        return [alert_from(row) for row in rows]

    async def standing_cases(
        self, scope: Scope, *, since_ms: int, after: int, limit: int
    ) -> Sequence[CaseRow]:
        """Cases that are open and those acted on since, by number, after one."""
        return [
            case_from(row)
            for row in await self._fetch("standing_cases", districts(scope), since_ms, after, limit)
        ]


def _subjects(row: Mapping[str, Any]) -> tuple[str, ...]:
    alerts = tuple(str(one) for one in row["alert_ids"])
    return alerts if row["case_id"] is None else (*alerts, f"case:{row['case_id']}")


def _told_act(row: Mapping[str, Any]) -> ToldAct:
    names = ("source", "sender", "reference", "title", "district_id", "lon", "lat", "plate")
    alert_ids = tuple(UUID(bytes=one.bytes) for one in row["alert_ids"])
    return ToldAct(act=act_from(row), alert_ids=alert_ids, **{name: row[name] for name in names})
