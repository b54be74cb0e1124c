"""What all kinds of fleet work share: names of keys, the days of a span, those that run, and how figures are rounded."""

from datetime import date, timedelta

from msgspec import Struct

from api.reporting import Known
from api.work_shapes import DaysSoFar
from domain.instant import to_rfc3339
from storage.work import CleanedBy, CollectedBy, Counted, HaulsBy


class Names(Struct, frozen=True, kw_only=True):
    """What the keys of rows are called."""

    known: Known

    def of(self, by: HaulsBy | CleanedBy | CollectedBy, key: str) -> str:
        """What a key is called; nothing for none."""
        book = self.known.book
        match by:
            case "vehicle":
                return book.plate(key)
            case "site" | "field":
                zone = next((one for one in self.known.registry.zones if one.id == key), None)
                return key if zone is None else zone.name or key
            case "district":
                return book.district(key or None)
            case "plan":
                plan = next((one for one in self.known.registry.work_plans if one.id == key), None)
                return key if plan is None else plan.name or key
            case _:
                return key

    def company(self, by: HaulsBy | CleanedBy | CollectedBy, key: str) -> str:
        """The company of a vehicle; nothing for all else."""
        return self.known.book.company_of(key) if by == "vehicle" else ""


def so_far(counted: Counted) -> DaysSoFar | None:
    """The days that run, if any."""
    if counted.running_from is None or counted.so_far_ms is None:
        return None
    return DaysSoFar(first=counted.running_from.isoformat(), at=to_rfc3339(counted.so_far_ms))


def days_of(first: date, last: date) -> list[str]:
    """Every day of a span, both ends included."""
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]


def km(metres: float) -> float:
    """Metres as kilometres, to ten metres."""
    return round(metres / 1000, 2)


def rounded(value: float | None, digits: int) -> float | None:
    """A figure to some digits, if there is one."""
    return None if value is None else round(value, digits)
