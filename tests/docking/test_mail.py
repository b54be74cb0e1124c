"""Mail over a real server: what is taken, what is refused, and what is never said in the open."""

import pytest
from msgspec.structs import replace

from docking.failed import Failed
from docking.mail import Attachment, Mail, Reply, Sent, send
from runtime.secret_url import SecretUrl
from tests.docking.mailbox import mailbox
from tests.support.ports import free_port

MAIL = Mail(
    id="haulwatch-1-2026-W46-0",
    sender="haulwatch@city.example",
    recipients=("boss@city.example", "team@city.example"),
    subject="渣土周小结 2026年第46周",
    text="本周违规 12 起。\n",
    at_ms=1_794_758_400_000,
    attachments=(
        Attachment(name="周小结.xlsx", media_type="application/vnd.ms-excel", content=bytes(range(256)) * 40),
    ),
)
ALL_OF_THEM = Sent(taken=MAIL.recipients, replies={})


async def test_a_mail_arrives_as_it_was_written():
    with mailbox() as box:
        assert await send(MAIL, SecretUrl(box.url), MAIL.recipients) == ALL_OF_THEM
    ((message, recipients),) = box.mails
    assert recipients == list(MAIL.recipients)
    assert (message["Subject"], message["From"]) == (MAIL.subject, MAIL.sender)
    assert message["Message-ID"] == "<haulwatch-1-2026-W46-0@city.example>"
    assert (message["Date"].datetime.timestamp() * 1000, message["Auto-Submitted"]) == (
        MAIL.at_ms,
        "auto-generated",
    )
    assert message.get_body(("plain",)).get_content().replace("\r\n", "\n") == MAIL.text
    (attached,) = message.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ("周小结.xlsx", bytes(range(256)) * 40)


async def test_who_is_refused_is_told_and_the_others_get_it():
    with mailbox() as box:
        box.to_recipients["boss@city.example"] = "550 unknown here"
        sent = await send(MAIL, SecretUrl(box.url), MAIL.recipients)
        assert len(box.mails) == 1
    assert sent == Sent(
        taken=("team@city.example",), replies={"boss@city.example": Reply(code=550, text="unknown here")}
    )


async def test_a_mail_sent_to_one_alone_names_all_whom_it_is_for():
    with mailbox() as box:
        sent = await send(MAIL, SecretUrl(box.url), ("team@city.example",))
    ((message, recipients),) = box.mails
    assert (recipients, sent.taken) == (["team@city.example"], ("team@city.example",))
    assert message["To"] == "boss@city.example, team@city.example"


async def test_what_was_taken_is_taken_however_the_server_says_goodbye():
    with mailbox() as box:
        box.goodbye = "421 shutting down"
        assert await send(MAIL, SecretUrl(box.url), MAIL.recipients) == ALL_OF_THEM
        assert len(box.mails) == 1


async def test_a_subject_with_breaks_that_only_unicode_knows_is_one_line():
    with mailbox() as box:
        await send(replace(MAIL, subject="渣土\u2028周小结\x85第46周"), SecretUrl(box.url), MAIL.recipients)
    assert box.mails[0][0]["Subject"] == "渣土 周小结 第46周"


@pytest.mark.parametrize(
    ("answer", "code", "is_passing"),
    [("550 unknown", 550, False), ("450 greylisted", 450, True)],
)
async def test_a_mail_that_nobody_gets_is_told_for_each(answer: str, code: int, is_passing: bool):
    with mailbox() as box:
        box.to_recipients = dict.fromkeys(MAIL.recipients, answer)
        sent = await send(MAIL, SecretUrl(box.url), MAIL.recipients)
    assert (sent.taken, box.mails) == ((), [])
    assert sent.replies == dict.fromkeys(MAIL.recipients, Reply(code=code, text=answer[4:]))
    assert sent.replies["boss@city.example"].is_passing is is_passing


async def test_a_server_that_closes_in_the_midst_of_recipients_took_it_for_none():
    with mailbox() as box:
        box.to_recipients["team@city.example"] = "421 shutting down"
        sent = await send(MAIL, SecretUrl(box.url), MAIL.recipients)
    assert (sent.taken, list(sent.replies), box.mails) == ((), ["team@city.example"], [])


@pytest.mark.parametrize(("answer", "is_passing"), [("552 too large", False), ("452 no room", True)])
async def test_a_message_that_is_refused_fails(answer: str, is_passing: bool):
    with mailbox() as box:
        box.to_message = answer
        with pytest.raises(Failed) as failed:
            await send(MAIL, SecretUrl(box.url), MAIL.recipients)
    assert (failed.value.code, failed.value.is_passing) == ("refused", is_passing)


async def test_a_server_that_is_away_may_come_back():
    with pytest.raises(Failed) as failed:
        await send(MAIL, SecretUrl(f"smtp://127.0.0.1:{free_port()}"), MAIL.recipients)
    assert (failed.value.code, failed.value.is_passing) == ("unreachable", True)


async def test_a_password_is_not_said_without_encryption():
    with mailbox() as box:
        url = box.url.replace("smtp://", "smtp://me:geheim@")
        with pytest.raises(Failed) as failed:
            await send(MAIL, SecretUrl(url), MAIL.recipients)
    assert (failed.value.code, failed.value.is_passing) == ("not_encrypted", False)
    assert "geheim" not in str(failed.value)
