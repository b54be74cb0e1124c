"""`haulwatch export bulletin` and `export template`: the same file again, one's own template, errors in one line."""

from io import BytesIO
from pathlib import Path

import docx

from exports.bulletin.docx_file import ready_made
from tests.haulwatch.test_commands import haulwatch
from tests.haulwatch.test_exporting import raise_in, this_week


def run(database: str, *arguments: str) -> tuple[int, str]:
    done = haulwatch(
        "export",
        *arguments,
        environ={"HAULWATCH_DATABASE_URL": database, "HAULWATCH_BULLETIN_ORGAN": "城管局"},
    )
    return done.returncode, done.stdout + done.stderr


def template(path: Path, text: str) -> Path:
    document = docx.Document()
    document.add_paragraph(text)
    document.save(str(path))
    return path


def test_the_last_weeks_bulletin_exported_again_is_the_same(database, tmp_path):
    week = this_week().before
    raise_in(database, week, 0, 1, 2)
    first, again = tmp_path / "a.docx", tmp_path / "b.docx"
    code, said = run(database, "bulletin", "--out", str(first))
    assert (code, f"{week.name}, 3 violations" in said) == (0, True), said
    assert run(database, "bulletin", "--week", week.name, "--out", str(again))[0] == 0
    assert first.read_bytes() == again.read_bytes()
    texts = [paragraph.text for paragraph in docx.Document(str(first)).paragraphs]
    assert texts[0] == "城管局"


def test_a_template_of_ones_own_is_used_and_a_wrong_one_is_told(database, tmp_path):
    raise_in(database, this_week(), 0)
    out = tmp_path / "a.docx"
    mine = template(tmp_path / "mine.docx", "{{ violations.n }} in {{ period_name }}")
    asked = ("bulletin", "--week", this_week().name, "--out", str(out), "--template")
    code, said = run(database, *asked, str(mine))
    assert (code, "provisional" in said) == (0, True), said
    assert docx.Document(str(out)).paragraphs[0].text == f"1 in {this_week().name}"
    code, said = run(database, *asked, str(template(tmp_path / "wrong.docx", "{{ violatons.n }}")))
    assert (code, "there is no tag `violatons`" in said) == (1, True)


def test_the_ready_made_template_is_written(database, tmp_path):
    out = tmp_path / "t.docx"
    code, _ = run(database, "template", "--lang", "en", "--out", str(out))
    assert (code, out.read_bytes()) == (0, ready_made("en"))
    assert docx.Document(BytesIO(out.read_bytes())).paragraphs


def test_a_week_and_a_month_at_once_are_refused(database):
    code, said = run(database, "bulletin", "--week", "2026-W46", "--month", "2026-10")
    assert (code, "not both" in said) == (2, True)
