"""The demo's office keeps to the table of acts, whatever it does."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from alerts.case_flow import Act, CaseFacts, CaseState, after
from domain.person import Person, Role
from simulators.office import deeds
from storage.records import AlertRow

NOON_MS = 1_780_000_000_000
DAY_MS = 86_400_000
SOMEBODY = Person(user_id="office", name="Office", role=Role.ADMINISTRATOR)


def alert(number: int) -> AlertRow:
    return AlertRow(
        id=UUID(int=number), revision=1, rule="off_route", rule_id="off_route", ruleset_version=1, severity="major",
        subject="vehicle:V1", first_started_ms=NOON_MS, started_ms=NOON_MS, detected_ms=NOON_MS, ended_ms=None,
        device_id="T1", vehicle_id="V1", station_id=None, area=None, district_id=None, lon=None, lat=None,
        zone_ids=(), found_late=False, withdrawn=None, evidence="{}",
    )  # fmt: skip


@given(number=st.integers(0, 2**64), seed=st.integers(0, 9), hours=st.integers(0, 200))
def test_every_deed_is_allowed_and_none_is_later_than_the_end(number, seed, hours):
    until_ms = NOON_MS + hours * 3_600_000
    state, last_ms = CaseState.NEW, NOON_MS
    for deed in deeds(alert(number), seed=seed, until_ms=until_ms):
        assert last_ms <= deed.at_ms <= until_ms
        state = after(
            CaseFacts(state=state), deed.act.act, SOMEBODY, reason=deed.act.reason, at_ms=deed.at_ms
        )
        last_ms = deed.at_ms


def test_of_many_most_are_closed_and_some_of_everything_is_left():
    ends: dict[Act | None, int] = {}
    for number in range(2_000):
        done = list(deeds(alert(number), seed=1, until_ms=NOON_MS + 10 * DAY_MS))
        last = done[-1].act.act if done else None
        ends[last] = ends.get(last, 0) + 1
    assert ends[Act.CLOSE] > 1_500
    assert min(ends[Act.DISMISS], ends[Act.DISPUTE], ends[None]) > 20
