"""Sheets over HTTP: read against a draft, taken into it as edits, and given out to be filled in."""

import csv
import io

import httpx
import pytest

from domain.identifiers import DistrictId
from domain.person import Person, Role, Scope
from tests.api import district
from tests.api.serving import sign_in
from tests.api.test_drafts import begin, failure, put

PERMITS = (
    "准运证号,车牌,工地,消纳场,有效期止\nP1,川A10001；川A·10002D,锦江工地,城北消纳场,2026/12/31\nP2,川A1,,,\n"
)


async def read(client: httpx.AsyncClient, section: str, content: bytes, **query: object) -> httpx.Response:
    return await client.post(f"/api/sheets/{section}", content=content, params=query)


async def test_a_sheet_is_told_row_by_row_and_its_edits_go_into_the_draft(client, store):
    await district.save_registry(store)
    told = (await read(client, "permits", PERMITS.encode("gb18030"))).json()
    assert told["counts"] == {"added": 1, "changed": 0, "unchanged": 0, "refused": 1}
    added, refused = told["rows"]
    assert added["changes"][1] == {"field": "vehicle_ids", "before": "", "after": "川A10001；川A10002D"}
    assert (refused["row"], refused["entry"]) == (3, None)
    [flaw] = refused["flaws"]
    assert (flaw["column"], flaw["message_zh"]) == ("车牌", "'川A1' 未登记：请先登记到“车辆”，或改正")
    draft = await begin(client)
    edits = [{"kind": "permits", "id": added["id"], "entry": added["entry"]}]
    taken = (await client.put(f"{draft}/edits", json={"edits": edits})).json()
    assert taken["problems"] == []
    assert taken["edits"][0]["entry"]["vehicle_ids"] == ["V1", "V2"]


async def test_a_sheet_is_read_against_the_draft_as_it_stands(client, store):
    await district.save_registry(store)
    draft = await begin(client)
    await put(client, draft, "vehicles", "V9", {"id": "V9", "kind": "muck_truck", "plate": "川A1"})
    of_draft = {"draft_id": draft.rpartition("/")[2]}
    told = (await read(client, "permits", PERMITS.encode(), **of_draft)).json()
    assert [row["act"] for row in told["rows"]] == ["added", "added"]
    given = (await client.get("/api/sheets/vehicles", params={**of_draft, "lang": "en"})).content
    rows = list(csv.reader(io.StringIO(given.decode("utf-8-sig"))))
    assert rows[0][:2] == ["Vehicle id", "Plate"]
    assert rows[-1][:2] == ["V9", "川A1"]


async def test_what_is_given_out_reads_back_as_nothing_changed(client, store):
    await district.save_registry(store)
    given = await client.get("/api/sheets/vehicles")
    assert given.content.startswith(b"\xef\xbb\xbf")
    told = (await read(client, "vehicles", given.content)).json()
    assert told["counts"] == {"added": 0, "changed": 0, "unchanged": 3, "refused": 0}


async def test_a_template_has_headings_alone(client, store):
    await district.save_registry(store)
    given = await client.get("/api/sheets/permits", params={"empty": True})
    assert given.content.decode("utf-8-sig").splitlines() == [
        "准运证号,车辆,出土工地,消纳场,核准路线,有效期起,有效期止,时段,单趟最长 min,申报量 t,申报方量 m³,容重 t/m³"
    ]


async def test_new_vehicles_without_a_kind_are_of_the_kind_that_is_asked_for(client, store):
    await district.save_registry(store)
    told = (await read(client, "vehicles", "车牌\n川A9\n".encode(), kind="sprinkler")).json()
    assert told["rows"][0]["entry"]["kind"] == "sprinkler"


async def test_a_sheet_can_begin_the_first_registry_of_all(client):
    told = (await read(client, "vehicles", "车牌\n川A9\n".encode())).json()
    assert [row["act"] for row in told["rows"]] == ["added"]


async def test_a_file_that_is_no_sheet_is_refused_in_both_languages(client):
    answer = await read(client, "vehicles", b"PK\x03\x04")
    assert failure(answer) == (422, "unreadable_sheet")
    assert answer.json()["error"]["details"][0]["message_zh"] == "这是 Excel 工作簿：请另存为 CSV 后再导入"
    assert failure(await read(client, "vehicles", b"x" * 10_500_000)) == (413, "too_large")
    assert failure(await read(client, "permits", b"x", draft_id=99)) == (404, "not_found")


@pytest.mark.parametrize(
    ("role", "scope", "code"),
    [
        (Role.DISPATCHER, Scope(), "role"),
        (Role.ANALYST, Scope(frozenset({DistrictId("D1")})), "scope"),
    ],
)
async def test_only_those_who_draft_read_sheets(store, url, role, scope, code):
    headers = await sign_in(store, Person(user_id="li", name="Li", role=role, scope=scope))
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as client:
        assert failure(await read(client, "vehicles", b"plate\nA\n")) == (403, code)
        assert failure(await client.get("/api/sheets/vehicles")) == (403, code)
