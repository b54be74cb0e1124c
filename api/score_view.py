"""Scores as the API shows them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from alerts.demerit_scheme import About, Cycle, DatedScheme, Follows, Named, Part
from alerts.demerits import Line, Standing
from api.reporting import Known
from api.score_shapes import (
    AppealView,
    BandView,
    ChangedStanding,
    CycleView,
    DecisionView,
    FiredView,
    LineView,
    ListedView,
    NamedView,
    PartView,
    SchemeView,
    StandingView,
)
from api.scores import Listed, Scores
from domain.instant import to_rfc3339, to_rfc3339_if_known
from storage.demerits import AppealRow, DecisionRow, SchemeRow

GRADES = ("excellent", "good", "watch", "poor")


def named(one: Named) -> NamedView:
    """What something is called."""
    return NamedView(zh=one.zh, en=one.en)


def cycle_view(one: Cycle, today: date) -> CycleView:
    """A cycle's days."""
    return CycleView(
        first=one.first.isoformat(),
        last=one.last.isoformat(),
        is_cut=one.is_cut,
        is_running=one.first <= today <= one.last,
    )


def part_view(one: Part) -> PartView:
    """Which scheme judges which days."""
    return PartView(
        version=one.dated.version,
        name=named(one.dated.scheme.name),
        first=one.first.isoformat(),
        last=one.last.isoformat(),
    )


class Names:
    """What companies and vehicles are called by the registry in force."""

    def __init__(self, known: Known) -> None:
        self._book = known.book
        self._vehicles = {str(one.id): one for one in known.registry.vehicles}

    def of(self, about: About, subject_id: str) -> str:
        """A company's name, or a vehicle's plate."""
        return self._book.company(subject_id) if about == "company" else self._book.plate(subject_id)

    def color(self, about: About, subject_id: str) -> str | None:
        """The colour of a vehicle's plate."""
        vehicle = self._vehicles.get(subject_id) if about == "vehicle" else None
        return None if vehicle is None else vehicle.plate_color.value

    def company(self, about: About, subject_id: str) -> str:
        """The company of a vehicle."""
        vehicle = self._vehicles.get(subject_id) if about == "vehicle" else None
        return "" if vehicle is None else self._book.company(vehicle.company_id)

    def plate(self, vehicle_id: str) -> str:
        """A vehicle's plate."""
        return self._book.plate(vehicle_id)


def standing_view(
    one: Standing, found: Scores, names: Names, on_list: Mapping[tuple[About, str], Follows]
) -> StandingView:
    """Where one stands."""
    on = on_list.get((one.about, one.id))
    return StandingView.model_validate(
        {
            "about": one.about,
            "id": one.id,
            "name": names.of(one.about, one.id),
            "plate_color": names.color(one.about, one.id),
            "company": names.company(one.about, one.id),
            "points": one.points,
            "score": one.score(found.dated.scheme),
            "back": one.back,
            "violations": one.violations,
            "week_points": one.week_points,
            "grade": one.band.grade.value,
            "band": None if one.band.name is None else named(one.band.name),
            "follows": one.follows.value,
            "fired": [
                FiredView(
                    name=named(each.special.name),
                    count=each.count,
                    since=each.since.isoformat(),
                    follows=each.special.follows.value,
                )
                for each in one.fired
            ],
            "listed": None if on is None else on.value,
        }
    )


def by_grade(these: Iterable[Standing]) -> dict[str, int]:
    """How many of each grade."""
    counted = dict.fromkeys(GRADES, 0)
    for one in these:
        counted[one.band.grade.value] += 1
    return counted


