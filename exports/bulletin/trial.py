"""A template tried before it is kept: filled in with a week in which everything happened, and with an empty one.

What a template asks only of one of the two is found as well as what it asks of both.
"""

from base64 import b64decode
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from domain.instant import HOUR_MS
from domain.period import read_period
from exports.bulletin.bulletin import Bulletin, bulletin
from exports.bulletin.docx_seal import saved
from exports.bulletin.docx_template import fill, opened
from exports.bulletin.said import said
from exports.bulletin.tags import ChartsTag
from exports.statement import StatedAlert, StatedCase, StatedDay, StatedFleet, Statement
from exports.words import Language

if TYPE_CHECKING:
    from docxtpl import DocxTemplate, InlineImage

_WEEK = read_period("2026-W46")
_ZONE_NAME = "Asia/Shanghai"
_DOT = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
)
"""The least PNG: whether a picture has its place can be told without drawing it."""


def try_template(template: bytes, language: Language) -> None:
    """Raise UnfitError where a template cannot be filled in; takes a second and is not for the event loop."""
    for one, text in zip(samples(), ("—", ""), strict=True):
        document = opened(template)
        charts = ChartsTag(**{name: _dot(document) if text else "" for name in ChartsTag.__struct_fields__})
        tags = said(one, language=language, organ=text, charts=charts, font_notice=text)
        fill(document, msgspec.structs.asdict(tags))
        saved(document.docx)


def _dot(document: "DocxTemplate") -> "InlineImage":
    from docx.shared import Mm  # noqa: PLC0415 -- reading it would slow every command
    from docxtpl import InlineImage  # noqa: PLC0415

    return InlineImage(document, BytesIO(_DOT), width=Mm(1))


def samples() -> Iterator[Bulletin]:
    """A full bulletin of a week, amended, and one of a week that runs and in which nothing happened."""
    full = _full()
    before = replace(full, period=_WEEK.before, alerts=tuple(_a_week_before(one) for one in full.alerts))
    amended = replace(full, number=1, alerts=full.alerts[1:])
    yield bulletin([full, amended], [before], districts=None)
    yield bulletin(
        [replace(full, is_provisional=True, alerts=(), cases=(), account=(), fleets=())],
        (),
        districts=frozenset(),
    )


def _full() -> Statement:
    from_ms = _WEEK.from_ms(ZoneInfo(_ZONE_NAME))
    trucks = [
        StatedAlert(
            id=f"{number}", revision=1, rule=rule, rule_id=rule, ruleset_version=1, severity=severity,
            started_ms=from_ms + number * 7 * HOUR_MS, detected_ms=from_ms + number * 7 * HOUR_MS,
            ended_ms=from_ms + (number * 7 + 1) * HOUR_MS, vehicle_id="V1", plate="川A12345", company_id="C1",
            company="Company", district_id="D1", district="District", lon=104.06, lat=30.66,
        )
        for number, (rule, severity) in enumerate(
            [("illegal_dumping", "critical"), ("off_route", "major")] * 5
        )
    ]  # fmt: skip
    dust = replace(
        trucks[0], id="dust", rule="dust_exceedance", vehicle_id=None, plate="", company_id=None, company="",
        station_id="S1", station="Monitor", site_id="P1", site="Site",
    )  # fmt: skip
    case = StatedCase(
        id=1, state="assigned", source="alert", opened_ms=from_ms, verify_due_ms=from_ms + HOUR_MS,
        is_of_period=True, is_overdue=True,
    )  # fmt: skip
    day = StatedDay(
        day=_WEEK.first,
        devices=1,
        received=4,
        stored=2,
        duplicate=1,
        rejected=1,
        late=1,
        redelivered=0,
        bad_fields=0,
    )
    silent = StatedDay(
        day=_WEEK.last,
        devices=0,
        received=0,
        stored=0,
        duplicate=0,
        rejected=0,
        late=0,
        redelivered=0,
        bad_fields=0,
    )
    fleets = [
        StatedFleet(
            kind=kind, id=id_, name=name, devices=2, days=14, days_heard=12, heard=2, received=40, rejected=1,
            bad_fields=1, faulty=1,
        )
        for kind, id_, name in (("vehicle", "C1", "Company"), ("station", "D1", "District"))
    ]  # fmt: skip
    return Statement(
        period=_WEEK, timezone=_ZONE_NAME, stated_ms=from_ms + 8 * 24 * HOUR_MS, registry_version=1,
        alerts=(*trucks, dust), cases=(case,), account=(day, silent), fleets=tuple(fleets),
    )  # fmt: skip


def _a_week_before(alert: StatedAlert) -> StatedAlert:
    week_ms = 7 * 24 * HOUR_MS
    return replace(alert, started_ms=alert.started_ms - week_ms, detected_ms=alert.detected_ms - week_ms)
