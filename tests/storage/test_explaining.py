"""What is stored about one alert, read in one piece."""

import itertools
from uuid import UUID

import pytest

from alerts.evidence import OverdueEvidence, SpeedEvidence
from alerts.station_evidence import DustEvidence
from domain.identifiers import DeviceId, StationId
from domain.quantity import Quantity
from domain.rule import RuleKind
from storage.alert_log import alert_of
from storage.batch import Batch
from storage.explaining import MOST_REPORTS, span_around
from tests.storage import made

HOUR_S = 3600


async def stored(store, *findings, **batch) -> UUID:
    await store.commit(Batch(findings=findings, **batch))
    return findings[-1].finding.id


async def test_an_alert_that_is_not_there_is_no_case(store):
    assert await store.case(UUID(int=1)) is None


async def test_a_case_has_every_change_with_its_number_in_order(store):
    first = made.finding()
    await stored(store, first)
    graver = made.finding(evidence=SpeedEvidence(top_speed_kmh=99.0, limit_kmh=60.0, zone_ids=()))
    await stored(store, made.finding(subject="vehicle:V2"), graver)
    case = await store.case(first.finding.id)
    assert [change.number for change in case.changes] == [1, 3]
    assert [change.alert.evidence for change in case.changes][-1] == case.alert.evidence
    assert case.evidence.top_speed_kmh == 99.0


async def test_a_case_has_the_version_that_judged_it_and_not_todays(store):
    for number in (1, 2, 3):
        await store.save_registry(b'{"version": 1, "n": %d}' % number, author="a", effective_from_ms=number)
    alert_id = await stored(store, made.finding(version=2))
    case = await store.case(alert_id)
    assert (case.registry.version, case.registry.document) == (2, b'{"version": 1, "n": 2}')


async def test_an_exceedance_has_the_version_whose_terms_its_first_window_began_under(store):
    for number, at_ms in enumerate((made.T0, made.T0 + 5_000), start=1):
        await store.save_registry(b'{"version": 1, "n": %d}' % number, author="a", effective_from_ms=at_ms)
    evidence = DustEvidence(
        limit_id="L1", quantity=Quantity.PM10, limit=80.0, window_s=900, peak=90.0, windows_over=1,
        allowed_per_day=0, windows=(),
    )  # fmt: skip
    exceedance = {"station_id": "S1", "evidence": evidence}
    before = await store.case(await stored(store, made.finding("station:S1", version=2, **exceedance)))
    after = await store.case(await stored(store, made.finding("station:S1", 6, version=2, **exceedance)))
    assert (before.registry.version, after.registry.version) == (1, 2)
    speeding = await store.case(await stored(store, made.finding(version=2)))
    assert speeding.registry.version == 2


async def test_a_case_of_a_version_that_is_not_stored_has_none(store):
    assert (await store.case(await stored(store, made.finding(version=7)))).registry is None


async def test_a_case_has_its_devices_reports_from_10_min_before_to_10_min_after(store):
    around = [made.position(at_s=s) for s in (-601, -600, 0, 609, 610, 611)]
    other = made.position("T2", 5)
    alert_id = await stored(store, made.finding(), positions=(*around, other))  # detected at 10
    case = await store.case(alert_id)
    assert case.positions.total == 4
    assert [made.key(report) for report in case.positions.reports] == [made.key(each) for each in around[1:5]]
    assert case.readings is None


async def test_many_reports_are_thinned_evenly_and_the_first_last_and_decisive_ones_kept(store):
    reports = tuple(made.position(at_s=s) for s in range(-600, 611))
    case = await store.case(await stored(store, made.finding(), positions=reports))
    kept_s = [(report.time_ms - made.T0) // 1000 for report in case.positions.reports]
    assert case.positions.total == 1211
    assert {-600, 0, 10, 610} <= set(kept_s)
    assert MOST_REPORTS <= len(kept_s) <= MOST_REPORTS + 5
    assert kept_s == sorted(set(kept_s))
    assert max(after - before for before, after in itertools.pairwise(kept_s)) <= 3


async def test_as_many_reports_as_are_shown_are_not_thinned(store):
    reports = tuple(made.position(at_s=s) for s in range(MOST_REPORTS))
    case = await store.case(await stored(store, made.finding(), positions=reports))
    assert (case.positions.total, len(case.positions.reports)) == (MOST_REPORTS, MOST_REPORTS)


async def test_a_stations_case_has_its_readings(store):
    about = made.finding("station:S1", device_id=DeviceId("D1"), station_id=StationId("S1"))
    readings = tuple(made.dust(at_s=60 * n) for n in range(-11, 12))
    case = await store.case(await stored(store, about, dust=readings))
    assert case.positions is None
    assert case.readings.total == 21
    assert [made.key(report) for report in case.readings.reports] == [
        made.key(each) for each in readings[1:-1]
    ]


async def test_a_case_without_a_device_has_no_reports(store):
    place = made.finding("place", device_id=None)
    case = await store.case(await stored(store, place, positions=made.positions(3)))
    assert (case.positions, case.readings, case.account) == (None, None, [])


async def test_a_case_has_its_devices_account_of_the_days(store):
    reports = made.positions(3)
    await store.commit(Batch(positions=(made.position("T2"),)))
    alert_id = await stored(store, made.finding(), positions=(*reports, reports[0]))
    (line,) = (await store.case(alert_id)).account
    assert (line.device_id, line.received, line.stored, line.duplicate) == ("T1", 4, 3, 1)


# The span.


def span_s(**fields) -> tuple[float, float]:
    judged = made.finding(**fields)
    span = span_around(alert_of(judged), judged.finding.evidence)
    return (span.from_ms - made.T0) / 1000, (span.to_ms - made.T0) / 1000


@pytest.mark.parametrize(
    ("ended_s", "to_s"),
    [(None, 610), (5, 610), (50, 650)],
    ids=["ongoing: from its detection", "ended before it was detected", "ended after"],
)
def test_the_span_runs_to_10_min_after_the_end_or_the_detection(ended_s, to_s):
    ended_ms = None if ended_s is None else made.T0 + ended_s * 1000
    assert span_s(ended_ms=ended_ms) == (-600, to_s)


@pytest.mark.parametrize(
    ("departed_s", "from_s"),
    [(-3 * HOUR_S, -3 * HOUR_S - 600), (-24 * HOUR_S, -24 * HOUR_S - 600), (-24 * HOUR_S - 1, -600)],
    ids=["3 h", "24 h", "more than a day before"],
)
def test_what_the_evidence_names_is_looked_at_as_far_as_a_day_back(departed_s, from_s):
    evidence = OverdueEvidence(
        departed_ms=made.T0 + departed_s * 1000, max_trip_min=180.0, site_zone_id="SRC", permit_id=None
    )
    assert span_s(rule=RuleKind.TRIP_OVERDUE, evidence=evidence)[0] == from_s
