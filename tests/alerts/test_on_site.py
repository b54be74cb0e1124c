"""Which spans of a dust alert count, and which visits fall into them."""

from msgspec.structs import replace

from alerts.on_site import over_ms, vehicles_on_site, with_vehicles
from alerts.same_place import member_keys
from alerts.station_evidence import DustEvidence
from domain.identifiers import StationId
from domain.rule import RuleKind
from tests.ingest.test_area import dust, dusty_world, visit


def test_windows_over_count_and_those_no_longer_listed_count_as_one_span():
    made = dusty_world()
    alert = dust(made, 1800, 2700, 3600, verdicts=("over", "between", "over"))
    assert over_ms(alert) == ((made.ms(1800), made.ms(2700)), (made.ms(3600), made.ms(4500)))
    earlier = replace(alert, started_ms=made.ms(0))
    assert over_ms(earlier)[0] == (made.ms(0), made.ms(1800))
    assert len(over_ms(earlier)) == 3


def test_only_dust_alerts_of_a_station_with_a_site_have_vehicles_on_site():
    made = dusty_world()
    alert, visits = dust(made, 900), [visit(made, 1, 1000)]
    ruleset = made.ruleset()
    assert [one.vehicle_id for one in vehicles_on_site(ruleset, alert, visits)] == ["V1"]
    assert vehicles_on_site(ruleset, replace(alert, rule=RuleKind.NOISE_EXCEEDANCE), visits) == ()
    assert vehicles_on_site(ruleset, replace(alert, station_id=StationId("S9")), visits) == ()
    assert isinstance(alert.evidence, DustEvidence)
    bare = replace(alert, evidence=replace(alert.evidence, windows=()))
    assert (over_ms(bare), vehicles_on_site(ruleset, bare, visits)) == ((), ())


def test_the_list_is_added_to_the_evidence_of_dust_alerts_alone():
    made = dusty_world()
    alert = dust(made, 900)
    listed = with_vehicles(made.ruleset(), alert, {"SITE": [visit(made, 2, 1000), visit(made, 1, 950)]})
    assert isinstance(listed.evidence, DustEvidence)
    assert [one.vehicle_id for one in listed.evidence.vehicles_on_site] == ["V1", "V2"]
    assert with_vehicles(made.ruleset(), alert, {}) is alert
    assert with_vehicles(made.ruleset(), replace(alert, station_id=None), {}).evidence == alert.evidence


def test_an_alert_of_another_kind_has_no_members():
    assert member_keys(dust(dusty_world(), 900)) == frozenset()
