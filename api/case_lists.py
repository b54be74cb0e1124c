"""Cases by the many as the API shows them: pages, tabs, units, and what one act made of each of several."""

from collections.abc import Awaitable
from uuid import UUID

from pydantic import Field

from alerts.case_flow import Act, CaseRefused, CaseState
from api.case_given import GivenActs, new_act
from api.case_view import CaseView, case_view
from api.deps import Services
from api.schemas import Instant, Shape
from domain.instant import to_rfc3339, to_rfc3339_if_known
from domain.person import Person
from storage.case_records import CaseRow, Looker, Unit
from storage.cases import CaseChanged
from storage.errors import NotThere


class CasePage(Shape):
    """One page of cases, by the nearer deadline."""

    items: list[CaseView]
    total: int = Field(description="How many there are on all pages")
    next: str | None = Field(description="Pass as `cursor` for the next page; null on the last one")


class CaseChanges(Shape):
    """Cases that changed, and the number of the newest act among them, from which to go on."""

    number: int
    items: list[CaseView]


class CaseTabs(Shape):
    """How many cases each tab holds."""

    to_assign: int
    awaiting_answer: int
    to_close: int
    review: int
    overdue: int
    open: int
    all: int


class UnitView(Shape):
    """Who was assigned cases before; `because` is what they have in common with what is to be assigned."""

    unit: str
    because: str | None = Field(description="site, rule or district; null where it is only known")
    last_assigned_at: str | None
    open: int = Field(description="How many cases they have to see to now")


class WorkingHoursView(Shape):
    """Spans of working time, in order."""

    spans: list[tuple[str, str]]


class LookerView(Shape):
    """Somebody else who has the case open."""

    user_id: str
    name: str
    seen_at: str = Instant


class ActResult(Shape):
    """What became of one case or alert; `code` and `message` say why nothing did."""

    case_id: int | None
    alert_id: str | None
    case: CaseView | None = None
    code: str | None = None
    message: str | None = None


async def act_results(services: Services, person: Person, given: GivenActs) -> list[ActResult]:
    """Each case and alert with what the act made of it."""
    results = []
    for case_id in given.case_ids:
        case = await _done(_on_case(services, person, given, case_id))
        results.append(_result(case, case_id=case_id, alert_id=None))
    for alert_id in given.on_alert_ids:
        case = await _done(_on_alert(services, person, given, alert_id))
        results.append(_result(case, case_id=None, alert_id=str(alert_id)))
    return results


async def _on_case(services: Services, person: Person, given: GivenActs, case_id: int) -> CaseRow:
    before = await services.cases.case(person.scope, case_id)
    new = await new_act(services, _of_one(given, before, str(case_id)), before)
    return await services.cases.act(person, case_id, new, at_ms=services.now_ms())


async def _on_alert(services: Services, person: Person, given: GivenActs, alert_id: UUID) -> CaseRow:
    known = (await services.cases.of_alerts([alert_id])).get(alert_id)
    before = None if known is None else await services.cases.case(person.scope, known[0])
    new = await new_act(services, _of_one(given, before, str(alert_id)), before)
    return await services.cases.act_on_alert(person, alert_id, new, at_ms=services.now_ms())


def _of_one(given: GivenActs, before: CaseRow | None, key: str) -> GivenActs:
    """What was asked for all, as one of them gets it."""
    own: dict[str, object] = {"message": given.messages.get(key, given.message)}
    if given.act is Act.ASSIGN and before is not None and before.state == CaseState.ASSIGNED:
        # A deadline for all counts for those that have none: one that runs is put off by an extension alone.
        own |= {"close_within_hours": None, "close_due_at": None}
    return given.model_copy(update=own)


async def _done(act: Awaitable[CaseRow]) -> CaseRow | tuple[str, str]:
    """The case, or the code and the words of what stood in the way."""
    try:
        return await act
    except NotThere as error:
        return "not_found", str(error)
    except CaseChanged as error:
        return "changed", str(error)
    except CaseRefused as error:
        return str(error), f"This is not possible with the case: {error}"


def _result(done: CaseRow | tuple[str, str], *, case_id: int | None, alert_id: str | None) -> ActResult:
    if isinstance(done, tuple):
        return ActResult(case_id=case_id, alert_id=alert_id, code=done[0], message=done[1])
    return ActResult(case_id=done.id, alert_id=alert_id, case=case_view(done))


def unit_view(unit: Unit) -> UnitView:
    """A unit as the API shows it."""
    last = to_rfc3339_if_known(unit.last_ms)
    return UnitView(unit=unit.unit, because=unit.because, last_assigned_at=last, open=unit.open)


def looker_view(one: Looker) -> LookerView:
    """Somebody who looks, as the API shows them."""
    return LookerView(user_id=one.user_id, name=one.name, seen_at=to_rfc3339(one.seen_ms))
