"""What was read becomes what a statement says: alerts and cases by their names of then, and who was heard."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from domain.rule import RuleKind
from exports.book import Book, Books
from exports.figures import is_overdue
from exports.sentences import sentences
from exports.statement import StatedAlert, StatedCase, StatedFleet
from storage.reports import AlertLine, CaseLine
from storage.statements import Convicting, Heard

FAULTS = {"vehicle": RuleKind.POSITION_FAULT.value, "station": RuleKind.SENSOR_FAULT.value}


class _OnSite(msgspec.Struct):
    vehicle_id: str


def stated_alerts(found: Sequence[Convicting], books: Books) -> list[StatedAlert]:
    """Alerts with their names and the sentence of their evidence, by the versions that judged them."""
    return [_stated_alert(one, books.of(one.line)) for one in found]


def _stated_alert(found: Convicting, book: Book) -> StatedAlert:
    line = found.line
    company_id, site_id = book.company_id(line), book.site_id(line)
    return StatedAlert(
        **_common(line, StatedAlert)
        | {
            "id": str(line.id),
            "plate": book.plate(line.vehicle_id),
            "vehicle_kind": book.vehicle_kind(line.vehicle_id),
            "station": book.station(line.station_id),
            "company_id": company_id,
            "company": book.company(company_id),
            "site_id": site_id,
            "site": book.site(site_id),
            "district": book.district(line.district_id),
            "dismissed_because": found.dismissed_because or "",
            "what": sentences(found.evidence, book.zone_names, book.zone, on_site=_on_site(found.on_site)),
        }
    )


def _on_site(vehicles: str | None) -> int:
    """How many vehicles a list (JSON) names."""
    if vehicles is None:
        return 0
    return len({visit.vehicle_id for visit in msgspec.json.decode(vehicles, type=list[_OnSite])})


def stated_cases(
    lines: Iterable[CaseLine], books: Books, from_ms: int, to_ms: int, now_ms: int
) -> list[StatedCase]:
    """Cases with their names; those opened in [from, to) are of the period."""
    return [
        StatedCase(
            **_common(line, StatedCase)
            | {
                "plate": books.of(line).plate(line.vehicle_id) or line.plate or "",
                "station": books.of(line).station(line.station_id),
                "company_id": books.company_id(line),
                "company": books.of(line).company(books.company_id(line)),
                "district": books.of(line).district(line.district_id),
                "is_of_period": from_ms <= line.opened_ms < to_ms,
                "is_overdue": is_overdue(line, now_ms),
            }
        )
        for line in lines
    ]


def stated_fleets(
    book: Book, heard: Mapping[str, Heard], days: int, alerts: Iterable[StatedAlert]
) -> list[StatedFleet]:
    """The vehicles of each company and the stations of each district, by one version; most devices first."""
    faulty = {(one.rule, one.device_id) for one in alerts if one.withdrawn is None}
    found = []
    for kind, devices, name in (
        ("vehicle", book.vehicle_devices(), book.company),
        ("station", book.station_devices(), book.district),
    ):
        groups: dict[str | None, list[str]] = {}
        for device_id, group in devices.items():
            groups.setdefault(group, []).append(device_id)
        found += [
            StatedFleet(
                kind=kind,
                id=group,
                name=name(group),
                devices=len(of),
                days=len(of) * days,
                faulty=sum((FAULTS[kind], one) in faulty for one in of),
                **_arrived([heard[one] for one in of if one in heard], days),
            )
            for group, of in sorted(
                groups.items(), key=lambda two: (two[0] is None, -len(two[1]), two[0] or "")
            )
        ]
    return found


def _arrived(heard: Sequence[Heard], days: int) -> dict[str, int]:
    return {
        "days_heard": sum(min(one.days_heard, days) for one in heard),
        "heard": sum(one.days_heard > 0 for one in heard),
        "received": sum(one.received for one in heard),
        "rejected": sum(one.rejected for one in heard),
        "bad_fields": sum(one.bad_fields for one in heard),
    }


def _common(line: AlertLine | CaseLine, kind: type[Struct]) -> dict[str, Any]:
    """The fields that a line and what is stated of it share."""
    return {name: getattr(line, name) for name in _shared_fields(type(line), kind)}


@cache
def _shared_fields(one: type[Struct], other: type[Struct]) -> tuple[str, ...]:
    return tuple(name for name in other.__struct_fields__ if name in one.__struct_fields__)
