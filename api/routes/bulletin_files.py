"""The bulletin as a Word file, and the city's own template of it."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import Field

from api.bulletin_found import BulletinDep, BulletinScopeDep
from api.deps import ServicesDep
from api.drafting import told_message
from api.errors import NOT_FOUND_RESPONSE, ApiError
from api.periods import PeriodDep
from api.schemas import Shape
from api.signed_in import AdministratorDep, sees_everything
from api.uploads import TOO_LARGE_RESPONSE, UPLOAD, body_of, clean
from domain.document import UnfitError
from domain.instant import to_rfc3339
from exports.bulletin.docx_file import MEDIA_TYPE, file_name, ready_made
from exports.bulletin.reading import bulletin_file
from exports.bulletin.trial import try_template
from exports.words import Language
from storage.bulletin_templates import TemplateHead

router = APIRouter(tags=["reports"])

Lang = Annotated[Language, Query(description="The language of the file")]
OfLang = Annotated[Language, Path(description="The language of the template")]
DOCX_RESPONSE: dict[int | str, dict[str, Any]] = {
    200: {"content": {MEDIA_TYPE: {}}, "description": "A Word document"}
}


class BulletinTemplate(Shape):
    """What the bulletins of a language are made with."""

    language: Language
    is_own: bool = Field(
        description="Whether the city has put in one of its own; else the ready-made one is used"
    )
    name: str = ""
    bytes: int | None = None
    author: str | None = None
    at: str | None = Field(None, examples=["2026-11-16T14:03:21.120Z"])


@router.get(
    "/statements/{period}/bulletin.docx",
    response_class=Response,
    responses=DOCX_RESPONSE | NOT_FOUND_RESPONSE,
)
async def export_bulletin(
    services: ServicesDep,
    scope: BulletinScopeDep,
    period: PeriodDep,  # noqa: ARG001 -- of the path
    found: BulletinDep,
    lang: Lang = "zh",
) -> Response:
    """The bulletin as a Word document, by the city's own template where there is one."""
    try:
        # One after the other here, so that those who wait hold no thread that others need.
        async with services.drawing:
            content = await bulletin_file(
                services.store,
                found,
                language=lang,
                districts=scope.district_ids,
                organ=services.bulletin_organ,
            )
    except UnfitError as error:
        raise _unfit(409, error) from error
    return _file(content, file_name(found, lang))


@router.get("/bulletin-templates", dependencies=[Depends(sees_everything)])
async def list_bulletin_templates(services: ServicesDep, _person: AdministratorDep) -> list[BulletinTemplate]:
    """What the bulletins of each language are made with."""
    own = {one.language: one for one in await services.bulletin_templates.heads()}
    return [_shown(language, own.get(language)) for language in ("zh", "en")]


@router.get(
    "/bulletin-template/{lang}",
    response_class=Response,
    responses=DOCX_RESPONSE,
    dependencies=[Depends(sees_everything)],
)
async def get_bulletin_template(services: ServicesDep, _person: AdministratorDep, lang: OfLang) -> Response:
    """The template in use, to be edited in Word: the city's own, else the ready-made one."""
    own = await services.bulletin_templates.content(lang)
    return _file(own or ready_made(lang), f"haulwatch-bulletin-template-{lang}.docx")


@router.put(
    "/bulletin-template/{lang}",
    responses=TOO_LARGE_RESPONSE,
    openapi_extra=UPLOAD,
    dependencies=[Depends(sees_everything)],
)
async def put_bulletin_template(
    services: ServicesDep,
    person: AdministratorDep,
    request: Request,
    lang: OfLang,
    name: Annotated[str, Query(max_length=200, description="What the file is called")] = "",
) -> BulletinTemplate:
    """Take a template, after it was filled in twice for a trial: 422 `template_unfit` names the tag and its text."""
    content = await body_of(request)
    try:
        async with services.drawing:
            await asyncio.to_thread(try_template, content, lang)
    except UnfitError as error:
        raise _unfit(422, error) from error
    await services.bulletin_templates.keep(lang, name=clean(name), content=content, author=person.user_id)
    await services.people.note(
        person.user_id,
        "put_bulletin_template",
        f"bulletin_template:{lang}",
        detail={"name": clean(name), "bytes": len(content)},
    )
    own = {one.language: one for one in await services.bulletin_templates.heads()}
    return _shown(lang, own.get(lang))


@router.delete("/bulletin-template/{lang}", dependencies=[Depends(sees_everything)])
async def delete_bulletin_template(
    services: ServicesDep, person: AdministratorDep, lang: OfLang
) -> BulletinTemplate:
    """Go back to the ready-made template."""
    if await services.bulletin_templates.drop(lang):
        await services.people.note(person.user_id, "delete_bulletin_template", f"bulletin_template:{lang}")
    return _shown(lang, None)


def _unfit(status: int, error: UnfitError) -> ApiError:
    return ApiError(status, "template_unfit", str(error.message), details=[told_message(error.message)])


def _shown(language: Language, head: TemplateHead | None) -> BulletinTemplate:
    if head is None:
        return BulletinTemplate(language=language, is_own=False)
    return BulletinTemplate(
        language=language,
        is_own=True,
        name=head.name,
        bytes=head.bytes,
        author=head.author,
        at=to_rfc3339(head.at_ms),
    )


def _file(content: bytes, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"', "x-content-type-options": "nosniff"}
    return Response(content, media_type=MEDIA_TYPE, headers=headers)
