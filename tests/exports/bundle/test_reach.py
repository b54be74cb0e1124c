"""How far a bundle reaches: from the checkpoint before its alert to what settled it, and no more of others than it takes."""

import json

import msgspec
from msgspec.structs import replace

from domain.rule import RuleKind
from exports.bundle.checking import Outcome, check_bundle
from exports.bundle.container import pack, unpack
from exports.bundle.making import make_bundle
from exports.bundle.manifest import (
    MANIFEST,
    SUMS,
    decode_manifest,
    digest_of,
    encode_manifest,
    lines_of,
    sums_of,
)
from scripts.rule_pictures.catalogue import CASES
from storage.store import Store
from tests.support.documents import document
from tests.support.factories import haul_world
from tests.support.stored_worlds import alert_of, store_reports, store_side
from tests.support.tracks import at, drive, position, stand

HOUR_S = 3600


def fast_after_hours():
    """A truck parked for three hours that then speeds, and much later goes on."""
    world = haul_world()
    rows = [
        *stand(0, 3 * HOUR_S, 3000, every=60),
        *drive((3 * HOUR_S + 10, 3000), (3 * HOUR_S + 70, 4500), v=90.0),
        *drive((3 * HOUR_S + 80, 4600), (3 * HOUR_S + 140, 5000), v=20.0),
        *stand(3 * HOUR_S + 200, 6 * HOUR_S, 5100, every=60),
    ]
    return world, [position(world, row) for row in rows]


async def bundle_of(store: Store, kind: RuleKind):
    exhibit = await store.exhibit((await alert_of(store, kind)).id)
    assert exhibit is not None
    return exhibit, make_bundle(exhibit, "en")


async def test_it_begins_at_a_checkpoint_and_ends_soon_after_the_alert(store: Store):
    world, reports = fast_after_hours()
    await store_reports(store, world, reports)
    exhibit, bundle = await bundle_of(store, RuleKind.SPEEDING)
    assert check_bundle(bundle.content).outcome is Outcome.VERIFIED
    manifest = decode_manifest(unpack(bundle.content)[MANIFEST])
    assert manifest.judging.checkpoint == "checkpoint.bin"
    times_ms = [
        world.seconds(report.time_ms)
        for report in exhibit.positions
        if report.time_ms <= exhibit.case.span.to_ms
    ]
    assert times_ms[0] > 60
    kept = unpack(bundle.content)["positions.ndjson"].splitlines()
    assert len(kept) == len(times_ms) < len(reports) / 2


async def test_without_a_checkpoint_it_begins_a_day_before(store: Store):
    world, reports = fast_after_hours()
    await store_reports(store, world, reports)
    async with store.connection() as connection:
        await connection.execute("delete from checkpoints")
    _, bundle = await bundle_of(store, RuleKind.SPEEDING)
    assert check_bundle(bundle.content).outcome is Outcome.VERIFIED
    assert unpack(bundle.content)["positions.ndjson"].count(b"\n") > len(reports) / 3


async def test_what_settled_it_days_later_is_in_it(store: Store):
    """A truck that speeds and is then off for two days: only the report after that ends the alert."""
    world = haul_world()
    two_days_s = 48 * HOUR_S
    rows = [
        *drive((0, 3000), (60, 4500), v=90.0),
        *stand(two_days_s, two_days_s + 600, 5000, every=60),
    ]
    await store_reports(store, world, [position(world, row) for row in rows])
    exhibit, bundle = await bundle_of(store, RuleKind.SPEEDING)
    assert check_bundle(bundle.content).outcome is Outcome.VERIFIED
    last = json.loads(unpack(bundle.content)["positions.ndjson"].splitlines()[-1])["time"]
    assert decode_manifest(unpack(bundle.content)[MANIFEST]).last_report == last
    assert exhibit.case.alert.ended_ms is not None


async def test_a_silence_that_goes_on_is_shown_by_the_passing_of_time(store: Store):
    world = haul_world()
    rows = drive((0, 3000), (120, 4000), v=30.0)
    ingest = await store_reports(
        store, world, [position(world, row) for row in rows], ticks_s=range(60, 7200, 60)
    )
    exhibit, bundle = await bundle_of(store, RuleKind.DEVICE_SILENT)
    assert exhibit.case.alert.ended_ms is None
    assert check_bundle(bundle.content).outcome is Outcome.VERIFIED
    assert decode_manifest(unpack(bundle.content)[MANIFEST]).judging.ticked_to is not None
    await ingest.take([position(world, at(9000, 4100, v=0.0))])
    ended, again = await bundle_of(store, RuleKind.DEVICE_SILENT)
    assert ended.case.alert.ended_ms is not None
    assert check_bundle(again.content).outcome is Outcome.VERIFIED
    assert decode_manifest(unpack(again.content)[MANIFEST]).judging.ticked_to is None


async def test_an_alert_that_late_reports_took_back_is_not_found_again(store: Store):
    world = haul_world()
    fast = [position(world, row) for row in drive((0, 3000), (60, 4500), v=90.0)]
    ingest = await store_reports(store, world, fast)
    slow = [
        replace(position(world, at(second, 3000 + second * 2, v=10.0)), received_ms=world.ms(500))
        for second in range(5, 60, 10)
    ]
    await ingest.take(slow)
    await ingest.catch_up()
    (alert,) = await store.alerts(rule=RuleKind.SPEEDING)
    assert alert.withdrawn is not None
    exhibit = await store.exhibit(alert.id)
    assert exhibit is not None
    assert check_bundle(make_bundle(exhibit, "zh").content).outcome is Outcome.VERIFIED


