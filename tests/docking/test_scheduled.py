"""Schedules over a real database and a real mail server: issued once, mailed until it is taken, told in words."""

from io import BytesIO

import openpyxl
import pytest
import pytest_asyncio

from docking.scheduled import Office
from docking.writing import MailSettings
from domain.instant import DAY_MS, HOUR_MS, MINUTE_MS
from domain.period import read_period
from exports.book_reader import BookReader
from exports.period_file import FileFormat, period_file
from exports.statements import Statements
from runtime.secret_url import SecretUrl
from storage.schedules import Run, ScheduleGiven, Schedules
from tests.api import district
from tests.api.test_reports import week
from tests.api.test_stations import MIDNIGHT_MS
from tests.docking.mailbox import mailbox
from tests.support.ports import free_port

WEEK = read_period("2026-W10")
MADE_MS = MIDNIGHT_MS + DAY_MS
DUE_MS = MIDNIGHT_MS + 7 * DAY_MS + 8 * HOUR_MS + 30 * MINUTE_MS
LINK = "https://haulwatch.city.example"


def given(**changes: object) -> ScheduleGiven:
    return ScheduleGiven(
        **{
            "name": "渣土周小结", "kind": "week", "after_days": 0, "at_minute": 8 * 60 + 30,
            "formats": ("docx", "xlsx", "csv"), "language": "zh", "district_ids": None,
            "recipients": ("boss@city.example", "team@city.example"), **changes,
        }
    )  # fmt: skip


class Desk:
    """An office whose clock is set by hand."""

    def __init__(self, store) -> None:
        self.store = store
        self.at_ms = DUE_MS
        self.schedules = Schedules(store)

    def office(self, url: str) -> Office:
        mail = MailSettings(server=SecretUrl(url), sender="hw@city.example", public_url=LINK)
        return Office(self.store, mail, lambda: self.at_ms)

    async def run(self, schedule_id: int) -> Run | None:
        runs = await self.schedules.runs(schedule_id)
        return runs[0] if runs else None


@pytest_asyncio.fixture
async def desk(store):
    await week(store)
    return Desk(store)


async def test_a_week_is_issued_and_mailed_once_when_it_is_due(desk):
    number = await desk.schedules.add(given(), by="test", at_ms=MADE_MS)
    with mailbox() as box:
        office = desk.office(box.url)
        desk.at_ms = DUE_MS - 1
        assert await office.look() == 0
        desk.at_ms = DUE_MS
        assert await office.look() == 1
        assert await office.look() == 0
    ((message, recipients),) = box.mails
    assert recipients == ["boss@city.example", "team@city.example"]
    assert message["Subject"].startswith("渣土周小结 2026年第10周")
    files = {one.get_filename(): one.get_content() for one in message.iter_attachments()}
    assert [name.rpartition(".")[2] for name in files] == ["docx", "xlsx", "csv"]
    issued = await Statements(desk.store, BookReader(desk.store)).issued(WEEK)
    workbook = next(content for name, content in files.items() if name.endswith("xlsx"))
    assert workbook == period_file(issued, FileFormat.XLSX, language="zh", districts=None, link=LINK)
    assert openpyxl.load_workbook(BytesIO(workbook)).sheetnames
    assert f"{LINK}/?page=reports&bulletin=2026-W10" in message.get_body(("plain",)).get_content()
    run = await desk.run(number)
    assert (run.state, run.number, run.attempts, run.error) == ("done", 0, 1, None)
    assert (run.done_ms, run.sent_to) == (DUE_MS, ("boss@city.example", "team@city.example"))


async def test_a_server_that_is_away_is_tried_again_until_it_is_there(desk):
    number = await desk.schedules.add(given(formats=("csv",)), by="test", at_ms=MADE_MS)
    port = free_port()
    office = desk.office(f"smtp://127.0.0.1:{port}")
    assert await office.look() == 1
    run = await desk.run(number)
    assert (run.state, run.error, run.next_try_ms) == ("due", "unreachable", DUE_MS + MINUTE_MS)
    assert await office.look() == 0, "not before its time"
    desk.at_ms = run.next_try_ms
    with mailbox(port) as box:
        assert await office.look() == 1
    run = await desk.run(number)
    assert (run.state, run.attempts, run.error, len(box.mails)) == ("done", 2, None, 1)


