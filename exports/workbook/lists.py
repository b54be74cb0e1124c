"""The sheets that list: all violations, overdue cases, and what was withdrawn, dismissed or found late."""

from collections.abc import Sequence

from domain.instant import HOUR_MS
from exports.reasons import withdrawn_because
from exports.statement import StatedAlert, StatedCase
from exports.words import word
from exports.workbook.groups import subject_name
from exports.workbook.sheets import HEAD_ROWS, Binder
from exports.workbook.tables import Column, Extent, Holds, Value, whole_sheet

VIOLATION_COLUMNS = (
    Column(name="number", width=7, holds=Holds.ID),
    Column(name="link", width=10, holds=Holds.ALERT),
    Column(name="severity", width=8, holds=Holds.SEVERITY),
    Column(name="rule", width=16),
    Column(name="of_vehicle", width=21, holds=Holds.WRAPPED),
    Column(name="company", width=22, holds=Holds.WRAPPED),
    Column(name="site", width=17, holds=Holds.WRAPPED),
    Column(name="district", width=14, holds=Holds.WRAPPED),
    Column(name="started_when", width=19, holds=Holds.TIME),
    Column(name="lasted", width=10, holds=Holds.DURATION),
    Column(name="what", width=45, holds=Holds.WRAPPED),
    Column(name="case", width=9, holds=Holds.ID),
    Column(name="case_state", width=11),
    Column(name="assignee", width=15, holds=Holds.WRAPPED),
    # From here on not printed: what one looks up.
    Column(name="was_found_late", width=9),
    Column(name="detected_when", width=19, holds=Holds.TIME),
    Column(name="ended_when", width=19, holds=Holds.TIME),
    Column(name="lon", width=13, holds=Holds.DEGREE),
    Column(name="lat", width=13, holds=Holds.DEGREE),
    Column(name="rule_id", width=18),
    Column(name="ruleset_version", width=9, holds=Holds.ID),
    Column(name="revision", width=9, holds=Holds.ID),
    Column(name="alert_id", width=38),
)
VIOLATIONS_PRINTED = 14

CASE_COLUMNS = (
    Column(name="case", width=9, holds=Holds.ID),
    Column(name="severity", width=9, holds=Holds.SEVERITY),
    Column(name="rule_or_title", width=28, holds=Holds.WRAPPED),
    Column(name="of_vehicle", width=18),
    Column(name="company", width=24),
    Column(name="district", width=12),
    Column(name="assignee", width=18),
    Column(name="case_state", width=11),
    Column(name="opened", width=19, holds=Holds.TIME),
    Column(name="deadline", width=14),
    Column(name="due", width=19, holds=Holds.TIME),
    Column(name="over_by", width=11, holds=Holds.COUNT),
    Column(name="alerts", width=8, holds=Holds.COUNT),
)

SET_ASIDE_COLUMNS = (
    Column(name="link", width=10, holds=Holds.ALERT),
    Column(name="why_listed", width=17),
    Column(name="is_counted", width=9),
    Column(name="reason", width=32, holds=Holds.WRAPPED),
    Column(name="severity", width=8, holds=Holds.SEVERITY),
    Column(name="rule", width=16),
    Column(name="of_vehicle", width=15, holds=Holds.WRAPPED),
    Column(name="company", width=22, holds=Holds.WRAPPED),
    Column(name="started_when", width=19, holds=Holds.TIME),
    Column(name="what", width=40, holds=Holds.WRAPPED),
    # From here on not printed.
    Column(name="district", width=12),
    Column(name="detected_when", width=19, holds=Holds.TIME),
    Column(name="alert_id", width=38),
)
SET_ASIDE_PRINTED = 10


def violation_sheet(binder: Binder) -> Extent:
    """All violations in the order in which they were detected."""
    rows = [
        _violation(binder, number, one)
        for number, one in enumerate((one for one in binder.statement.alerts if one.counts), 1)
    ]
    sheet = binder.sheet("violations", columns=VIOLATIONS_PRINTED)
    return whole_sheet(
        binder, sheet, VIOLATION_COLUMNS, rows, at_row=HEAD_ROWS, frozen=2, printed=VIOLATIONS_PRINTED
    )


def _violation(binder: Binder, number: int, one: StatedAlert) -> Sequence[Value]:
    language = binder.language
    return (
        number, one.id, one.severity, word(one.rule, language), subject_name(one), one.company, one.site, one.district,
        one.started_ms, None if one.ended_ms is None else one.ended_ms - one.started_ms, what(one, binder), one.case_id,
        word(one.case_state, language), one.assignee, binder.said("yes") if one.found_late else None, one.detected_ms,
        one.ended_ms, one.lon, one.lat, one.rule_id, one.ruleset_version, one.revision, one.id,
    )  # fmt: skip


def what(alert: StatedAlert, binder: Binder) -> str:
    """What happened, in one sentence."""
    return alert.what.get(binder.language, "")


def overdue_sheet(binder: Binder) -> Extent:
    """Overdue cases, the longest overdue first."""
    stated_ms = binder.statement.stated_ms
    overdue = [(one, *_deadline(one, stated_ms)) for one in binder.statement.cases if one.is_overdue]
    rows = [
        (
            one.id, one.severity, word(one.rule, binder.language) or one.title, one.plate or one.station, one.company,
            one.district, one.assignee, word(one.state, binder.language), one.opened_ms, binder.said(kind), due_ms,
            (stated_ms - due_ms) // HOUR_MS, one.alerts,
        )
        for one, kind, due_ms in sorted(overdue, key=lambda each: (each[2], each[0].id))
    ]  # fmt: skip
    sheet = binder.sheet("overdue_cases", columns=len(CASE_COLUMNS))
    return whole_sheet(binder, sheet, CASE_COLUMNS, rows, at_row=HEAD_ROWS)


def _deadline(case: StatedCase, stated_ms: int) -> tuple[str, int]:
    """Which deadline passed first, and when."""
    due = [("due_check", case.verify_due_ms)] if case.verified_ms is None else []
    if case.close_due_ms is not None:
        due.append(("due_close", case.close_due_ms))
    return min(due, key=lambda one: one[1], default=("due_close", stated_ms))


def set_aside_sheet(binder: Binder) -> Extent:
    """What does not count, and what counts though it was found late; the withdrawn first."""
    alerts = binder.statement.alerts
    listed = [
        *(("withdrawn", one) for one in alerts if one.withdrawn is not None),
        *(("dismissed_by_people", one) for one in alerts if one.withdrawn is None and not one.counts),
        *(("was_found_late", one) for one in alerts if one.counts and one.found_late),
    ]
    rows = [
        (
            one.id, binder.said(why), binder.said("yes" if one.counts else "no"),
            withdrawn_because(one.withdrawn, binder.language) or one.dismissed_because, one.severity,
            word(one.rule, binder.language), subject_name(one), one.company, one.started_ms, what(one, binder),
            one.district, one.detected_ms, one.id,
        )
        for why, one in listed
    ]  # fmt: skip
    sheet = binder.sheet("set_aside", columns=SET_ASIDE_PRINTED)
    return whole_sheet(binder, sheet, SET_ASIDE_COLUMNS, rows, at_row=HEAD_ROWS, printed=SET_ASIDE_PRINTED)