async def test_a_checkpoint_of_another_release_is_told_and_the_sums_still_count(store: Store):
    world, reports = fast_after_hours()
    await store_reports(store, world, reports)
    exhibit, bundle = await bundle_of(store, RuleKind.SPEEDING)
    files = unpack(bundle.content)
    files["checkpoint.bin"] = b"9" + files["checkpoint.bin"][1:]
    listed = sums_of({name: data for name, data in files.items() if name not in (MANIFEST, SUMS)})
    files[MANIFEST] = encode_manifest(
        replace(decode_manifest(files[MANIFEST]), files=listed, digest=digest_of(listed))
    )
    files[SUMS] = lines_of(sums_of({name: data for name, data in files.items() if name != SUMS}))
    verdict = check_bundle(pack(files, exhibit.case.alert.started_ms))
    assert verdict.outcome is Outcome.UNCHANGED
    assert "use the one that made it" in verdict.reasons[0]


async def test_others_trucks_permits_and_places_far_away_stay_out(store: Store):
    side = CASES[RuleKind.OFF_ROUTE]().flagged
    side.world.vehicle("V9", "D9").permit("P9", vehicles=("V9",), sources=("SRC",))
    side.world.square("FAR", "disposal_site", 80_000)
    await store_side(store, side)
    _, bundle = await bundle_of(store, RuleKind.OFF_ROUTE)
    assert check_bundle(bundle.content).outcome is Outcome.VERIFIED
    registry = msgspec.json.decode(unpack(bundle.content)["registry/v1.json"])
    assert [one["id"] for one in registry["vehicles"]] == ["V1"]
    assert [one["id"] for one in registry["permits"]] == ["P1"]
    assert "FAR" not in [one["id"] for one in registry["zones"]]


async def test_where_the_truck_goes_afterwards_and_versions_to_come_change_no_byte(store: Store):
    world, reports = fast_after_hours()
    world.square("FAR", "disposal_site", 80_000)
    ingest = await store_reports(store, world, reports)
    before, _ = await bundle_of(store, RuleKind.SPEEDING)
    for number, at_s in enumerate((30 * HOUR_S, 31 * HOUR_S, 2000 * HOUR_S), 7):
        text = document(haul_world().vehicle(f"V{number}", f"D{number}"))
        await store.save_registry(text, author="test", effective_from_ms=world.ms(at_s))
    await ingest.take(
        [position(world, row) for row in drive((32 * HOUR_S, 6000), (34 * HOUR_S, 79_900), v=40.0)]
    )
    again, bundle = await bundle_of(store, RuleKind.SPEEDING)
    assert again.positions[-1].time_ms > world.ms(33 * HOUR_S)
    assert (len(before.versions), len(again.versions)) == (1, 4)
    assert check_bundle(bundle.content).outcome is Outcome.VERIFIED
    # The account goes on until the day of the alert's last change, which is that of this test.
    one, other = (replace(each, case=replace(each.case, account=())) for each in (before, again))
    assert make_bundle(one, "en").content == make_bundle(other, "en").content


async def test_reports_that_two_versions_judged_are_judged_again_by_both(store: Store):
    world, reports = fast_after_hours()
    other = haul_world().rule("speeding", default_limit_kmh=50)
    await store_reports(store, world, reports, later=[(3 * HOUR_S + 45, other)])
    _, bundle = await bundle_of(store, RuleKind.SPEEDING)
    assert check_bundle(bundle.content).outcome is Outcome.VERIFIED
    files = unpack(bundle.content)
    assert {"registry/v1.json", "registry/v2.json"} <= files.keys()
    assert [one.version for one in decode_manifest(files[MANIFEST]).registry] == [1, 2]


async def test_versions_that_differ_in_what_is_others_alone_share_a_file(store: Store):
    world, reports = fast_after_hours()
    later = [(3 * HOUR_S + second, haul_world().vehicle(f"V{second}", f"D{second}")) for second in (20, 40)]
    await store_reports(store, world, reports, later=later)
    _, bundle = await bundle_of(store, RuleKind.SPEEDING)
    assert check_bundle(bundle.content).outcome is Outcome.VERIFIED
    files = unpack(bundle.content)
    assert [name for name in files if name.startswith("registry/")] == ["registry/v1.json"]
    registry = decode_manifest(files[MANIFEST]).registry
    assert [one.file for one in registry] == ["registry/v1.json"] * 3
    assert len({one.sha256 for one in registry}) == 3


async def test_an_alert_whose_version_is_not_stored_is_told_as_not_to_be_judged(store: Store):
    world, reports = fast_after_hours()
    await store_reports(store, world, reports)
    async with store.connection() as connection:
        await connection.execute("delete from registry_versions")
    _, bundle = await bundle_of(store, RuleKind.SPEEDING)
    assert bundle.judging.how == "none"
    verdict = check_bundle(bundle.content)
    assert verdict.outcome is Outcome.UNCHANGED
    assert verdict.reasons == (
        "the alert cannot be judged again from a bundle: no version of the registry is stored",
    )
