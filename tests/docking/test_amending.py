"""Schedules that amend by themselves: what differs for a whole day goes out, at the schedule's hour, once."""

import pytest
import pytest_asyncio

from docking.amending import AMENDED_FOR_DAYS
from domain.identifiers import DistrictId
from domain.instant import DAY_MS, HOUR_MS
from domain.station import Severity
from exports.book_reader import BookReader
from exports.statements import Statements
from storage.batch import Batch, JudgedFinding
from tests.api import district
from tests.api.test_reports import FOUND, week
from tests.api.test_stations import MIDNIGHT_MS
from tests.docking.mailbox import Mailbox, mailbox
from tests.docking.test_scheduled import DUE_MS, MADE_MS, WEEK, Desk, given

LATE_MS = MIDNIGHT_MS + 2 * DAY_MS


class Living:
    """A desk with a schedule that amends and has sent its week, and the mailbox that it was sent to."""

    def __init__(self, desk: Desk, box: Mailbox) -> None:
        self.desk, self.box = desk, box
        self.office = desk.office(box.url)
        self.number = 0

    async def begin(self, **changes: object) -> None:
        changes = {"formats": ("csv",), "amends": True, **changes}
        self.number = await self.desk.schedules.add(given(**changes), by="test", at_ms=MADE_MS)
        assert await self.office.look() == 1

    async def until(self, at_ms: int) -> None:
        """Look each hour until then, as a process would each few seconds."""
        while self.desk.at_ms < at_ms:
            self.desk.at_ms = min(self.desk.at_ms + HOUR_MS, at_ms)
            await self.office.look()

    async def changed(self, number: int = 77, **changes: object) -> None:
        await self.desk.store.commit(district.raised(district.finding(number, LATE_MS, **changes)))

    async def run(self):
        return await self.desk.run(self.number)

    def amended(self) -> list[str]:
        return [str(message["Subject"]) for message, _ in self.box.mails[1:]]


@pytest_asyncio.fixture
async def living(store):
    await week(store)
    with mailbox() as box:
        yield Living(Desk(store), box)


async def test_what_differs_for_a_day_goes_out_at_the_schedules_hour_as_a_named_amendment(living):
    await living.begin()
    await living.until(DUE_MS + 3 * HOUR_MS)
    await living.changed()
    await living.until(DUE_MS + 2 * DAY_MS - HOUR_MS)
    run = await living.run()
    assert (run.number, run.differs_since_ms, living.amended()) == (0, DUE_MS + 4 * HOUR_MS, [])
    await living.until(DUE_MS + 2 * DAY_MS)
    run = await living.run()
    assert (run.state, run.number, run.differs_since_ms) == ("done", 1, None)
    assert run.sent_to == ("boss@city.example", "team@city.example")
    (message, _) = living.box.mails[1]
    assert "（第1次更正）" in message["Subject"]
    text = message.get_body(("plain",)).get_content()
    assert text.startswith("本期为第1次更正。与此前签发相比：新增1起。")
    await living.until(DUE_MS + 4 * DAY_MS)
    assert len(living.amended()) == 1


async def test_what_differs_again_waits_for_a_day_again(living):
    await living.begin()
    await living.changed(77)
    await living.until(DUE_MS + 2 * DAY_MS)
    await living.changed(78)
    await living.until(DUE_MS + 4 * DAY_MS - HOUR_MS)
    assert len(living.amended()) == 1
    await living.until(DUE_MS + 4 * DAY_MS)
    assert [f"（第{n}次更正）" in one for n, one in enumerate(living.amended(), 1)] == [True, True]


async def test_what_comes_and_goes_within_a_day_sends_nothing(living):
    await living.begin()
    for day in range(4):
        await living.changed()
        await living.until(DUE_MS + day * DAY_MS + 20 * HOUR_MS)
        await living.changed(withdrawn="late data")
        await living.until(DUE_MS + (day + 1) * DAY_MS)
    assert ((await living.run()).differs_since_ms, living.amended()) == (None, [])
    assert len(await Statements(living.desk.store, BookReader(living.desk.store)).issued(WEEK)) == 1


async def test_a_correction_that_leaves_the_counts_alone_goes_out_too(living):
    await living.begin()
    late = district.finding(0, FOUND[4].started_ms, vehicle=1, severity=Severity.CRITICAL)
    assert late.id == FOUND[4].id
    again = JudgedFinding(finding=late, ruleset_version=1, found_late=True)
    await living.desk.store.commit(Batch(findings=(again,)))
    await living.until(DUE_MS + 3 * DAY_MS)
    text = living.box.mails[1][0].get_body(("plain",)).get_content()
    assert "订正1起" in text


@pytest.mark.parametrize("changes", [{"amends": False}, {"is_active": False}], ids=["not wanted", "paused"])
async def test_without_being_asked_to_a_schedule_amends_nothing(living, changes):
    await living.begin()
    assert await living.desk.schedules.change(
        living.number, given(**{"formats": ("csv",), "amends": True, **changes}), at_ms=living.desk.at_ms
    )
    await living.changed()
    await living.until(DUE_MS + 3 * DAY_MS)
    assert living.amended() == []


async def test_a_change_in_another_district_is_issued_and_not_mailed(living):
    await living.begin(district_ids=("D2",))
    await living.changed(district_id=DistrictId("D1"))
    await living.until(DUE_MS + 3 * DAY_MS)
    run = await living.run()
    assert (run.number, run.differs_since_ms, living.amended()) == (1, None, [])


async def test_what_somebody_issued_by_hand_is_mailed_to_those_who_have_the_one_before(living):
    await living.begin()
    await living.changed()
    statements = Statements(living.desk.store, BookReader(living.desk.store))
    assert (await statements.issue(WEEK, DUE_MS + HOUR_MS, "li")).number == 1
    await living.until(DUE_MS + 3 * DAY_MS)
    assert len(living.amended()) == 1
    assert (await living.run()).number == 1


async def test_what_changes_long_after_is_left_to_people(living):
    await living.begin(recipients=())
    living.desk.at_ms = MIDNIGHT_MS + (7 + AMENDED_FOR_DAYS) * DAY_MS + HOUR_MS
    await living.changed()
    await living.until(living.desk.at_ms + 3 * DAY_MS)
    (run,) = [one for one in await living.desk.schedules.runs(living.number) if one.period == WEEK.name]
    assert (run.number, run.differs_since_ms) == (0, None)