def line_view(line: Line, about: About, names: Names) -> LineView:
    """One violation in the ledger of a company or vehicle."""
    points, violation = line.of(about), line.violation
    return LineView.model_validate(
        {
            "alert_id": str(violation.alert_id),
            "at": to_rfc3339(violation.at_ms),
            "rule": violation.rule.value,
            "severity": violation.severity.value,
            "vehicle_id": violation.vehicle_id,
            "plate": names.plate(violation.vehicle_id),
            "scheme_version": line.scheme_version,
            "entry": points.entry,
            "charged": points.charged,
            "back": points.back,
            "points": points.net,
            "appeal_id": None if line.appeal is None else line.appeal.id,
            "appeal_state": None if line.appeal is None else line.appeal.state.value,
        }
    )


def changed(before: Sequence[Standing], after: Sequence[Standing], names: Names) -> list[ChangedStanding]:
    """Companies by two schemes, worst by the second first."""
    was = {one.id: one for one in before}
    return [
        ChangedStanding(
            id=one.id,
            name=names.of(one.about, one.id),
            before=_band(was[one.id]) if one.id in was else None,
            after=_band(one),
        )
        for one in after
    ]


def _band(one: Standing) -> BandView:
    return BandView(
        points=one.points,
        grade=one.band.grade.value,
        band=None if one.band.name is None else named(one.band.name),
        follows=one.follows.value,
    )


def scheme_view(row: SchemeRow, current: DatedScheme | None) -> SchemeView:
    """A scheme as it was entered."""
    document: dict[str, Any] = msgspec.json.decode(row.document)
    return SchemeView(
        version=row.version,
        effective_from=row.effective_from.isoformat(),
        author=row.author,
        note=row.note,
        at=to_rfc3339(row.at_ms),
        is_in_force=current is not None and current.version == row.version,
        document=document,
    )


def appeal_fields(row: AppealRow, names: Names, line: Line | None) -> dict[str, Any]:
    """An appeal as it stands, and the line of its alert in the ledger."""
    return {
        "id": row.id,
        "alert_id": str(row.alert_id),
        "rule": row.rule,
        "severity": row.severity,
        "detected_at": to_rfc3339(row.detected_ms),
        "company_id": row.company_id,
        "company": "" if row.company_id is None else names.of("company", row.company_id),
        "vehicle_id": row.vehicle_id,
        "plate": names.plate(row.vehicle_id),
        "filed_at": to_rfc3339(row.at_ms),
        "filed_by": row.user_name,
        "file_number": row.file_number,
        "reason": row.reason,
        "state": row.state.value,
        "company_cost": None if line is None else line.company.charged,
        "vehicle_cost": None if line is None else line.vehicle.charged,
        "company_points": row.company_points,
        "vehicle_points": row.vehicle_points,
        "decided_at": to_rfc3339_if_known(row.decided_ms),
        "decided_by": row.decided_by,
        "decision": row.decision,
    }


def appeal_view(row: AppealRow, names: Names, line: Line | None) -> AppealView:
    """An appeal as it stands, and the line of its alert in the ledger."""
    return AppealView.model_validate(appeal_fields(row, names, line))


def decision_view(row: DecisionRow) -> DecisionView:
    """One decision on an appeal."""
    return DecisionView(
        at=to_rfc3339(row.at_ms),
        user_name=row.user_name,
        state=row.state.value,
        company_points=row.company_points,
        vehicle_points=row.vehicle_points,
        reason=row.reason,
    )


def listed_view(one: Listed, names: Names) -> ListedView:
    """Somebody on a list."""
    listing = one.listing
    return ListedView.model_validate(
        {
            "about": one.about,
            "id": one.id,
            "name": names.of(one.about, one.id),
            "plate_color": names.color(one.about, one.id),
            "list": one.on.value,
            "by": "points" if listing is None else "hand",
            "why": None if one.why is None else named(one.why),
            "listing_id": None if listing is None else listing.id,
            "reason": "" if listing is None else listing.reason,
            "until": None if listing is None or listing.until is None else listing.until.isoformat(),
            "entered_by": None if listing is None else listing.user_name,
            "entered_at": None if listing is None else to_rfc3339(listing.at_ms),
        }
    )
