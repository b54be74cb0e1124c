"""Templates come from people: what is wrong with one is told with its place, and none reaches beyond its tags."""

import zipfile
from io import BytesIO

import docx
import pytest
from docx.opc.constants import RELATIONSHIP_TYPE
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from domain.document import UnfitError
from exports.bulletin import docx_seal
from exports.bulletin.docx_template import MOST_BYTES, fill, opened

PARTS = (
    "word/document.xml",
    "[Content_Types].xml",
    "word/_rels/document.xml.rels",
    "_rels/.rels",
    "docProps/core.xml",
)
ATTACHED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"


class Row(Struct):
    name: str
    n: int


def template(*paragraphs: str, header: str = "") -> bytes:
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    document.sections[0].header.paragraphs[0].text = header
    return saved(document)


def saved(document) -> bytes:
    written = BytesIO()
    document.save(written)
    return written.getvalue()


def filled(content: bytes, **tags: object):
    """The document that a template becomes, read back."""
    found = opened(content)
    fill(found, tags)
    return docx.Document(BytesIO(saved(found.docx)))


def texts(document) -> list[str]:
    return [paragraph.text for paragraph in document.paragraphs]


def refusal(content: bytes, **tags: object) -> tuple[str, str]:
    """The code and the sentence with which a template is refused."""
    with pytest.raises(UnfitError) as caught:
        filled(content, **tags)
    return caught.value.message.code, str(caught.value)


def test_tags_are_filled_in_in_paragraphs_loops_and_headers():
    rows = [Row(name="A", n=1), Row(name="B", n=2)]
    found = filled(
        template("{{ title }}", "{%p for row in rows %}", "{{ row.name }}: {{ row.n }}", "{%p endfor %}", header="{{ title }}"),
        title="T", rows=rows,
    )  # fmt: skip
    assert texts(found) == ["T", "A: 1", "B: 2"]
    assert found.sections[0].header.paragraphs[0].text == "T"


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("Total: {{ totl }}", "totl"),
        ("{{ row.nmae }}", "nmae"),
        ("{% if provisionl %}x{% endif %}", "provisionl"),
        ("{% for one in rws %}{{ one }}{% endfor %}", "rws"),
    ],
)
def test_an_unknown_tag_is_named_with_the_text_round_it(text, tag):
    code, sentence = refusal(template("First", text, "Last"), row=Row(name="A", n=1))
    assert code == "template_unknown_tag"
    assert f"`{tag}`" in sentence
    assert text in sentence


def test_an_unknown_tag_of_a_header_is_found_too():
    code, sentence = refusal(template("Text", header="{{ oran }}"))
    assert (code, "oran" in sentence) == ("template_unknown_tag", True)


@pytest.mark.parametrize(
    "text",
    [
        "{{ title",
        "{% if title %}never ended",
        "{{ title | }}",
        "{% endfor %}",
        "{% frobnicate %}",
        "{{ title | shout }}",
    ],
)
def test_a_tag_that_cannot_be_read_is_told(text):
    code, sentence = refusal(template(text), title="T")
    assert code == "template_syntax", sentence


def test_a_block_that_begins_in_a_paragraph_and_ends_in_a_table_is_told():
    document = docx.Document()
    document.add_paragraph("a {% if title %} b")
    document.add_table(rows=1, cols=1).cell(0, 0).text = "c {% endif %} d"
    assert refusal(saved(document), title="")[0] == "template_torn"


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ row.__class__ }}",
        "{{ row.__init__.__globals__ }}",
        "{{ rows.append(1) }}",
        "{{ self.__init__ }}",
        "{{ 'a' * 1000000000 }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ 9 ** 9 ** 9 ** 9 }}",
        "{{ range(1000000000) }}",
        "{{ lipsum() }}",
        "{{ 'a'|center(1000000000) }}",
        "{{ 'a'.zfill(1000000000) }}",
        "{{ '{:>1000000000}'.format('a') }}",
        "{% set a = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' %}{{ a }}",
        "{% macro a() %}{{ caller() }}{% endmacro %}",
        "{% for a in rows %}{% for b in rows %}{% for c in rows %}{{ c }}{% endfor %}{% endfor %}{% endfor %}",
        "{{ rows|attr('append') }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{{ 1 / 0 }}",
    ],
)
def test_a_template_reaches_nothing_but_its_tags(text):
    with pytest.raises(UnfitError):
        filled(template(text), row=Row(name="A", n=1), rows=[1, 2])


def test_a_name_with_marks_of_xml_stays_a_name():
    name = "<A&B> \"Ltd\" 'x' ]]> {{ title }} {% if %}"
    assert texts(filled(template("{{ name }}"), name=name)) == [name]


@settings(max_examples=30, deadline=None)
@given(name=st.text(min_size=1))
def test_any_text_gives_a_document_that_opens(name):
    found = texts(filled(template("({{ name }})"), name=name))
    assert found[0][0] + found[-1][-1] == "()"


def test_what_no_document_can_hold_becomes_a_blank():
    assert texts(filled(template("{{ name }}"), name="a\x00b\x0bc\ufffed\ne")) == ["a b c d e"]


def test_a_file_that_is_no_word_document_is_refused():
    empty = BytesIO()
    with zipfile.ZipFile(empty, "w") as package:
        package.writestr("a.txt", "a")
    for content in (b"", b"PK\x03\x04", b"<html></html>", empty.getvalue()):
        assert refusal(content)[0] == "template_no_docx"


def test_a_file_that_is_too_large_packed_or_unpacked_is_refused():
    assert refusal(b"PK" + bytes(MOST_BYTES))[0] == "template_too_large"
    bomb = BytesIO(template("x"))
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("word/media/zeros.bin", bytes(45_000_000))
    assert refusal(bomb.getvalue())[0] == "template_too_large"


def test_a_template_that_fetches_from_elsewhere_is_refused_and_a_link_is_not():
    document = docx.Document()
    document.part.relate_to("https://example.org/", RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    filled(saved(document))
    document.part.relate_to("https://example.org/a.dotm", ATTACHED, is_external=True)
    assert refusal(saved(document))[0] == "template_fetches"


@settings(max_examples=40, deadline=None)
@given(place=st.integers(0, 3_000), letters=st.binary(min_size=1, max_size=4), name=st.sampled_from(PARTS))
def test_a_damaged_template_is_refused_or_filled_in_and_never_breaks(place, letters, name):
    parts = packed(template("{{ title }}"))
    content = parts[name]
    at = place % len(content)
    parts[name] = content[:at] + letters + content[at + len(letters) :]
    damaged = BytesIO()
    with zipfile.ZipFile(damaged, "w") as package:
        for each, text in parts.items():
            package.writestr(each, text)
    assert outcome(damaged.getvalue()) in {
        "filled",
        "template_no_docx",
        "template_syntax",
        "template_unknown_tag",
        "template_failed",
        "template_torn",
    }


def outcome(content: bytes) -> str:
    try:
        found = opened(content)
        fill(found, {"title": "T"})
        docx_seal.saved(found.docx)
    except UnfitError as error:
        return error.message.code
    return "filled"


def packed(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}
