"""Links for the field: made by those who assign, as an address and as a picture to be scanned."""

import segno
from fastapi import Request

from api.case_view import LinkView
from api.deps import Services
from domain.instant import to_rfc3339
from domain.person import Person
from storage.case_records import CaseRow
from storage.field import LINK_MS


async def make_link(services: Services, person: Person, request: Request, case: CaseRow) -> LinkView:
    """A link to a case's form; the ones before open it no more, and making it is in the audit log."""
    now_ms = services.now_ms()
    secret = await services.field.make_link(
        case.id, unit=case.assignee or "", made_by=person.user_id, now_ms=now_ms
    )
    await services.people.note(person.user_id, "case_link", str(case.id), detail={"unit": case.assignee})
    # Behind a proxy only the browser knows by which address the service is reached; what asks is our own page.
    origin = services.public_url or request.headers.get("origin") or str(request.base_url)
    # After the #, where no server and no log on the way sees it.
    url = f"{origin.rstrip('/')}/f/{case.id}#{secret}"
    picture = segno.make(url, error="m").svg_data_uri(scale=4, border=3, dark="#111", light="#fff")
    return LinkView(url=url, qr=picture, expires_at=to_rfc3339(now_ms + LINK_MS))
