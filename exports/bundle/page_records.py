"""The records on a bundle's page: the reports that decide, the alert's changes, what people did, how complete all is."""

from collections.abc import Sequence
from html import escape
from typing import Any

import msgspec

from domain.quantity import UNITS
from domain.report import DustReport, PositionReport
from exports.bundle.contents import POSITIONS, READINGS, Contents
from exports.bundle.handled import file_name
from exports.bundle.page_values import Teller, note, table
from exports.bundle.page_words import ACTS
from exports.sentences import Sayer
from exports.words import word
from storage.alert_log import evidence_of
from storage.case_records import Attachment
from storage.exhibits import Exhibit

REFUSED = "refused.ndjson"
MOST_ROWS = 40
"""Rows of reports on the page; the files have all."""
_SHOWN = frozenset({"image/jpeg", "image/png", "image/webp"})


def records(exhibit: Exhibit, contents: Contents, teller: Teller) -> str:
    """All of them, one section each."""
    return "".join(
        (
            _decisive(exhibit, contents, teller),
            _changes(exhibit, teller),
            _handled(exhibit, teller),
            _completeness(exhibit, teller),
        )
    )


def _decisive(exhibit: Exhibit, contents: Contents, teller: Teller) -> str:
    reports: Sequence[PositionReport | DustReport] = contents.positions or contents.readings
    if not reports:
        is_asked = exhibit.case.alert.device_id is not None
        return teller.section("decisive", note(teller.t("no_reports"))) if is_asked else ""
    span = exhibit.case.span
    near = [one for one in reports if span.from_ms <= one.time_ms <= span.to_ms]
    ends = {one.time_ms for one in (*near[:1], *near[-1:])}
    shown = [one for one in near if one.time_ms in span.decisive_ms or one.time_ms in ends][:MOST_ROWS]
    told = [_signals(one, teller) for one in shown]
    names = list(dict.fromkeys(name for one in told for name in one))
    rows = [
        [
            teller.clock(one.time_ms),
            teller.clock(one.received_ms)[11:],
            *(escape(said.get(name, "")) for name in names),
        ]
        for one, said in zip(shown, told, strict=True)
    ]
    heads = [teller.word("time"), teller.word("arrived"), *(_signal_name(name, teller) for name in names)]
    file = POSITIONS if contents.positions else READINGS
    remark = note(teller.t("decisive_note", n=f"{len(reports):,}", file=file, k=len(shown)))
    return teller.section("decisive", table(heads, rows) + remark)


def _signal_name(name: str, teller: Teller) -> str:
    return f"{teller.field(name)} ({UNITS[name]})" if name in UNITS else teller.field(name)


def _signals(report: PositionReport | DustReport, teller: Teller) -> dict[str, str]:
    """What a report says, as text, by name."""
    if isinstance(report, DustReport):
        flags = {quantity: f" [{flag.value}]" for quantity, flag in report.flags.items()}
        return {one.value: f"{value:g}{flags.get(one, '')}" for one, value in report.values.items()}
    said: dict[str, Any] = {
        "lon": None if report.lon is None else f"{report.lon:.6f}",
        "lat": None if report.lat is None else f"{report.lat:.6f}",
        "speed_kmh": report.speed_kmh,
        "load": None if report.load is None else teller.state(report.load.value),
        "weight_t": report.weight_t,
        "lift": report.lift,
        "cover": None if report.cover is None else teller.state(report.cover.value),
        "ignition": report.ignition,
        "alarms": None if report.alarms is None else " ".join(map(teller.state, report.alarms)),
    }
    return {name: _plain(value, teller) for name, value in said.items() if value is not None}


def _plain(value: Any, teller: Teller) -> str:
    if isinstance(value, bool):
        return teller.word("yes" if value else "no")
    return f"{value:g}" if isinstance(value, float) else str(value)


def _changes(exhibit: Exhibit, teller: Teller) -> str:
    rows = []
    sayer = Sayer(teller.language, teller.zone_names, teller.zone)
    changes = exhibit.case.changes
    shown = (
        changes if len(changes) <= MOST_ROWS else [*changes[: MOST_ROWS // 2], *changes[-MOST_ROWS // 2 :]]
    )
    for change in shown:
        alert = change.alert
        state = teller.word("ongoing")
        if alert.ended_ms is not None:
            state = teller.word("until", at=teller.clock(alert.ended_ms))
        if alert.withdrawn is not None:
            state = teller.word("withdrawn") + alert.withdrawn
        severity = word(alert.severity, teller.language)
        said = f"{escape(state)}<br>{escape(sayer.say(evidence_of(alert)))}"
        rows.append([str(change.number), teller.clock(change.at_ms), severity, said, str(alert.revision)])
    heads = ["#", *map(teller.word, ("time", "severity", "said", "revision"))]
    remark = note(teller.t("changes_note", n=len(changes))) if len(shown) < len(changes) else ""
    return teller.section("changes", table(heads, rows) + remark)


def _handled(exhibit: Exhibit, teller: Teller) -> str:
    handled = exhibit.handled
    if handled is None:
        is_elsewhere = exhibit.case_id is not None
        return teller.section("case", note(teller.t("case_elsewhere" if is_elsewhere else "no_case")))
    rows = [
        [
            teller.clock(act.at_ms),
            escape(act.user_name),
            escape(teller.of(ACTS[act.act]) if act.act in ACTS else act.act),
            escape(word(act.to_state, teller.language)),
            f'<span class="said">{escape(_said(act.reason, act.detail, teller))}</span>',
        ]
        for act in handled.log
    ]
    heads = list(map(teller.word, ("time", "who", "act", "state", "text")))
    files = [
        f"<li>{_file(number, kept, content is not None, teller)}</li>"
        for number, (kept, content) in enumerate(handled.files, start=1)
    ]
    listed = f'<ul class="pictures">{"".join(files)}</ul>' if files else ""
    return teller.section("case", table(heads, rows) + listed, teller.word("case_of", n=handled.case.id))


def _said(reason: str, detail: str, teller: Teller) -> str:
    """The texts of an act: its reason, to whom, what the field is told, and what was found."""
    told = msgspec.json.decode(detail)
    texts = [reason, told.get("assignee"), told.get("message"), told.get("text")]
    texts += [word(told["found"], teller.language)] if told.get("found") else []
    return " · ".join(one for one in texts if one)


def _file(number: int, kept: Attachment, is_there: bool, teller: Teller) -> str:
    name, called = file_name(number, kept), escape(kept.name)
    if not is_there:
        return f"{called} {teller.t('file_left_out')} <code>{kept.sha256}</code>"
    if kept.media_type in _SHOWN:
        return f'<img src="{name}" alt="{called}"><br>{called} ({name})'
    return f'<a href="{name}">{called}</a> ({name})'


def _completeness(exhibit: Exhibit, teller: Teller) -> str:
    if exhibit.case.alert.device_id is None:
        return ""
    names = ("received", "stored", "duplicate", "rejected", "late")
    rows = [
        [row.day.isoformat(), *(f"{getattr(row, name):,}" for name in names)] for row in exhibit.case.account
    ]
    heads = list(map(teller.word, ("day", *names)))
    refused = exhibit.refused
    remark = note(teller.t("refused_note", n=len(refused), file=REFUSED)) if refused else ""
    body = table(heads, rows) if rows else note(teller.t("none"))
    return teller.section("completeness", body + remark)
