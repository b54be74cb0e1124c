"""The kinds of rules over the API, and whom a rule would be for."""

import pytest

from alerts.parameters import KINDS, NUMBERS
from alerts.rule_words import rule_templates, rule_words
from domain.rule import RuleKind
from tests.api import district


async def test_every_kind_comes_with_its_numbers_and_in_words(client, store):
    told = {one["kind"]: one for one in (await client.get("/api/rules/kinds")).json()["items"]}
    assert set(told) == {kind.value for kind in RuleKind}
    speeding = told["speeding"]
    assert (speeding["about"], speeding["vehicle_kinds"], speeding["lowest"]) == ("vehicles", None, "minor")
    assert [(one["name"], one["default"], one["unit"]) for one in speeding["numbers"]] == [
        ("hold_s", 10.0, "s"),
        ("default_limit_kmh", 60.0, "km/h"),
        ("exit_buffer_m", 20.0, "m"),
    ]
    assert told["dust_exceedance"]["about"] == "stations"
    assert told["suspected_dump_site"]["about"] == "areas"
    assert told["off_route"]["vehicle_kinds"] == ["muck_truck"]


@pytest.mark.parametrize("kind", list(RuleKind))
def test_every_number_of_a_kind_stands_in_its_words_with_a_unit_and_a_usual_range(kind):
    for name, default in KINDS[kind].params.items():
        terms = NUMBERS[name]
        assert terms.least <= default <= terms.most
        assert not terms.is_whole or default == int(default)
        for language, words in rule_templates(kind).items():
            assert f"{{{name}}}" in words.holds + words.ends, language
    filled = rule_words(kind, KINDS[kind].params)
    assert all("{" not in words.holds + words.ends for words in filled.values())


@pytest.mark.parametrize(
    ("kind", "applies_to", "meant"),
    [
        pytest.param("speeding", {}, 4, id="every vehicle"),
        pytest.param("off_route", {}, 2, id="muck trucks unless it says otherwise"),
        pytest.param("off_route", {"vehicle_kinds": ["refuse_truck"]}, 2, id="it says otherwise"),
        pytest.param("speeding", {"company_ids": ["C1"], "vehicle_ids": ["V1", "V9"]}, 1, id="both lists"),
        pytest.param("speeding", {"vehicle_ids": []}, 0, id="an empty list is nobody"),
        pytest.param("speeding", {"station_ids": ["S1"]}, 0, id="of stations alone"),
        pytest.param("station_silent", {}, 1, id="every station"),
        pytest.param("station_silent", {"district_ids": ["D9"]}, 0, id="another district"),
        pytest.param("suspected_dump_site", {}, 4, id="vehicles that a place counts"),
    ],
)
async def test_whom_a_rule_would_be_for_is_counted(client, store, kind, applies_to, meant):
    await district.save_registry(store, 4)
    asked = {"rules": [{"kind": kind, "applies_to": applies_to}]}
    (told,) = (await client.post("/api/rules/reach", json=asked)).json()["items"]
    assert (told["meant"], told["with_device"]) == (meant, meant)
    assert told["of"] == (1 if told["about"] == "stations" else 4)


async def test_before_the_first_registry_there_is_nobody_to_count(client):
    refused = await client.post("/api/rules/reach", json={"rules": [{"kind": "speeding"}]})
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "no_registry")
