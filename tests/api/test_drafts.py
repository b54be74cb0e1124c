"""Editing the registry over HTTP: drafts by entry, their problems, merging, putting in force, going back."""

import asyncio
import json

import httpx
import pytest

from domain.identifiers import DistrictId
from domain.instant import to_rfc3339
from domain.person import Person, Role, Scope
from runtime.clock import now_ms
from tests.api import district
from tests.api.serving import sign_in

PERMIT = {"id": "P1", "vehicle_ids": ["V1"], "source_zone_ids": ["Z-source"]}
HOUR_MS = 3_600_000


async def begin(client: httpx.AsyncClient) -> str:
    answer = await client.post("/api/drafts", json={"note": "准运证"})
    assert answer.status_code == 201
    return f"/api/drafts/{answer.json()['id']}"


async def put(client: httpx.AsyncClient, draft: str, kind: str, entry_id: str, entry: dict | None) -> dict:
    answer = await client.put(f"{draft}/edits/{kind}/{entry_id}", json={"entry": entry})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def to_force(client: httpx.AsyncClient, draft: str, base: int = 1, **more: object) -> httpx.Response:
    return await client.post(f"{draft}/in-force", json={"base_version": base, "note": "n", **more})


def failure(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def versions(store) -> list[int]:
    return [one.version for one in await store.registry_timeline()]


async def test_a_draft_tells_what_it_changes_and_judges_nothing_until_it_is_put_in_force(client, store):
    given = await district.save_registry(store)
    draft = await begin(client)
    await put(client, draft, "permits", "P1", PERMIT)
    await put(client, draft, "vehicles", "V2", None)
    told = await put(
        client, draft, "zones", "Z-slow", {**json.loads(given)["zones"][3], "speed_limit_kmh": 30}
    )
    assert [(one["kind"], one["id"], one["act"], one["label"], one["author"]) for one in told["edits"]] == [
        ("permits", "P1", "added", "", "test"),
        ("vehicles", "V2", "removed", "川A10002D", "test"),
        ("zones", "Z-slow", "changed", "老城限速区", "test"),
    ]
    assert (told["problems"], told["conflicts"], told["revision"], told["state"]) == ([], [], 4, "open")
    assert (told["difference"]["from"], told["difference"]["to"]) == (1, 2)
    assert {one["section"]: one["entries"][0]["act"] for one in told["difference"]["sections"]} == {
        "permits": "added",
        "vehicles": "removed",
        "zones": "changed",
    }
    assert await versions(store) == [1]
    assert (await store.newest_registry()).document == given

    saved = await to_force(client, draft)
    assert saved.status_code == 200
    assert (saved.json()["version"], saved.json()["author"], saved.json()["note"]) == (2, "test", "n")
    document = (await client.get("/api/rulesets/2")).json()["document"]
    assert document["permits"] == [PERMIT]
    assert [one["id"] for one in document["vehicles"]] == ["V0", "V1"]
    assert (await client.get(draft)).json()["state"] == "in_force"
    assert failure(await to_force(client, draft)) == (409, "changed")


async def test_an_edit_can_be_taken_back_and_one_that_says_what_is_there_is_none(client, store):
    given = json.loads(await district.save_registry(store))
    draft = await begin(client)
    await put(client, draft, "permits", "P1", PERMIT)
    assert (await put(client, draft, "vehicles", "V1", given["vehicles"][1]))["edits"][0]["id"] == "P1"
    told = (await client.delete(f"{draft}/edits/permits/P1")).json()
    assert told["edits"] == []
    assert failure(await to_force(client, draft)) == (409, "nothing_changed")


async def test_ids_may_hold_any_sign(client, store):
    await district.save_registry(store)
    draft = await begin(client)
    name = "准 A/1?#%"
    answer = await client.put(
        f"{draft}/edits/companies/%E5%87%86%20A%2F1%3F%23%25", json={"entry": {"id": name}}
    )
    assert [one["id"] for one in answer.json()["edits"]] == [name]


async def test_several_entries_are_edited_together(client, store):
    await district.save_registry(store)
    draft = await begin(client)
    edits = [{"kind": "companies", "id": f"C{n}", "entry": {"id": f"C{n}"}} for n in range(2, 5)]
    told = (await client.put(f"{draft}/edits", json={"edits": edits, "revision": 1})).json()
    assert [one["id"] for one in told["edits"]] == ["C2", "C3", "C4"]
    wrong = [
        {"kind": "companies", "id": "C9", "entry": {"id": "C9"}},
        {"kind": "companies", "id": "C8", "entry": {}},
    ]
    answer = await client.put(f"{draft}/edits", json={"edits": wrong})
    assert failure(answer) == (422, "invalid_edit")
    assert "companies/C8" in answer.json()["error"]["message"]
    assert len((await client.get(draft)).json()["edits"]) == 3


@pytest.mark.parametrize(
    ("kind", "entry", "path"),
    [
        ("permits", {"id": "X", "vehicle_ids": ["V1", "V99"]}, "$.permits[0].vehicle_ids[1]"),
        ("zones", {"id": "X", "kind": "speed_zone"}, "$.zones[6].speed_limit_kmh"),
        ("rules", {"id": "X", "kind": "speeding", "params": {"hold": 1}}, "$.rules[24].params.hold"),
        ("zones", {"id": "X", "kind": "no_go",
                   "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}},
         "$.zones[6].geometry.coordinates[0]"),
    ],
)  # fmt: skip
async def test_what_does_not_pass_is_refused_with_its_place(client, store, kind, entry, path):
    await district.save_registry(store)
    draft = await begin(client)
    told = await put(client, draft, kind, "X", entry)
    assert told["difference"] is None
    assert (path, kind, "X") in [(one["path"], one["kind"], one["id"]) for one in told["problems"]]
    answer = await to_force(client, draft)
    assert failure(answer) == (422, "problems")
    assert {"path": path, "kind": kind, "id": "X"}.items() <= answer.json()["error"]["details"][0].items()
    assert await versions(store) == [1]


async def test_a_problem_that_an_edit_makes_elsewhere_is_found_there(client, store):
    await district.save_registry(store, 1)
    draft = await begin(client)
    told = await put(client, draft, "companies", "C1", None)
    assert [(one["kind"], one["id"]) for one in told["problems"]] == [("vehicles", "V0")]


async def test_whoever_was_quicker_is_merged_entry_by_entry(client, store):
    given = json.loads(await district.save_registry(store))
    mine, theirs = await begin(client), await begin(client)
    slow = given["zones"][3]
    for draft, limit, permit in ((mine, 30, "P1"), (theirs, 20, "P2")):
        await put(client, draft, "zones", "Z-slow", {**slow, "speed_limit_kmh": limit})
        await put(client, draft, "permits", permit, {"id": permit})
    assert (await to_force(client, theirs)).status_code == 200

    stale = await to_force(client, mine)
    assert failure(stale) == (409, "stale_base")
    both = {"kind": "zones", "id": "Z-slow", "theirs": "changed", "mine": "changed"}
    assert stale.json()["error"]["details"] == [both]
    told = (await client.get(mine)).json()
    assert (told["base_version"], told["newest_version"], told["conflicts"]) == (1, 2, [both])
    assert failure(await client.post(f"{mine}/rebase", json={})) == (409, "unresolved")
    assert failure(await to_force(client, mine, base=2)) == (409, "stale_base")

    merged = await client.post(f"{mine}/rebase", json={"keep": {"zones/Z-slow": "mine"}})
    assert (merged.json()["base_version"], merged.json()["conflicts"]) == (2, [])
    assert (await to_force(client, mine, base=2)).json()["version"] == 3
    document = (await client.get("/api/rulesets/3")).json()["document"]
    assert [one["id"] for one in document["permits"]] == ["P2", "P1"]
    assert document["zones"][3]["speed_limit_kmh"] == 30


async def test_their_entry_may_stand_instead(client, store):
    given = json.loads(await district.save_registry(store))
    mine, theirs = await begin(client), await begin(client)
    for draft, limit in ((mine, 30), (theirs, 20)):
        await put(client, draft, "zones", "Z-slow", {**given["zones"][3], "speed_limit_kmh": limit})
    await to_force(client, theirs)
    merged = await client.post(f"{mine}/rebase", json={"keep": {"zones/Z-slow": "theirs"}})
    assert (merged.json()["edits"], merged.json()["difference"]["sections"]) == ([], [])


async def test_of_two_put_in_force_at_once_one_is_told_that_the_other_was_quicker(client, store):
    await district.save_registry(store)
    drafts = [await begin(client), await begin(client)]
    for number, draft in enumerate(drafts):
        await put(client, draft, "permits", f"P{number}", {"id": f"P{number}"})
    answers = await asyncio.gather(*(to_force(client, draft) for draft in drafts))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert await versions(store) == [1, 2]


async def test_a_revision_that_was_not_seen_is_not_put_in_force_nor_changed(client, store):
    await district.save_registry(store)
    draft = await begin(client)
    await put(client, draft, "permits", "P1", PERMIT)
    assert failure(await to_force(client, draft, revision=1)) == (409, "changed")
    stale = {"entry": {"id": "P2"}, "revision": 1}
    assert failure(await client.put(f"{draft}/edits/permits/P2", json=stale)) == (409, "changed")
    assert failure(await client.delete(f"{draft}/edits/permits/P1?revision=1")) == (409, "changed")
    assert await versions(store) == [1]


async def test_a_draft_may_take_effect_later_and_be_called_off(client, store):
    await district.save_registry(store)
    draft = await begin(client)
    await put(client, draft, "permits", "P1", PERMIT)
    assert failure(await to_force(client, draft, effective_from="2020-01-01T00:00:00Z")) == (422, "past")
    assert failure(await to_force(client, draft, effective_from="soon")) == (422, "invalid_request")
    later = to_rfc3339(now_ms() + HOUR_MS)
    planned = (await to_force(client, draft, effective_from=later)).json()
    assert (planned["version"], planned["state"], planned["effective_from"]) == (2, "planned", later)
    another = await begin(client)
    await put(client, another, "permits", "P2", {"id": "P2"})
    assert failure(await to_force(client, another, base=2)) == (409, "version_planned")
    assert (await client.post("/api/rulesets/2/cancel")).json()["state"] == "cancelled"
    assert failure(await client.post("/api/rulesets/2/cancel")) == (409, "version_planned")
    assert failure(await client.post("/api/rulesets/9/cancel")) == (404, "not_found")


async def test_going_back_makes_a_new_version_with_the_former_content(client, store):
    given = await district.save_registry(store, 2)
    await district.save_registry(store, 3)
    stale = await client.post("/api/rulesets/1/go-back", json={"newest_version": 1})
    assert failure(stale) == (409, "stale_base")
    back = await client.post("/api/rulesets/1/go-back", json={"newest_version": 2, "note": "回退到 1"})
    assert (back.json()["version"], back.json()["note"]) == (3, "回退到 1")
    assert (await store.registry_version(3)).document == given
    same = await client.post("/api/rulesets/3/go-back", json={"newest_version": 3})
    assert failure(same) == (409, "nothing_changed")


async def test_what_todays_checks_refuse_cannot_be_gone_back_to(client, store):
    await store.save_registry(
        b'{"version": 1, "zones": 7}', author="test", effective_from_ms=district.START_MS
    )
    await district.save_registry(store)
    answer = await client.post("/api/rulesets/1/go-back", json={"newest_version": 2})
    assert failure(answer) == (422, "problems")


async def test_the_first_registry_of_all_can_be_drafted(client, store):
    draft = await begin(client)
    await put(client, draft, "vehicles", "V1", {"id": "V1", "kind": "muck_truck"})
    assert (await to_force(client, draft, base=0)).json()["version"] == 1
    assert (await client.get("/api/registry")).json()["vehicles"][0]["id"] == "V1"


async def test_open_drafts_are_listed_and_a_discarded_one_is_not(client, store):
    await district.save_registry(store)
    first, second = await begin(client), await begin(client)
    await put(client, first, "permits", "P1", PERMIT)
    listed = (await client.get("/api/drafts")).json()
    assert [(f"/api/drafts/{one['id']}", one["edit_count"]) for one in listed["items"]] == [
        (first, 1),
        (second, 0),
    ]
    assert listed["newest_version"] == 1
    assert (await client.delete(second)).status_code == 204
    assert len((await client.get("/api/drafts")).json()["items"]) == 1
    assert (await client.get(second)).json()["state"] == "discarded"
    assert failure(await client.delete(second)) == (409, "changed")
    assert failure(await client.get("/api/drafts/99")) == (404, "not_found")


async def test_every_act_is_in_the_audit_log(client, store):
    given = json.loads(await district.save_registry(store))
    draft, other = await begin(client), await begin(client)
    await put(client, draft, "permits", "P1", PERMIT)
    await put(client, draft, "vehicles", "V1", {**given["vehicles"][1], "max_load_t": 20})
    await client.delete(f"{draft}/edits/vehicles/V1")
    await client.post(f"{draft}/rebase", json={})
    await to_force(client, draft)
    await client.delete(other)
    await client.post("/api/rulesets/1/go-back", json={"newest_version": 2})
    audit = (await client.get("/api/audit")).json()["items"]
    assert [(one["act"], one["subject"]) for one in reversed(audit)] == [
        ("begin_draft", "draft:1"),
        ("begin_draft", "draft:2"),
        ("edit_draft", "draft:1"),
        ("edit_draft", "draft:1"),
        ("revert_edit", "draft:1"),
        ("rebase_draft", "draft:1"),
        ("put_in_force", "draft:1"),
        ("discard_draft", "draft:2"),
        ("go_back", "version:1"),
    ]
    assert {one["user_id"] for one in audit} == {"test"}
    assert json.loads(audit[6]["detail"]) == {"entries": ["permits/P1"], "count": 1}


@pytest.mark.parametrize(
    ("role", "scope", "code"),
    [
        (Role.VIEWER, None, "role"),
        (Role.DISPATCHER, None, "role"),
        (Role.ANALYST, "D1", "scope"),
        (Role.ADMINISTRATOR, "D1", "scope"),
        (Role.ANALYST, None, None),
    ],
)
async def test_only_those_who_tune_rules_and_see_every_district_draft(client, store, url, role, scope, code):
    await district.save_registry(store)
    await district.save_registry(store, 2)
    draft = await begin(client)
    await put(client, draft, "permits", "P1", PERMIT)
    districts = Scope() if scope is None else Scope(frozenset({DistrictId(scope)}))
    headers = await sign_in(store, Person(user_id="p", name="P", role=role, scope=districts))
    asked = [
        ("POST", "/api/drafts", {}),
        ("GET", "/api/drafts", None),
        ("GET", draft, None),
        ("GET", f"{draft}/document", None),
        ("PUT", f"{draft}/edits/permits/P2", {"entry": {"id": "P2"}}),
        ("PUT", f"{draft}/edits", {"edits": []}),
        ("DELETE", f"{draft}/edits/permits/P2", None),
        ("POST", f"{draft}/rebase", {}),
        ("POST", f"{draft}/in-force", {"base_version": 2}),
        ("POST", "/api/rulesets/2/go-back", {"newest_version": 3}),
        ("POST", "/api/rulesets/9/cancel", None),
        ("DELETE", "/api/drafts/1", None),
    ]
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as theirs:
        for method, path, body in asked:
            answer = await theirs.request(method, path, json=body)
            if code is None:
                assert answer.status_code != 403, (method, path)
            else:
                assert failure(answer) == (403, code), (method, path)


async def test_a_colleague_s_draft_is_looked_at_and_changed_once_it_is_taken_over(client, store, url):
    await district.save_registry(store)
    draft = await begin(client)
    await put(client, draft, "permits", "P1", PERMIT)
    headers = await sign_in(store, Person(user_id="li", name="Li", role=Role.ANALYST, scope=Scope()))
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as theirs:
        assert (await theirs.get(draft)).json()["author"] == "test"
        asked = [
            ("PUT", f"{draft}/edits/permits/P2", {"entry": {"id": "P2"}}),
            ("DELETE", f"{draft}/edits/permits/P1", None),
            ("POST", f"{draft}/rebase", {}),
            ("POST", f"{draft}/in-force", {"base_version": 1}),
            ("DELETE", draft, None),
        ]
        for method, path, body in asked:
            assert failure(await theirs.request(method, path, json=body)) == (409, "of_another")
        taken = await theirs.post(f"{draft}/take-over")
        assert (taken.json()["author"], len(taken.json()["edits"])) == ("li", 1)
        assert (await to_force(theirs, draft)).status_code == 200
        assert failure(await theirs.post(f"{draft}/take-over")) == (409, "changed")
    audit = (await client.get("/api/audit", params={"limit": 2})).json()["items"]
    assert json.loads(audit[1]["detail"]) == {"from": "test"}


async def test_what_cannot_be_written_down_is_refused_as_such(client, store):
    await district.save_registry(store)
    draft = await begin(client)
    for body in (
        b'{"entry": {"id": "P1", "x": "\\ud800"}}',
        b'{"entry": {"id": "P1", "x": ' + b"[" * 3000 + b"]" * 3000 + b"}}",
        b'{"entry": {"id": "P1", "x": "' + b"x" * 1_000_000 + b'"}}',
        b'{"entry": 7}',
    ):
        answer = await client.put(
            f"{draft}/edits/permits/P1", content=body, headers={"content-type": "application/json"}
        )
        assert answer.status_code in (400, 422), body[:60]
    assert (await client.get(draft)).json()["edits"] == []
