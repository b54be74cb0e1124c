"""Slots: every device in exactly one, shares that add up, and what each slot reads and counts."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.batching import BatchLimits
from ingest.intake import Intake
from ingest.slots import ALL, Slot, client_id_of, fair_share
from ingest.subscriber import Message
from ingest.wire import KnownDevices

PREFIX = "haulwatch/v1"
TOPICS = st.one_of(
    st.text(max_size=30),
    st.builds(
        lambda owner, kind: f"{PREFIX}/{owner}/{kind}",
        st.text(alphabet="ABCd-_019", min_size=1, max_size=8),
        st.sampled_from(["position", "dust", "status", "nothing", "a/b"]),
    ),
    st.builds(lambda area: f"{PREFIX}/background/{area}", st.text(max_size=8)),
)


@given(TOPICS, st.integers(1, 16))
def test_every_topic_is_one_slots_to_count_and_a_background_value_everybodys_to_read(topic, of):
    slots = [Slot(number, of) for number in range(of)]
    assert sum(slot.has_topic(topic, PREFIX) for slot in slots) == 1
    readers = sum(slot.takes(topic, PREFIX) for slot in slots)
    is_background = topic.startswith(f"{PREFIX}/background/") and topic.count("/") == 3 and topic[-1] != "/"
    assert readers == (of if is_background else 1)


@given(st.text(alphabet="ABCd-_019", min_size=1, max_size=8), st.integers(1, 16))
def test_all_that_a_device_sends_belongs_to_the_slot_of_its_id(device_id, of):
    for slot in (Slot(number, of) for number in range(of)):
        kinds = {
            slot.has_topic(f"{PREFIX}/{device_id}/{kind}", PREFIX) for kind in ("position", "dust", "status")
        }
        assert kinds == {slot.has(device_id)}


@given(st.integers(1, 64), st.integers(1, 80))
def test_shares_add_up_and_differ_by_one_at_most(slots, workers):
    shares = [fair_share(slots, rank=rank, workers=workers) for rank in range(workers)]
    assert sum(shares) == slots
    assert max(shares) - min(shares) <= 1
    assert shares == sorted(shares, reverse=True)


def test_a_single_slot_keeps_the_client_id_and_several_have_their_own_by_number_and_count():
    assert client_id_of(ALL, "haulwatch-ingest") == "haulwatch-ingest"
    names = {client_id_of(Slot(number, of), "haulwatch-ingest") for of in range(1, 5) for number in range(of)}
    assert len(names) == 1 + 2 + 3 + 4


class Given:
    """A source of given messages."""

    def __init__(self, messages: list[Message]) -> None:
        self._messages = messages

    def take(self, limit: int) -> list[Message]:
        taken, self._messages = self._messages[:limit], self._messages[limit:]
        return taken

    def acknowledge(self, _: list[Message]) -> None:
        raise AssertionError("nothing is stored here")


async def test_what_is_refused_of_a_background_message_is_its_own_slots_to_count():
    now_ms = 1_795_000_000_000
    good = b'{"time": %d, "pm10_ugm3": 60}' % (now_ms - now_ms % 3_600_000)
    payload = b"[%s, {}]" % good
    found = []
    for number in range(3):
        message = Message(f"{PREFIX}/background/A1", payload, now_ms, False, False, 1, 1)
        intake = Intake(
            Given([message]),
            limits=BatchLimits(full=1),
            now_ms=lambda: now_ms,
            known=KnownDevices(vehicles=(), stations=(), areas={"A1"}),
            slot=Slot(number, 3),
        )
        gathered = await intake.gather(timeout_s=1)
        assert gathered is not None
        assert len(gathered.background) == 1
        found.append(len(gathered.rejections(redelivered=False)))
    assert sorted(found) == [0, 0, 1]
    assert found.index(1) == next(number for number in range(3) if Slot(number, 3).has("A1"))
