"""Names by the version that judged: each version speaks for its own, what two have in common is held once."""

import json

from exports.book_reader import BookReader
from storage.reports import CaseLine
from tests.api import district


def line(version: int | None, vehicle_id: str = "V1") -> CaseLine:
    return CaseLine(
        id=1, state="new", source="alert", opened_ms=0, verify_due_ms=0, vehicle_id=vehicle_id,
        ruleset_version=version,
    )  # fmt: skip


async def three_versions(store) -> BookReader:
    """The truck is sold in the second and the company that bought it renamed in the third."""
    first = district.registry()
    sold = json.loads(json.dumps(first))
    sold["companies"].append({"id": "C2", "name": "锦城渣土"})
    sold["vehicles"][1]["company_id"] = "C2"
    renamed = json.loads(json.dumps(sold))
    renamed["companies"][1]["name"] = "新锦城渣土"
    for known in (first, sold, renamed):
        await store.save_registry(json.dumps(known).encode(), author="test", effective_from_ms=1)
    return BookReader(store)


async def test_each_version_says_whose_the_truck_was_and_the_newest_what_a_company_is_called(store):
    books = await (await three_versions(store)).books(1, [1, 2, 3])
    assert [books.company_id(line(version)) for version in (1, 2, 3)] == ["C1", "C2", "C2"]
    assert books.of(line(2)).company("C2") == "锦城渣土"
    assert books.company("C2") == "新锦城渣土"
    assert books.company("C9") == "C9"


async def test_for_a_version_that_there_never_was_the_current_one_speaks(store):
    books = await (await three_versions(store)).books(2, [1, 99, None])
    assert books.company_id(line(99)) == "C2"
    assert books.company_id(line(None)) == "C2"
    assert books.company_id(line(1, "V-unknown")) is None


async def test_versions_that_name_the_same_share_what_they_hold(store):
    reader = await three_versions(store)
    other = json.loads((await store.registry_version(3)).document) | {"rules": []}
    version = await store.save_registry(json.dumps(other).encode(), author="test", effective_from_ms=1)
    assert await reader.book(version) is await reader.book(3)
    assert (await reader.book(3))._vehicles is (await reader.book(2))._vehicles


async def test_the_devices_of_a_version_are_told_with_whose_they_are(store):
    book = await (await three_versions(store)).book(2)
    assert book.vehicle_devices() == {"T0000": "C1", "T0001": "C2", "T0002": "C1"}
    assert book.station_devices() == {"D0001": "D1"}
