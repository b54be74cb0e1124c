"""The application as a whole: its description, its documentation page and the page's files."""

import httpx
import pytest

from api.app import openapi_document
from api.openapi import openapi_text
from tests.api.serving import SIGNED_IN, make_app, serve


def test_every_operation_is_described_and_names_its_failures():
    document = openapi_document()
    assert document["openapi"].startswith("3.1")
    assert "## The live stream" in document["info"]["description"]
    tags = {tag["name"] for tag in document["tags"]}
    for path, verbs in document["paths"].items():
        for operation in verbs.values():
            assert operation["description"], path
            assert set(operation["tags"]) <= tags, path
            for status in ("422", "500", "503"):
                shape = operation["responses"][status]["content"]["application/json"]["schema"]
                assert shape == {"$ref": "#/components/schemas/ErrorBody"}, path


def test_every_reference_of_the_description_leads_somewhere():
    document = openapi_document()

    def references(part):
        if isinstance(part, dict):
            yield from ([part["$ref"]] if "$ref" in part else [])
            part = list(part.values())
        if isinstance(part, list):
            for inner in part:
                yield from references(inner)

    found = set(references(document))
    assert found
    assert {name.removeprefix("#/components/schemas/") for name in found} <= set(
        document["components"]["schemas"]
    )


def test_operation_ids_are_unique():
    ids = [op["operationId"] for verbs in openapi_document()["paths"].values() for op in verbs.values()]
    assert len(set(ids)) == len(ids)


def test_the_description_is_the_same_each_time():
    assert openapi_text() == openapi_text()


@pytest.fixture
def built(tmp_path):
    (tmp_path / "assets").mkdir()
    (tmp_path / "swagger").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>page</title>")
    (tmp_path / "assets" / "index-abc.js").write_text("export {}")
    (tmp_path / "swagger" / "swagger-ui-bundle.js").write_text("//")
    return tmp_path


async def test_the_page_is_asked_for_each_time_and_its_hashed_files_are_kept(store, built):
    async with (
        serve(make_app(store, web_dir=built)) as url,
        httpx.AsyncClient(base_url=url, headers=SIGNED_IN, timeout=60) as client,
    ):
        page = await client.get("/")
        script = await client.get("/assets/index-abc.js")
        missing = await client.get("/assets/none.js")
    assert page.headers["cache-control"] == "no-cache"
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "immutable" in script.headers["cache-control"]
    assert missing.json()["error"]["code"] == "not_found"


async def test_the_documentation_page_loads_nothing_from_outside(store, built):
    async with (
        serve(make_app(store, web_dir=built)) as url,
        httpx.AsyncClient(base_url=url, headers=SIGNED_IN, timeout=60) as client,
    ):
        page = await client.get("/docs")
        description = await client.get("/openapi.json")
    assert "http://" not in page.text.replace("http://www.w3.org", "")
    assert "https://" not in page.text
    assert "/swagger/swagger-ui-bundle.js" in page.text
    assert description.json()["info"]["title"] == "Haulwatch"


async def test_without_a_build_the_api_answers_and_the_page_says_what_is_missing(store, tmp_path):
    for web_dir in (None, tmp_path):
        async with (
            serve(make_app(store, web_dir=web_dir)) as url,
            httpx.AsyncClient(base_url=url, headers=SIGNED_IN, timeout=60) as client,
        ):
            assert (await client.get("/")).status_code == 503
            assert "not built" in (await client.get("/docs")).text
            assert (await client.get("/api/health")).status_code == 200
