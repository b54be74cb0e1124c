"""Permits and vehicles as sheets: a file against a draft, row by row, and the registry as a file to fill in.

Reading a sheet changes nothing. What of it is wanted goes into the draft as edits, like any other.
"""

import asyncio
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api.deps import Services, ServicesDep
from api.drafting import told_message
from api.errors import NOT_FOUND_RESPONSE, ApiError
from api.sheet_view import SheetView, sheet_view
from api.signed_in import Needs, sees_everything
from api.uploads import TOO_LARGE_RESPONSE, UPLOAD, body_of
from domain.document import UnfitError
from domain.person import Permission
from domain.problem import Language
from domain.registry import DEFAULT_TIMEZONE
from domain.registry_edits import Document
from domain.sheet_columns import COLUMNS, SheetSection
from domain.sheet_edits import read_edits, written_rows
from domain.vehicle import VehicleKind
from exports.csv_file import csv_file

router = APIRouter(
    prefix="/sheets",
    tags=["registry"],
    dependencies=[Depends(sees_everything), Depends(Needs(Permission.TUNE))],
)

Section = Annotated[SheetSection, Path(description="What the rows are")]
DraftId = Annotated[
    int | None,
    Query(ge=1, le=2**63 - 1, description="The draft it is for; else a new one on the newest version"),
]
Lang = Annotated[Language, Query(description="The language of headings and words")]
CSV_RESPONSE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {}}, "description": "UTF-8 with its mark"}
}


@router.get("/{section}", response_class=Response, responses=CSV_RESPONSE | NOT_FOUND_RESPONSE)
async def get_sheet(
    services: ServicesDep,
    section: Section,
    draft_id: DraftId = None,
    lang: Lang = "zh",
    empty: Annotated[bool, Query(description="The headings alone, to be filled in")] = False,
) -> Response:
    """The entries as a CSV file that spreadsheets open and that reads back as nothing changed."""
    document = await _document(services, draft_id)
    rows = [] if empty else await asyncio.to_thread(written_rows, section, document, lang)
    content = csv_file([column.heading(lang) for column in COLUMNS[section]], rows)
    headers = {
        "content-disposition": f'attachment; filename="haulwatch-{section}.csv"',
        "x-content-type-options": "nosniff",
    }
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/{section}", responses=NOT_FOUND_RESPONSE | TOO_LARGE_RESPONSE, openapi_extra=UPLOAD)
async def read_a_sheet(
    services: ServicesDep,
    request: Request,
    section: Section,
    draft_id: DraftId = None,
    lang: Lang = "zh",
    kind: Annotated[VehicleKind, Query(description="Of new vehicles that say none")] = VehicleKind.MUCK_TRUCK,
) -> SheetView:
    """A CSV file (UTF-8 or GB18030; comma, semicolon or tab) row by row: what it would add or change, or why not.

    The body is the file, of at most 10 MiB and 5,000 rows. 422 `unreadable_sheet` where it is no sheet at all.
    """
    content = await body_of(request)
    document = await _document(services, draft_id)
    try:
        return await asyncio.to_thread(_read, content, section, document, lang, kind)
    except UnfitError as error:
        raise ApiError(
            422, "unreadable_sheet", str(error.message), details=[told_message(error.message)]
        ) from error


def _read(
    content: bytes, section: SheetSection, document: Document, language: Language, kind: VehicleKind
) -> SheetView:
    found = read_edits(content, section, document, _zone_of(document), kind=kind.value)
    return sheet_view(found, section, document, language)


async def _document(services: Services, draft_id: int | None) -> Document:
    """What a sheet is read against: the draft as it stands, or what a new one would stand on."""
    if draft_id is None:
        return (await services.drafting.base(await services.drafting.newest())).document
    written = await services.drafting.document(await services.drafts.draft(draft_id))
    document: Document = msgspec.json.decode(written)
    return document


def _zone_of(document: Document) -> ZoneInfo:
    """The document's time zone; one that it gets wrong is a problem of the draft, not of the sheet."""
    try:
        return ZoneInfo(document.get("timezone") or DEFAULT_TIMEZONE)
    except (KeyError, OSError, ValueError, TypeError):
        return ZoneInfo(DEFAULT_TIMEZONE)
