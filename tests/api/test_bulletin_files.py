"""The bulletin as a Word file over the API, and the city's own template: taken, edited, given back, refused."""

from io import BytesIO

import docx
import httpx
import pytest
from docx.oxml.ns import qn

from domain.period import read_period
from domain.person import Person, Role, Scope
from exports.book_reader import BookReader
from exports.bulletin.docx_file import ready_made
from exports.statements import Statements
from storage.people import People
from tests.api.serving import make_app, serve, sign_in
from tests.api.test_reports import NOW_MS, week

WEEK = "2026-W10"
FILE = f"/api/statements/{WEEK}/bulletin.docx"
TEMPLATE = "/api/bulletin-template/zh"
ADMINISTRATOR = Person(user_id="li", name="Li", role=Role.ADMINISTRATOR)


async def client_of(store, url: str, person: Person = ADMINISTRATOR) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, headers=await sign_in(store, person), timeout=60)


def words(content: bytes) -> str:
    document = docx.Document(BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([paragraph.text for paragraph in document.paragraphs] + cells)


def edited(template: bytes, *, title: str, without: str) -> bytes:
    """A template as somebody edits it in Word: another title, and one section dropped."""
    document = docx.Document(BytesIO(template))
    for paragraph in document.paragraphs:
        if "{{ title }}" in paragraph.text:
            paragraph.runs[0].text = title
    body, dropping = document.element.body, False
    for part in list(body):
        texts = "".join(text.text or "" for text in part.iter("{*}t"))
        style = part.find(".//{*}pStyle")
        is_heading = style is not None and style.get(qn("w:val")) == "Heading1"
        dropping = texts == without if is_heading else dropping
        if dropping and not part.tag.endswith("}sectPr"):
            body.remove(part)
    saved = BytesIO()
    document.save(saved)
    return saved.getvalue()


def broken(tag: str) -> bytes:
    document = docx.Document()
    document.add_paragraph(f"合计{tag}起")
    saved = BytesIO()
    document.save(saved)
    return saved.getvalue()


async def test_a_template_is_taken_edited_given_back_and_used(store):
    await week(store)
    await Statements(store, BookReader(store)).issue(read_period(WEEK), NOW_MS, "test")
    async with (
        serve(make_app(store, clock=lambda: NOW_MS, bulletin_organ="城管局")) as url,
        await client_of(store, url) as client,
    ):
        first = await client.get(FILE)
        assert first.status_code == 200, first.text
        assert "渣土运输与工地扬尘监管周通报" in words(first.content)
        assert "工地扬尘超标情况" in words(first.content)
        given = await client.get(TEMPLATE)
        assert given.content == ready_made("zh")
        mine = edited(given.content, title="本市周报 {{ issue }}", without="工地扬尘超标情况")
        taken = await client.put(TEMPLATE, params={"name": "../本市.docx"}, content=mine)
        assert taken.status_code == 200, taken.text
        assert {key: taken.json()[key] for key in ("is_own", "name", "bytes", "author")} == {
            "is_own": True, "name": "本市.docx", "bytes": len(mine), "author": "li",
        }  # fmt: skip
        assert (await client.get(TEMPLATE)).content == mine
        second = await client.get(FILE)
        assert "本市周报 2026年第10期" in words(second.content)
        assert "工地扬尘超标情况" not in words(second.content)
        assert [one["is_own"] for one in (await client.get("/api/bulletin-templates")).json()] == [
            True,
            False,
        ]
        gone = await client.delete(TEMPLATE)
        assert gone.json()["is_own"] is False
        assert (await client.get(TEMPLATE)).content == given.content
    acts = [(one.act, one.subject, one.user_id) for one in await People(store).audit()]
    assert ("put_bulletin_template", "bulletin_template:zh", "li") in acts
    assert ("delete_bulletin_template", "bulletin_template:zh", "li") in acts


@pytest.mark.parametrize(
    ("content", "code", "named"),
    [
        (broken("{{ violatons.n }}"), "template_unknown_tag", "violatons"),
        (broken("{{ violations.n"), "template_syntax", "合计"),
        (broken("{% if provisional %}{{ draft }}{% endif %}"), "template_unknown_tag", "draft"),
        (b"no document", "template_no_docx", "docx"),
    ],
    ids=["unknown", "syntax", "only while it runs", "no document"],
)
async def test_a_template_that_cannot_be_used_is_refused_with_its_tag(store, content, code, named):
    async with serve(make_app(store)) as url, await client_of(store, url) as client:
        answer = await client.put(TEMPLATE, content=content)
        assert answer.status_code == 422
        error = answer.json()["error"]
        assert (error["code"], error["details"][0]["code"]) == ("template_unfit", code)
        assert named in error["details"][0]["message_zh"]
        assert [one["is_own"] for one in (await client.get("/api/bulletin-templates")).json()] == [
            False,
            False,
        ]


@pytest.mark.parametrize(
    "person",
    [
        Person(user_id="wang", name="", role=Role.ANALYST),
        Person(user_id="zhao", name="", role=Role.ADMINISTRATOR, scope=Scope(frozenset({"D1"}))),
    ],
    ids=["analyst", "administrator of a district"],
)
async def test_templates_are_for_administrators_of_the_whole_city(store, person):
    async with serve(make_app(store)) as url, await client_of(store, url, person) as client:
        asked = [
            await client.get("/api/bulletin-templates"),
            await client.get(TEMPLATE),
            await client.put(TEMPLATE, content=b""),
            await client.delete(TEMPLATE),
        ]
        assert [one.status_code for one in asked] == [403] * 4


async def test_somebody_of_a_district_gets_the_bulletin_of_that_district(store):
    await week(store)
    person = Person(user_id="qian", name="", role=Role.VIEWER, scope=Scope(frozenset({"D1"})))
    async with (
        serve(make_app(store, clock=lambda: NOW_MS)) as url,
        await client_of(store, url, person) as client,
    ):
        own = await client.get(FILE)
        assert own.status_code == 200, own.text
        assert "范围：锦江区" in words(own.content)
        # Week 10 was never issued here.
        assert own.headers["content-disposition"].endswith('-provisional-zh.docx"')
        assert (await client.get(FILE, params={"district": "elsewhere"})).status_code == 404
