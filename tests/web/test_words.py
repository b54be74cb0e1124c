"""Every word of the page stands in one of the files of words, once, in both languages, and nowhere else."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "web" / "src"
WORDS = SOURCE / "words"
PARTS = sorted(set(WORDS.glob("*.ts")) - {WORDS / f"{name}.ts" for name in ("words", "index", "format")})
TEXT = r"""(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`)"""
ENTRY = re.compile(rf"^  (\w+): \{{\s*zh: {TEXT},\s*en: {TEXT},?\s*\}},?$", re.MULTILINE)
HAN = re.compile(r"[\u4e00-\u9fff]")
SAME_IN_BOTH = {"Haulwatch", "GeoJSON", "Esc"}
"""Names, a format and a key; commands in `<code>` are said as they are typed."""
TEMPLATES = sorted(SOURCE.rglob("*.vue"))


def named(part: Path) -> list[str]:
    return re.findall(r"^  (\w+):", part.read_text(), re.MULTILINE)


def entries(part: Path) -> dict[str, tuple[str, str]]:
    return {
        found[1]: (found[2] or found[3] or found[4] or "", found[5] or found[6] or found[7] or "")
        for found in ENTRY.finditer(part.read_text())
    }


@cache
def asked_for() -> tuple[frozenset[str], tuple[str, ...], tuple[str, ...]]:
    """What the page asks words by: names, and the beginnings and ends of names that a value completes."""
    asking = [path for path in (*TEMPLATES, *SOURCE.rglob("*.ts")) if path not in PARTS]
    text = "\n".join(path.read_text() for path in asking if path.name != "schema.d.ts")
    saying = [*(ROOT / "domain").rglob("*.py"), ROOT / "exports" / "sentence_words.py"]
    values = "\n".join(path.read_text() for path in saying)
    names = frozenset(re.findall(r"\w+", text)) | frozenset(re.findall(r"\"(\w+)\"", values))
    begins = re.findall(r"['`](\w+_)(?:['`]|\$\{)", text)
    return names, tuple(set(begins)), tuple(set(re.findall(r"\}(_\w+)`", text)))


@pytest.mark.parametrize("part", PARTS, ids=lambda path: path.stem)
def test_every_word_is_there_in_both_languages_with_the_same_places_for_values(part: Path):
    words = entries(part)
    assert words
    assert sorted(set(named(part))) == sorted(words), "an entry is not of the form { zh: …, en: … }"
    for name, (zh, en) in words.items():
        assert bool(zh.strip()) == bool(en.strip()), name
        assert sorted(set(re.findall(r"\{\w+\}", zh))) == sorted(set(re.findall(r"\{\w+\}", en))), name


def test_a_word_stands_in_one_file_and_once():
    count = Counter(name for part in PARTS for name in named(part))
    assert [name for name, times in count.items() if times > 1] == []


def test_the_page_has_the_words_of_every_file():
    spread = re.findall(r"^  \.\.\.(\w+),$", (WORDS / "words.ts").read_text(), re.MULTILINE)
    assert spread == [part.stem for part in PARTS]


@pytest.mark.parametrize("part", PARTS, ids=lambda path: path.stem)
def test_every_word_is_asked_for(part: Path):
    names, begins, ends = asked_for()
    unused = {name for name in named(part) if name not in names}
    assert [name for name in unused if not (name.startswith(begins) or name.endswith(ends))] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_words_of_its_own(path: Path):
    template = path.read_text().partition("<template>")[2].rpartition("</template>")[0]
    template = re.sub(r"<!--.*?-->|<code.*?</code>", "", template, flags=re.DOTALL)
    said = re.sub(r"\{\{.*?\}\}", "", template, flags=re.DOTALL)
    texts = [text.strip() for text in re.findall(r"(?<=[\w\"'/\]])>([^<>]*)<", said)]
    labels = re.findall(r"\s(?:title|placeholder|alt|aria-label)=\"([^\"]*)\"", said)
    spoken = {text for text in (*texts, *labels) if HAN.search(text) or re.search(r"[A-Za-z]{3,}", text)}
    assert spoken <= SAME_IN_BOTH
