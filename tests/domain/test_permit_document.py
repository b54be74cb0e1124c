"""A permit as the registry file writes it: what is read from it is the permit again."""

from msgspec import json

from domain.identifiers import PermitId
from domain.permit import Permit
from domain.permit_document import permit_document
from domain.registry import Registry, check
from domain.timewindow import Validity, Weekday, window_between


def read(document: dict) -> Permit:
    found = check(json.encode({"version": 1, "permits": [document]}))
    assert isinstance(found, Registry), found
    return found.permits[0]


def test_what_is_absent_is_left_out():
    assert permit_document(Permit(id=PermitId("P1"))) == {"id": "P1", "max_trip_min": 180.0}


def test_windows_and_validity_are_read_back_as_they_were():
    permit = Permit(
        id=PermitId("P1"),
        windows=(window_between(20 * 60, 4 * 60, (Weekday.MON, Weekday.SAT)), window_between(0, 1440)),
        validity=Validity(from_ms=1_760_000_000_000, to_ms=1_770_000_000_000),
        max_trip_min=90.0,
        declared_t=12_500.0,
    )
    assert permit_document(permit)["windows"][0] == {"days": ["mon", "sat"], "from": "20:00", "to": "04:00"}
    assert read(permit_document(permit)) == permit
