"""The demo's office keeps to the table of acts, whatever it does."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from alerts.case_flow import Act, CaseFacts, CaseState, after
from domain.person import Person, Role
from simulators.office import deeds

NOON_MS = 1_780_000_000_000
DAY_MS = 86_400_000
SOMEBODY = Person(user_id="office", name="Office", role=Role.ADMINISTRATOR)


@given(number=st.integers(0, 2**64), seed=st.integers(0, 9), hours=st.integers(0, 200))
def test_every_deed_is_allowed_and_none_is_later_than_the_end(number, seed, hours):
    until_ms = NOON_MS + hours * 3_600_000
    state, last_ms = CaseState.NEW, NOON_MS
    for deed in deeds(UUID(int=number), NOON_MS, seed=seed, until_ms=until_ms):
        assert last_ms <= deed.at_ms <= until_ms
        state = after(
            CaseFacts(state=state), deed.act.act, SOMEBODY, reason=deed.act.reason, at_ms=deed.at_ms
        )
        last_ms = deed.at_ms


def test_of_many_most_are_closed_and_some_of_everything_is_left():
    ends: dict[Act | None, int] = {}
    for number in range(2_000):
        done = list(deeds(UUID(int=number), NOON_MS, seed=1, until_ms=NOON_MS + 10 * DAY_MS))
        last = done[-1].act.act if done else None
        ends[last] = ends.get(last, 0) + 1
    assert ends[Act.CLOSE] > 1_500
    assert min(ends[Act.DISMISS], ends[Act.DISPUTE], ends[None]) > 20