async def test_what_cannot_be_sent_is_told_and_sent_once_somebody_asks_for_it(desk):
    number = await desk.schedules.add(given(formats=("csv",)), by="test", at_ms=MADE_MS)
    with mailbox() as box:
        office = desk.office(box.url)
        box.to_recipients = dict.fromkeys(given().recipients, "550 unknown")
        await office.look()
        run = await desk.run(number)
        assert (run.state, run.error) == ("failed", "recipients_refused")
        assert run.answers == dict.fromkeys(given().recipients, (550, "unknown"))
        desk.at_ms += 30 * DAY_MS
        assert await office.look() > 0, "the weeks since"
        box.to_recipients = {"team@city.example": "550 unknown"}
        assert await desk.schedules.run_again(number, WEEK.name, desk.at_ms)
        await office.look()
    again = next(one for one in await desk.schedules.runs(number) if one.period == WEEK.name)
    assert (again.state, again.error) == ("done", "some_refused")
    assert again.answers == {"team@city.example": (550, "unknown")}
    assert again.sent_to == ("boss@city.example",)


async def test_who_is_to_come_later_is_asked_again_alone_and_gets_what_the_others_have(desk):
    number = await desk.schedules.add(given(formats=("csv",)), by="test", at_ms=MADE_MS)
    with mailbox() as box:
        office = desk.office(box.url)
        box.to_recipients["boss@city.example"] = "450 4.2.0 greylisted, come back in 300 s"
        assert await office.look() == 1
        run = await desk.run(number)
        assert (run.state, run.error, run.number) == ("due", "some_deferred", 0)
        assert (run.sent_to, run.done_ms) == (("team@city.example",), None)
        assert run.answers == {"boss@city.example": (450, "4.2.0 greylisted, come back in 300 s")}
        assert await office.look() == 0, "not before its time"
        # What comes late meanwhile is of the next issue.
        await desk.store.commit(district.raised(district.finding(77, MIDNIGHT_MS + 2 * DAY_MS)))
        desk.at_ms = run.next_try_ms
        assert await office.look() == 1
        del box.to_recipients["boss@city.example"]
        desk.at_ms = (await desk.run(number)).next_try_ms
        assert await office.look() == 1
    run = await desk.run(number)
    assert (run.state, run.error, run.attempts, run.answers) == ("done", None, 3, {})
    assert run.sent_to == ("boss@city.example", "team@city.example")
    assert [recipients for _, recipients in box.mails] == [["team@city.example"], ["boss@city.example"]]
    first, second = (message for message, _ in box.mails)
    assert (first["Message-ID"], first["Subject"], first["To"]) == (
        second["Message-ID"], second["Subject"], second["To"],
    )  # fmt: skip
    files = [[one.get_content() for one in message.iter_attachments()] for message in (first, second)]
    assert files[0] == files[1]


async def test_who_is_refused_for_good_is_not_asked_again_with_those_who_are_to_come_later(desk):
    number = await desk.schedules.add(given(formats=("csv",)), by="test", at_ms=MADE_MS)
    with mailbox() as box:
        office = desk.office(box.url)
        box.to_recipients = {"boss@city.example": "550 unknown", "team@city.example": "451 later"}
        await office.look()
        run = await desk.run(number)
        assert (run.state, run.error, run.sent_to) == ("due", "deferred", ())
        box.to_recipients = {"team@city.example": "451 later"}
        for _ in range(200):
            desk.at_ms = run.next_try_ms
            await office.look()
            run = await desk.run(number)
            if run.state != "due":
                break
    assert (run.state, run.error, box.mails) == ("failed", "recipients_refused", [])
    assert desk.at_ms - DUE_MS >= 3 * DAY_MS
    assert run.answers == {"boss@city.example": (550, "unknown"), "team@city.example": (451, "later")}


