"""Pictures: what is drawn where, and with which letters."""

import json
from math import hypot

import pytest

from domain.registry import check
from exports.pictures.bars import Pair, Stack, compared, lying, standing
from exports.pictures.city_map import Spot, _apart, city_map, scale_m
from exports.pictures.ground import ground_of
from exports.pictures.lettering import lettering, lettering_of
from tests.api import district

ENGLISH = lettering("en")


def test_a_map_is_drawn_of_districts_zones_and_spots():
    ground = ground_of(check(json.dumps(district.registry(vehicles=1)).encode()))
    spots = [Spot(number=n, lon=district.LON, lat=district.LAT) for n in (1, 2, 3)]
    far = [Spot(number=4, lon=district.LON + 30, lat=district.LAT)]
    drawn = city_map(ground, spots, ENGLISH)
    assert drawn.startswith(b"\x89PNG")
    assert drawn == city_map(ground, [*spots, *far], ENGLISH)
    assert drawn != city_map(ground, spots[:1], ENGLISH)


@pytest.mark.parametrize(
    ("most_m", "length_m"), [(999, 500), (1000, 1000), (4999, 2000), (12_345, 10_000), (60, 50)]
)
def test_a_scale_is_of_round_length(most_m, length_m):
    assert scale_m(most_m) == length_m


def test_numbers_of_one_place_are_written_apart():
    badges = _apart([(0.0, 0.0)] * 5, 10.0)
    gaps = [hypot(a[0] - b[0], a[1] - b[1]) for a in badges for b in badges if a is not b]
    assert min(gaps) > 8.0


def test_what_lies_outside_the_districts_asked_for_is_not_on_the_map():
    registry = check(json.dumps(district.registry(vehicles=1)).encode())
    assert ground_of(registry, frozenset()).districts == ground_of(registry, frozenset()).zones == ()
    whole = ground_of(registry)
    assert ground_of(registry, frozenset({whole.districts[0].id})).districts == whole.districts[:1]


def test_nothing_to_draw_is_an_empty_picture():
    for picture in (standing([], ENGLISH), lying([], ENGLISH), compared([], ("Now", "Before"), ENGLISH)):
        assert picture.startswith(b"\x89PNG")


def test_the_longest_bar_and_a_share_that_is_unknown_are_drawn():
    bars = [
        Stack(label="a" * 200, number=1, by_severity={"critical": 100_000}),
        Stack(label="", number=2, by_severity={}),
    ]
    assert lying(bars, ENGLISH) != lying(bars[:1], ENGLISH)
    rates = [
        Pair(label="x", number=1, now=None, before=100.0),
        Pair(label="y", number=2, now=0.0, before=None),
    ]
    assert compared(rates, ("Now", "Before"), ENGLISH, in_percent=True).startswith(b"\x89PNG")


def test_pictures_write_english_where_no_font_has_chinese():
    without = lettering_of("zh", frozenset({"DejaVu Sans"}))
    assert without.language == "en"
    assert "fonts-noto-cjk" in without.notice
    assert without.fits("Company 1")
    assert not without.fits("企业")
    found = lettering_of("zh", frozenset({"SimSun", "WenQuanYi Zen Hei"}))
    assert (found.language, found.families[0], found.notice) == ("zh", "WenQuanYi Zen Hei", None)


def test_what_no_font_has_is_a_box_and_what_is_no_letter_a_blank():
    assert ENGLISH.drawable("a\x00b\U0001f69a") == "a b\u25a1"
