"""The ready-made limits: named by stations, never said again, disabled where their numbers were not verified."""

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.ruleset import Ruleset
from domain.instant import to_rfc3339
from domain.legal_limits import LEGAL_LIMITS
from domain.limit_document import limit_document
from domain.quantity import Quantity
from domain.registry import Registry, check
from domain.station import AqiCorrection, Limit, Severity
from domain.timewindow import WEEKDAYS, Validity, window_between
from tests.domain.full_registry import changed, encoded

HEBEI = "CN-HE-DB13-2934-2019-PM10-1H"
JIANGSU = "CN-JS-DB32-4437-2022-TSP-15MIN"


def test_hebei_is_as_the_province_announced_it():
    entry = LEGAL_LIMITS[HEBEI]
    assert entry.verified
    assert (entry.terms.quantity, entry.terms.window_s, entry.terms.limit) == (Quantity.PM10, 3600, 80.0)
    assert (entry.terms.minus_background, entry.terms.background_cap) == (True, 150.0)
    assert entry.terms.exceedances_allowed_per_day == 2
    assert to_rfc3339(entry.terms.validity.from_ms) == "2019-03-31T16:00:00.000Z"


@pytest.mark.parametrize(
    ("limit_id", "window_s", "limit", "verified"),
    [
        ("CN-HB-WUHAN-2017-PM10-1H-WARN", 3600, 150, True),
        ("CN-HB-WUHAN-2017-PM10-1H-ACT", 3600, 200, True),
        ("CN-LN-DB21-2642-2016-TSP-5MIN-URBAN", 300, 800, True),
        ("CN-LN-DB21-2642-2016-TSP-5MIN-RURAL", 300, 1000, True),
        ("CN-SN-DB61-1078-2017-TSP-1H-EARTHWORKS", 3600, 800, True),
        ("CN-SN-DB61-1078-2017-TSP-1H-STRUCTURE", 3600, 700, True),
        ("CN-JS-DB32-4437-2022-TSP-15MIN", 900, 500, False),
        ("CN-JS-DB32-4437-2022-PM10-1H", 3600, 80, False),
        ("CN-SH-DB31-964-2016-TSP-15MIN-2000", 900, 2000, False),
        ("CN-SH-DB31-964-2016-TSP-15MIN-1000", 900, 1000, False),
        ("CN-SC-DB51-2682-2020-TSP-15MIN-EARTHWORKS", 900, 600, False),
        ("CN-SC-DB51-2682-2020-TSP-15MIN-OTHER", 900, 250, False),
        ("CN-GB-12523-2011-NOISE-20MIN-DAY", 1200, 70, True),
        ("CN-GB-12523-2011-NOISE-20MIN-NIGHT", 1200, 55, True),
        ("CN-GB-12523-2025-NOISE-20MIN-DAY", 1200, 70, False),
        ("CN-GB-12523-2025-NOISE-20MIN-NIGHT", 1200, 55, False),
    ],
)
def test_the_terms_of_each(limit_id, window_s, limit, verified):
    entry = LEGAL_LIMITS[limit_id]
    assert (entry.terms.window_s, entry.terms.limit, entry.verified) == (window_s, limit, verified)


def test_ids_are_of_one_form_and_every_entry_says_where_it_holds_and_how_it_was_checked():
    for limit_id, entry in LEGAL_LIMITS.items():
        assert limit_id == entry.terms.id
        assert re.fullmatch(r"CN-[A-Z0-9]+(-[A-Z0-9]+)+", limit_id)
        assert entry.region
        assert entry.source
        assert entry.checked.startswith("not verified") or "not verified" in entry.checked or entry.verified


def test_day_and_night_share_no_minute_and_leave_none_out():
    day, night = (
        LEGAL_LIMITS[f"CN-GB-12523-2011-NOISE-20MIN-{name}"].terms.windows for name in ("DAY", "NIGHT")
    )
    for minute in range(1440):
        assert day[0].covers(2, minute) != night[0].covers(2, minute)


def test_every_entry_could_be_a_limit_of_a_registry():
    own = [limit_document(entry.terms) | {"id": f"OWN-{name}"} for name, entry in LEGAL_LIMITS.items()]
    found = check(encoded({"version": 1, "limits": own}))
    assert isinstance(found, Registry), found
    assert [msgspec.structs.replace(limit, id=limit.id.removeprefix("OWN-")) for limit in found.limits] == [
        entry.terms for entry in LEGAL_LIMITS.values()
    ]


def ruleset(*limit_ids: str) -> Ruleset:
    registry = check(changed(("stations.0.limit_ids", list(limit_ids))))
    assert isinstance(registry, Registry), registry
    return Ruleset.build(registry, version=1)


def test_a_station_names_one_as_if_the_registry_listed_it():
    assert ruleset(HEBEI, "L2").profiles["D0001"].limits == (
        LEGAL_LIMITS[HEBEI].terms,
        ruleset().limits["L2"],
    )


def test_one_that_is_not_verified_judges_nothing():
    assert ruleset(JIANGSU).profiles["D0001"].limits == ()


def test_a_registry_may_not_say_it_in_other_terms():
    (problem,) = check(changed(("limits.0.id", HEBEI), ("stations.0.limit_ids", [HEBEI])))
    assert problem.path == "$.limits[0].id"
    assert "is a ready-made limit" in str(problem.message)


def test_one_that_is_not_there_is_unknown_as_any_other():
    (problem,) = check(changed(("stations.0.limit_ids", ["CN-HE-DB13-2934-2019-PM10-2H"])))
    assert problem.path == "$.stations[0].limit_ids[0]"


NUMBERS = st.floats(min_value=0.0, max_value=1e4)
LIMITS = st.builds(
    Limit,
    id=st.just("L"),
    quantity=st.sampled_from(Quantity),
    window_s=st.sampled_from([300, 900, 3600]),
    limit=NUMBERS,
    name=st.text(max_size=4),
    enabled=st.booleans(),
    clear_below=st.none() | NUMBERS,
    severity=st.sampled_from(Severity),
    minus_background=st.booleans(),
    background_cap=st.none() | NUMBERS,
    aqi_correction=st.none()
    | st.builds(AqiCorrection, from_aqi=st.just(200.0), to_aqi=st.just(300.0), subtract=NUMBERS),
    stage=st.none() | st.text(max_size=4),
    exceedances_allowed_per_day=st.integers(0, 5),
    min_coverage=st.floats(0.0, 1.0),
    windows=st.lists(
        st.builds(
            window_between,
            st.integers(0, 1439),
            st.integers(1, 1440),
            st.sets(st.sampled_from(WEEKDAYS), min_size=1),
        ),
        max_size=2,
    ).map(tuple),
    validity=st.sampled_from([Validity(), Validity(from_ms=10**12), Validity(from_ms=1, to_ms=10**12)]),
)


@given(LIMITS)
def test_a_limit_written_as_the_registry_has_it_is_read_back_the_same(limit):
    found = check(encoded({"version": 1, "limits": [limit_document(limit)]}))
    assert isinstance(found, Registry), found
    assert found.limits == (limit,)
