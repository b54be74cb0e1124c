"""Every word of the page stands in one file, in both languages, and nowhere else."""

import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "web" / "src"
TEXT = r"""(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`)"""
ENTRY = re.compile(rf"^  (\w+): \{{\s*zh: {TEXT},\s*en: {TEXT},?\s*\}},?$", re.MULTILINE)
HAN = re.compile(r"[\u4e00-\u9fff]")
SAME_IN_BOTH = {"Haulwatch", "GeoJSON", "Esc"}
"""Names, a format and a key; commands in `<code>` are said as they are typed."""
TEMPLATES = sorted(SOURCE.rglob("*.vue"))


def entries() -> dict[str, tuple[str, str]]:
    text = (SOURCE / "words" / "words.ts").read_text()
    return {
        found[1]: (found[2] or found[3] or found[4] or "", found[5] or found[6] or found[7] or "")
        for found in ENTRY.finditer(text)
    }


def test_every_word_is_there_in_both_languages_with_the_same_places_for_values():
    words = entries()
    named = re.findall(r"^  (\w+): \{", (SOURCE / "words" / "words.ts").read_text(), re.MULTILINE)
    assert sorted(set(named)) == sorted(words), "an entry is not of the form { zh: …, en: … }"
    assert len(named) == len(set(named))
    for name, (zh, en) in words.items():
        assert bool(zh.strip()) == bool(en.strip()), name
        assert sorted(set(re.findall(r"\{\w+\}", zh))) == sorted(set(re.findall(r"\{\w+\}", en))), name


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_words_of_its_own(path: Path):
    template = path.read_text().partition("<template>")[2].rpartition("</template>")[0]
    template = re.sub(r"<!--.*?-->|<code.*?</code>", "", template, flags=re.DOTALL)
    said = re.sub(r"\{\{.*?\}\}", "", template, flags=re.DOTALL)
    texts = [text.strip() for text in re.findall(r"(?<=[\w\"'/\]])>([^<>]*)<", said)]
    labels = re.findall(r"\s(?:title|placeholder|alt|aria-label)=\"([^\"]*)\"", said)
    spoken = {text for text in (*texts, *labels) if HAN.search(text) or re.search(r"[A-Za-z]{3,}", text)}
    assert spoken <= SAME_IN_BOTH
