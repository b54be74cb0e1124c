"""Files of cases: photos, PDF and short films, told by their content and never by their name."""

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from api.case_view import AttachmentView, attachment_view
from api.deps import ServicesDep
from api.errors import CHANGED_RESPONSE, NOT_FOUND_RESPONSE
from api.routes.cases import CaseId
from api.signed_in import HandlerDep, PersonDep
from api.uploads import FILE_RESPONSES, MEDIA_TYPES, UPLOAD, received

router = APIRouter(tags=["cases"])

SHOWN = frozenset({"image/jpeg", "image/png", "image/webp"})
"""What a browser shows in a page; anything else is saved."""


@router.post(
    "/cases/{case_id}/attachments",
    status_code=201,
    responses=NOT_FOUND_RESPONSE | CHANGED_RESPONSE | FILE_RESPONSES,
    openapi_extra=UPLOAD,
)
async def add_attachment(
    services: ServicesDep,
    person: HandlerDep,
    request: Request,
    case_id: CaseId,
    name: Annotated[
        str, Query(min_length=1, max_length=200, pattern=r"^[^\x00]*$", description="The file's name")
    ],
) -> AttachmentView:
    """Keep a photo, a PDF or a short film with a case: the body is the file, of at most 10 MiB."""
    await services.cases.case(person.scope, case_id)
    file = await received(request, name)
    kept = await services.cases.attach(
        person, case_id, name=file.name, media_type=file.media_type, sha256=file.sha256, content=file.content
    )
    return attachment_view(kept)


@router.get(
    "/attachments/{attachment_id}",
    responses=NOT_FOUND_RESPONSE | {200: {"content": {kind: {} for kind in sorted(MEDIA_TYPES)}}},
    response_class=Response,
)
async def get_attachment(services: ServicesDep, person: PersonDep, attachment_id: UUID) -> Response:
    """A file, as it was sent."""
    kept, content = await services.cases.attachment(person.scope, attachment_id)
    how = "inline" if kept.media_type in SHOWN else "attachment"
    headers = {
        # Shown or saved by the browser, never run: what people upload is not to be trusted as a page.
        "content-disposition": f"{how}; filename*=UTF-8''{quote(kept.name)}",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
        "cache-control": "private, max-age=31536000, immutable",
        "etag": f'"{kept.sha256}"',
    }
    return Response(content, media_type=kept.media_type, headers=headers)
