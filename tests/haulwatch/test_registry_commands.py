"""`registry load, versions, diff, cancel, limits`: versions planned, compared in words, called off."""

import json
from pathlib import Path

import pytest

from domain.registry import Registry, check
from domain.rule import RuleKind
from tests.haulwatch.test_commands import haulwatch, registry_file

VEHICLE = {"id": "V1", "plate": "苏E12345", "kind": "muck_truck", "speed_limit_kmh": 60}


@pytest.fixture
def environ(database: str) -> dict[str, str]:
    return {"HAULWATCH_DATABASE_URL": database}


def load(tmp_path: Path, environ: dict[str, str], *options: str, **sections: object):
    path = registry_file(tmp_path, {"version": 1, **sections})
    return haulwatch("registry", "load", str(path), *options, environ=environ)


def test_loading_shows_what_differs_and_when_it_takes_effect(tmp_path, environ):
    first = load(tmp_path, environ, vehicles=[VEHICLE])
    assert (first.returncode, first.stderr) == (0, "")
    assert "苏E12345" not in first.stdout
    done = load(
        tmp_path, environ, "--from", "2090-12-01T00:00", vehicles=[VEHICLE | {"speed_limit_kmh": 70.5}]
    )
    assert "speed limit km/h 60 → 70.5" in done.stdout
    assert (
        "registry version 2 is in force from 2090-12-01 00:00:00 (Asia/Shanghai): 1 vehicles" in done.stdout
    )


def test_a_planned_version_stands_in_the_way_until_it_is_cancelled(tmp_path, environ):
    load(tmp_path, environ, vehicles=[VEHICLE])
    load(tmp_path, environ, "--from", "2090-12-01", "--author", "li", "--note", "冬季", vehicles=[])
    refused = load(tmp_path, environ, limits=[])
    assert refused.returncode == 1
    assert "cancel version 2 first" in refused.stderr
    assert "Traceback" not in refused.stderr
    listed = haulwatch("registry", "versions", environ=environ).stdout
    assert "planned" in listed
    assert "冬季" in listed
    done = haulwatch("registry", "cancel", "2", "--author", "wang", environ=environ)
    assert (done.returncode, done.stdout) == (0, "registry version 2 is cancelled\n")
    again = haulwatch("registry", "cancel", "2", environ=environ)
    assert again.returncode == 1
    assert "is cancelled already" in again.stderr
    assert "version 3 is in force" in load(tmp_path, environ, vehicles=[], limits=[]).stdout
    listed = haulwatch("registry", "versions", environ=environ).stdout
    assert "cancelled by wang" in listed
    shown = haulwatch("registry", "show", "2", environ=environ)
    assert "of li (冬季), cancelled by wang" in shown.stderr
    assert json.loads(shown.stdout) == {"version": 1, "vehicles": []}


def test_two_versions_are_compared_in_words_and_as_json(tmp_path, environ):
    load(tmp_path, environ, vehicles=[VEHICLE])
    load(tmp_path, environ, vehicles=[])
    load(tmp_path, environ, vehicles=[VEHICLE | {"status": "suspended"}])
    newest = haulwatch("registry", "diff", environ=environ).stdout
    assert "2 → 3" in newest
    assert "added" in newest
    far = haulwatch("registry", "diff", "1", "3", "--language", "zh", environ=environ).stdout
    assert "状态 formal → suspended" in far
    told = json.loads(haulwatch("registry", "diff", "1", "3", "--json", environ=environ).stdout)
    assert (told["from"], told["to"]) == (1, 3)
    assert told["sections"][0]["entries"][0]["fields"] == [
        {"path": "status", "old": "formal", "new": "suspended"}
    ]
    same = haulwatch("registry", "diff", "1", "1", environ=environ).stdout
    assert "nothing that is judged by differs" in same


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["diff", "1", "9"], "there is no registry version 9"),
        (["diff"], "there is no version before 1"),
        (["show", "9"], "there is no registry version 9"),
        (["cancel", "1"], "is the first"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_version_that_cannot_be_had_is_one_line_and_code_1(tmp_path, environ, command, says):
    load(tmp_path, environ)
    done = haulwatch("registry", *command, environ=environ)
    assert done.returncode == 1
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("written", ["2020-01-01", "2026-11-16T08:00:00+08:00", "tomorrow", "2090-13-01"])
def test_a_time_that_is_past_or_none_is_a_usage_error(tmp_path, environ, written):
    done = load(tmp_path, environ, "--from", written)
    assert done.returncode == 2
    assert "--from" in done.stderr


def test_a_station_that_names_a_limit_that_is_not_verified_is_remarked(tmp_path):
    stations = [{"id": "S1", "limit_ids": ["CN-JS-DB32-4437-2022-TSP-15MIN"]}]
    path = registry_file(tmp_path, {"version": 1, "stations": stations})
    done = haulwatch("registry", "check", str(path))
    assert done.returncode == 0
    assert "CN-JS-DB32-4437-2022-TSP-15MIN is disabled, so it judges nothing at S1" in done.stdout


def test_kinds_of_rules_that_a_list_leaves_out_are_remarked(tmp_path):
    every = [{"id": kind.value, "kind": kind.value} for kind in RuleKind]
    rules = [rule | {"enabled": rule["id"] != "overload"} for rule in every if rule["id"] != "speeding"]
    done = haulwatch("registry", "check", str(registry_file(tmp_path, {"version": 1, "rules": rules})))
    assert done.stdout.splitlines()[1:] == ["but no rule judges overload, speeding"]
    every_kind = haulwatch("registry", "check", str(registry_file(tmp_path, {"version": 1})))
    assert "no rule judges" not in every_kind.stdout


def test_a_ready_made_limit_is_printed_to_be_copied():
    listed = haulwatch("registry", "limits", environ={"COLUMNS": "200"})
    assert "CN-HE-DB13-2934-2019-PM10-1H" in listed.stdout
    printed = haulwatch("registry", "limits", "CN-JS-DB32-4437-2022-TSP-15MIN").stdout
    document = json.dumps({"version": 1, "limits": [json.loads(printed)]}).encode()
    found = check(document)
    assert isinstance(found, Registry)
    assert (found.limits[0].enabled, found.limits[0].limit) == (True, 500.0)
    unknown = haulwatch("registry", "limits", "CN-XX")
    assert unknown.returncode == 2


def test_a_device_model_that_no_terminal_can_have_is_remarked_with_its_field(tmp_path):
    cover = {"item": 228, "bit": 0, "values": {"1": "opened"}}
    models = [
        {"id": "own", "signals": {"cover": {**cover, "values": {"1": "open"}}}},
        {"id": "wrong", "signals": {"cover": cover}},
    ]
    done = haulwatch(
        "registry", "check", str(registry_file(tmp_path, {"version": 1, "device_models": models}))
    )
    assert done.returncode == 0, done.stderr
    (remark,) = done.stdout.splitlines()[1:]
    assert "the device model wrong can be no terminal's" in remark
    assert "$.signals.cover.values" in remark
