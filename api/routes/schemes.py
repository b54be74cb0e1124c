"""Schemes of demerits: the versions there are, ready-made ones, what one would come to, and putting a new one in force."""

import json
from datetime import date
from typing import Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from alerts.demerit_document import read_scheme
from alerts.demerit_examples import EXAMPLES
from alerts.demerit_scheme import SCORED, DatedScheme, Scheme, cycle_of, in_force, parts
from api.deps import ServicesDep
from api.drafting import told_problem
from api.errors import CHANGED_RESPONSE, ApiError
from api.routes.scores import FIRST_DAY, LAST_DAY
from api.score_book import CycleTerms
from api.score_shapes import ExampleView, SchemeCheck, SchemesView, SchemeView
from api.score_view import Names, by_grade, changed, cycle_view, scheme_view
from api.scores import Scores, dates, scores
from api.signed_in import Needs, PersonDep, TunerDep, sees_everything
from domain.person import Permission
from domain.problem import Problem

router = APIRouter(prefix="/scores/schemes", tags=["scores"])

BEFORE_ALL = date(1970, 1, 1)


class GivenScheme(BaseModel):
    """A scheme's document."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    document: dict[str, Any]


class NewScheme(GivenScheme):
    """A scheme and the local day it is in force from."""

    effective_from: date = Field(ge=FIRST_DAY, le=LAST_DAY)
    note: str = Field("", max_length=2000)


@router.get("")
async def list_schemes(services: ServicesDep, person: PersonDep) -> SchemesView:
    """All schemes, newest first; none of them ever changes."""
    found = await dates(services, None)
    rows = await services.demerits.schemes()
    current = in_force(found.timeline, found.today)
    views = [scheme_view(row, current) for row in reversed(rows)]
    if person.scope.district_ids is not None:  # a note may speak of any district
        views = [one.model_copy(update={"note": ""}) for one in views]
    return SchemesView(items=views, kinds=[str(kind) for kind in SCORED])


@router.get("/ready-made")
async def list_ready_made_schemes() -> list[ExampleView]:
    """Schemes to begin with."""
    return [ExampleView(id=name, document=document) for name, document in EXAMPLES.items()]


@router.post(
    "/check",
    dependencies=[Depends(sees_everything), Depends(Needs(Permission.TUNE))],
    responses=CHANGED_RESPONSE,
)
async def check_scheme(services: ServicesDep, given: GivenScheme) -> SchemeCheck:
    """What is wrong with a scheme; else where companies would stand if it had held throughout today's cycle."""
    scheme = _read(given.document)
    if not isinstance(scheme, Scheme):
        problems = [told_problem(one) for one in scheme]
        return SchemeCheck(problems=problems, cycle=None, companies=[], vehicles={})
    found = await dates(services, None)
    now = await scores(services, found)
    dated = DatedScheme(version=0, effective_from=BEFORE_ALL, scheme=scheme)
    cycle = cycle_of([dated], found.today)
    assert cycle is not None
    then = Scores(
        known=found.known,
        today=found.today,
        now_ms=services.now_ms(),
        as_of_ms=services.now_ms(),
        cycle=cycle,
        parts=parts([dated], cycle.first, cycle.last),
        dated=dated,
        judged=await services.scores.judged(
            CycleTerms(timeline=[dated], cycle=cycle, dated=dated, zone=found.known.zone), services.now_ms()
        ),
    )
    before = [] if now is None else now.all_companies()
    return SchemeCheck(
        problems=[],
        cycle=cycle_view(cycle, found.today),
        companies=changed(before, then.all_companies(), Names(found.known)),
        vehicles={
            "before": {} if now is None else by_grade(now.judged.vehicles),
            "after": by_grade(then.judged.vehicles),
        },
    )


@router.post("", status_code=201, dependencies=[Depends(sees_everything)], responses=CHANGED_RESPONSE)
async def put_scheme(services: ServicesDep, person: TunerDep, given: NewScheme) -> SchemeView:
    """Put a scheme in force from a day on. 409 where a later one is planned; 422 `invalid_scheme` with every problem."""
    scheme = _read(given.document)
    if not isinstance(scheme, Scheme):
        details = [told_problem(one) for one in scheme]
        raise ApiError(422, "invalid_scheme", "The scheme cannot be used as it is", details=details)
    version = await services.demerits.put_scheme(
        json.dumps(given.document, ensure_ascii=False),
        effective_from=given.effective_from,
        author=person.user_id,
        note=given.note,
    )
    await services.people.note(
        person.user_id,
        "put_scheme",
        f"scheme:{version}",
        detail={"effective_from": given.effective_from.isoformat(), "note": given.note},
    )
    row = next(one for one in await services.demerits.schemes() if one.version == version)
    found = await dates(services, None)
    return scheme_view(row, in_force(found.timeline, found.today))


def _read(document: dict[str, Any]) -> Scheme | list[Problem]:
    # Escaped, so that half a character is found as no JSON rather than failing here.
    return read_scheme(json.dumps(document).encode())
