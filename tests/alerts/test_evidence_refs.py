"""What a case refers to, read off its evidence."""

from alerts.evidence import (
    ConflictEvidence,
    DumpingEvidence,
    NoPermitEvidence,
    PermitSeen,
    PermitWhyNot,
    Sign,
    SignKind,
    StopEvidence,
    TamperEvidence,
    ZoneNear,
)
from alerts.evidence_refs import ids_in, instants_in

DUMPING = DumpingEvidence(
    signs=(Sign(kind=SignKind.LIFT, at_ms=500, confirmed_ms=700), Sign(kind=SignKind.LOAD, at_ms=600)),
    load_before="loaded",
    place_ms=500,
    permit_id="P1",
    in_force_permit_ids=("P2", "P1"),
    allowed_zone_ids=("Z1", "Z2"),
)


def test_ids_are_found_by_what_they_name_each_once():
    assert ids_in(DUMPING, "permit") == ("P1", "P2")
    assert ids_in(DUMPING, "zone") == ("Z1", "Z2")
    assert ids_in(DUMPING, "route") == ()


def test_ids_within_lists_of_objects_are_found_too():
    near = (ZoneNear(zone_id="LOT", distance_m=3.0),)
    stop = StopEvidence(stay_s=700.0, permit_id=None, site_zone_id="SRC", near=near)
    assert ids_in(stop, "zone") == ("SRC", "LOT")
    assert ids_in(stop, "permit") == ()


def test_instants_rise_and_come_once():
    assert instants_in(DUMPING) == (500, 600, 700)
    assert instants_in(ConflictEvidence(alternations_ms=(3, 1, 2), apart_m=5.0)) == (1, 2, 3)
    assert instants_in(TamperEvidence(alarms=("power_cut",))) == ()


def test_the_validity_of_a_permit_is_no_instant_of_the_case():
    seen = PermitSeen(permit_id="P1", why=PermitWhyNot.OVER, valid_from_ms=1, valid_to_ms=2)
    assert instants_in(NoPermitEvidence(site_zone_id="SRC", permits=(seen,), permits_known=1)) == ()