async def test_three_days_of_failures_end_a_run(desk):
    number = await desk.schedules.add(given(formats=("csv",)), by="test", at_ms=MADE_MS)
    office = desk.office("")
    for _ in range(200):
        await office.look()
        run = await desk.run(number)
        if run.state != "due":
            break
        desk.at_ms = run.next_try_ms
    assert (run.state, run.error) == ("failed", "no_mail_server")
    assert desk.at_ms - DUE_MS >= 3 * DAY_MS


async def test_what_is_tried_long_after_it_was_due_is_tried_for_three_days_too(desk):
    number = await desk.schedules.add(given(formats=("csv",)), by="test", at_ms=MADE_MS)
    desk.at_ms = DUE_MS + 5 * DAY_MS
    await desk.office(f"smtp://127.0.0.1:{free_port()}").look()
    run = await desk.run(number)
    assert (run.state, run.next_try_ms) == ("due", desk.at_ms + MINUTE_MS)


async def test_what_came_late_goes_out_as_an_amendment_when_it_is_sent_again(desk):
    number = await desk.schedules.add(given(formats=("csv",)), by="test", at_ms=MADE_MS)
    with mailbox() as box:
        office = desk.office(box.url)
        await office.look()
        late = district.finding(77, MIDNIGHT_MS + 2 * DAY_MS)
        await desk.store.commit(district.raised(late))
        desk.at_ms += HOUR_MS
        assert await desk.schedules.run_again(number, WEEK.name, desk.at_ms)
        await office.look()
    assert (await desk.run(number)).number == 1
    assert "第1次更正" in box.mails[1][0]["Subject"]
    assert box.mails[0][0]["Message-ID"] != box.mails[1][0]["Message-ID"]


async def test_what_somebody_asks_for_goes_out_during_a_pause_too(desk):
    number = await desk.schedules.add(given(is_active=False, recipients=()), by="test", at_ms=MADE_MS)
    assert await desk.schedules.run_again(number, WEEK.name, DUE_MS)
    assert await desk.office("").look() == 1
    assert (await desk.run(number)).state == "done"


@pytest.mark.parametrize("then", [{}, {"kind": "month"}], ids=["after a pause", "as one of months"])
async def test_a_schedule_that_goes_on_is_for_what_comes_due_from_then_on(desk, then):
    number = await desk.schedules.add(given(is_active=bool(then), recipients=()), by="test", at_ms=MADE_MS)
    desk.at_ms = MADE_MS + 70 * DAY_MS
    assert await desk.schedules.change(number, given(recipients=(), **then), at_ms=desk.at_ms)
    office = desk.office("")
    assert await office.look() == 0
    desk.at_ms += 31 * DAY_MS
    assert await office.look() > 0
    assert min(run.due_ms for run in await desk.schedules.runs(number)) > MADE_MS + 70 * DAY_MS


async def test_another_hour_or_name_does_not_make_a_schedule_forget_what_is_due(desk):
    number = await desk.schedules.add(given(recipients=()), by="test", at_ms=MADE_MS)
    assert await desk.schedules.change(number, given(recipients=(), name="x", at_minute=8 * 60), at_ms=DUE_MS)
    assert await desk.office("").look() == 1


async def test_a_schedule_without_recipients_issues_and_a_paused_one_does_nothing(desk):
    paused = await desk.schedules.add(given(is_active=False), by="test", at_ms=MADE_MS)
    office = desk.office("")
    assert await office.look() == 0
    quiet = await desk.schedules.add(given(recipients=()), by="test", at_ms=MADE_MS)
    assert await office.look() == 1
    assert (await desk.run(quiet)).state == "done"
    assert await desk.run(paused) is None
    assert len(await Statements(desk.store, BookReader(desk.store)).issued(WEEK)) == 1
