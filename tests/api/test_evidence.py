"""The bundle of an alert by the API: for who may see it, with what people did, audited, the same each time."""

import io
import json
import zipfile
from hashlib import sha256

import pytest

from alerts.case_flow import Act
from domain.identifiers import DistrictId
from domain.person import Person, Role, Scope
from exports.bundle.checking import Outcome, check_bundle
from exports.bundle.container import is_safe, unpack
from exports.bundle.manifest import number_of
from runtime.clock import now_ms
from storage.batch import Batch
from storage.cases import Cases, NewAct
from storage.people import People
from tests.api import district
from tests.api.district import START_MS, finding, fix, raised
from tests.api.serving import SOMEBODY, sign_in

PICTURE = b"\x89PNG\r\n\x1a\n made up"
HOSTILE = "<script>alert(1)</script>/../con?.png"


@pytest.fixture
def alert():
    return finding(2, START_MS, vehicle=1)


async def stored(store, alert) -> None:
    await district.save_registry(store)
    reports = tuple(fix(1, START_MS + 10_000 * n) for n in range(-5, 6))
    rejections = (district.rejection(1),)
    await store.commit(Batch(positions=reports, rejections=rejections))
    await store.commit(raised(alert))


async def handled(store, alert) -> int:
    cases = Cases(store)
    case = await cases.act_on_alert(SOMEBODY, alert.id, NewAct(act=Act.ACKNOWLEDGE), at_ms=now_ms())
    await cases.attach(
        SOMEBODY,
        case.id,
        name=HOSTILE,
        media_type="image/png",
        sha256=sha256(PICTURE).digest(),
        content=PICTURE,
    )
    await cases.act(SOMEBODY, case.id, NewAct(act=Act.COMMENT, reason=HOSTILE), at_ms=now_ms())
    return case.id


async def bundle(client, alert, **asked) -> bytes:
    answer = await client.get(f"/api/alerts/{alert.id}/evidence.zip", params=asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    assert (
        answer.headers["content-disposition"] == f'attachment; filename="haulwatch-evidence-{alert.id}.zip"'
    )
    return answer.content


async def test_what_people_did_is_in_it_with_names_that_every_system_can_have(client, store, alert):
    await stored(store, alert)
    await handled(store, alert)
    content = await bundle(client, alert)
    files = unpack(content)
    assert all(is_safe(name) for name in files)
    assert files["files/001.png"] == PICTURE
    case = json.loads(files["case.json"])
    assert case["files"][0]["name"] == HOSTILE
    assert case["files"][0]["sha256"] == sha256(PICTURE).hexdigest()
    acts = [json.loads(line) for line in files["case_log.ndjson"].splitlines()]
    assert [(act["act"], act["reason"]) for act in acts] == [("acknowledge", ""), ("comment", HOSTILE)]
    assert acts[0]["at"].endswith("Z")


async def test_nothing_that_people_write_is_more_than_text_on_the_page(client, store, alert):
    await stored(store, alert)
    await handled(store, alert)
    for language in ("zh", "en"):
        page = unpack(await bundle(client, alert, lang=language))["index.html"].decode()
        assert "<script" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


async def test_nothing_of_other_companies_is_in_it(client, store, alert):
    await stored(store, alert)
    whole = json.loads(unpack(await bundle(client, alert))["registry/v1.json"])
    assert [one["id"] for one in whole["vehicles"]] == ["V1"]
    assert (whole["stations"], whole["routes"]) == ([], [])
    assert "devices" not in whole


async def test_made_again_it_has_the_same_bytes_until_somebody_acts(client, store, alert):
    await stored(store, alert)
    first = await bundle(client, alert)
    assert await bundle(client, alert) == first
    await handled(store, alert)
    assert await bundle(client, alert) != first


async def test_who_had_it_made_is_in_the_audit_log_with_its_number(client, store, alert):
    await stored(store, alert)
    content = await bundle(client, alert, lang="en")
    newest = (await People(store).audit(limit=1))[0]
    assert (newest.user_id, newest.act, newest.subject) == ("test", "evidence", f"alert:{alert.id}")
    assert json.loads(newest.detail)["number"] == number_of(unpack(content)) == check_bundle(content).number


async def test_an_alert_that_the_reports_do_not_show_is_told_as_that(client, store, alert):
    await stored(store, alert)
    verdict = check_bundle(await bundle(client, alert))
    assert verdict.outcome is Outcome.DIFFERENT
    assert verdict.reasons == ('alert: the bundle says "stands", judging it again gives "not found"',)


async def test_somebody_of_another_district_gets_none(client, store, alert):
    await stored(store, alert)
    clerk = Person(
        user_id="clerk", name="Clerk", role=Role.VIEWER, scope=Scope(frozenset({DistrictId("D9")}))
    )
    headers = await sign_in(store, clerk)
    answer = await client.get(f"/api/alerts/{alert.id}/evidence.zip", headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


async def test_what_was_refused_of_the_device_is_in_it_as_it_came(client, store, alert):
    await stored(store, alert)
    refused = [
        json.loads(line) for line in unpack(await bundle(client, alert))["refused.ndjson"].splitlines()
    ]
    assert refused == [
        {
            "received_at": "2026-11-18T11:06:40.001Z",
            "reason": "bad_json",
            "detail": "cut off",
            "topic": "haulwatch/v1/T0001/position",
            "payload": "{",
        }
    ]


async def test_it_is_a_zip_that_others_read(client, store, alert):
    await stored(store, alert)
    with zipfile.ZipFile(io.BytesIO(await bundle(client, alert))) as archive:
        assert archive.testzip() is None
        sums = archive.read("SHA256SUMS").decode().splitlines()
        for line in sums:
            digest, name = line.split(" *")
            assert sha256(archive.read(name)).hexdigest() == digest
        assert {line.split(" *")[1] for line in sums} == set(archive.namelist()) - {"SHA256SUMS"}


async def test_a_case_of_another_district_is_left_out_and_the_page_says_so(client, store, alert):
    await stored(store, alert)
    case_id = await handled(store, alert)
    async with store.connection() as connection:
        await connection.execute("update cases set district_id = 'D9' where id = $1", case_id)
    clerk = Person(
        user_id="clerk", name="Clerk", role=Role.VIEWER, scope=Scope(frozenset({DistrictId("D1")}))
    )
    headers = await sign_in(store, clerk)
    answer = await client.get(f"/api/alerts/{alert.id}/evidence.zip?lang=en", headers=headers)
    files = unpack(answer.content)
    assert "case.json" not in files
    assert "dealt with in a case of another district" in files["index.html"].decode()
