"""The page of a bundle: in both languages, of every kind, without a hole and without anything that runs."""

import re
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace

from domain.rule import RuleKind
from exports.bundle.container import unpack
from exports.bundle.making import make_bundle
from exports.bundle.page_words import ACTS, FIELDS, VALUES, WORDS
from exports.words import word
from scripts.rule_pictures.catalogue import CASES
from storage.store import Store
from tests.support.stored_worlds import alert_of, store_side

HOSTILE = """<b onclick="x()">&'\"</b><script>alert(1)</script>"""
VOID = {"meta", "br", "img"}


class Checked(HTMLParser):
    """Reads a page and notes what is open, and what it may not hold."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def checked(page: str) -> Checked:
    reader = Checked()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    assert "script" not in reader.seen
    assert not [name for name in reader.attributes if name.startswith("on")]
    return reader


async def pages(store: Store, kind: RuleKind) -> dict[str, str]:
    exhibit = await store.exhibit((await alert_of(store, kind)).id)
    assert exhibit is not None
    return {
        language: unpack(make_bundle(exhibit, language).content)["index.html"].decode()
        for language in ("zh", "en")
    }


@pytest.mark.parametrize("kind", [kind for kind in CASES if kind is not RuleKind.CAPPED_READINGS])
async def test_every_kind_has_a_page_without_a_hole_in_both_languages(store: Store, kind: RuleKind):
    await store_side(store, CASES[kind]().flagged)
    for language, page in (await pages(store, kind)).items():
        assert "<svg" in page or kind in {RuleKind.STATION_SILENT, RuleKind.DEVICE_SILENT}
        assert word(kind, language) in page
        checked(page)
        text = re.sub(r"<[^>]+>", " ", page.split("<body>")[1])
        for hole in ("None", "NaN", "nan ", "{", "inf "):
            assert hole not in text, (kind, language)
        keys = set(re.findall(r"\b[a-z]+(?:_[a-z0-9]+)+\b(?!\.)", text))
        assert keys == set(), (kind, language)


async def test_the_picture_and_the_words_hold_hostile_names_as_text(store: Store):
    side = CASES[RuleKind.OFF_ROUTE]().flagged
    world = side.world
    world.zones = [replace(zone, name=HOSTILE) for zone in world.zones]
    world.vehicles = [replace(vehicle, plate=HOSTILE) for vehicle in world.vehicles]
    await store_side(store, side)
    for page in (await pages(store, RuleKind.OFF_ROUTE)).values():
        checked(page)
        assert "&lt;script&gt;" in page


@pytest.mark.parametrize("words", [WORDS, FIELDS, VALUES, ACTS])
def test_every_word_is_there_in_both_languages(words):
    assert [name for name, both in words.items() if len(both) != 2 or not all(both)] == []
    for name, (chinese, english) in words.items():
        assert sorted(re.findall(r"{(\w+)}", chinese)) == sorted(re.findall(r"{(\w+)}", english)), name


async def test_a_page_says_that_the_first_version_holds_for_the_time_before_it(store: Store):
    await store_side(store, CASES[RuleKind.OFF_ROUTE]().flagged)
    exhibit = await store.exhibit((await alert_of(store, RuleKind.OFF_ROUTE)).id)
    assert exhibit is not None
    assert exhibit.case.registry is not None
    later = replace(exhibit.case.registry, effective_from_ms=exhibit.case.alert.started_ms + 1)
    told = replace(exhibit, case=replace(exhibit.case, registry=later))
    page = unpack(make_bundle(told, "en").content)["index.html"].decode()
    assert "for all time before it, too" in page
    assert (
        "for all time before it, too" not in unpack(make_bundle(exhibit, "en").content)["index.html"].decode()
    )


async def test_what_a_monitor_measured_stands_with_its_unit_and_a_value_that_is_one_says_no_more(
    store: Store,
):
    await store_side(store, CASES[RuleKind.DUST_EXCEEDANCE]().flagged)
    for page, limit, peak, bound in zip(
        (await pages(store, RuleKind.DUST_EXCEEDANCE)).values(),
        ("限值", "Limit"), ("峰值", "Peak"), ("下限", "lower bound"), strict=True,
    ):  # fmt: skip
        assert bound not in page
        for name in (limit, peak):
            values = re.findall(rf"<dt>{name}</dt><dd>([^<]*)</dd>", page)
            assert values
            assert all(value.endswith(" µg/m³") for value in values), values
        cells = re.findall(r"<td>([^<]*)</td>", page)
        assert any(cell.endswith(" µg/m³") for cell in cells)


async def test_a_truck_that_tells_no_speed_has_no_empty_drawing_of_it(store: Store):
    side = CASES[RuleKind.OFF_ROUTE]().flagged
    await store_side(store, side)
    exhibit = await store.exhibit((await alert_of(store, RuleKind.OFF_ROUTE)).id)
    assert exhibit is not None
    mute = [
        replace(one, speed_kmh=None, load=None, lift=None, cover=None, ignition=None)
        for one in exhibit.positions
    ]
    page = unpack(make_bundle(replace(exhibit, positions=mute), "en").content)["index.html"].decode()
    assert page.count("<figure>") == 1
