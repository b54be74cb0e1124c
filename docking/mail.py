"""Mail by SMTP: one message, and what the server says of each recipient. Encrypted wherever the server offers it."""

import asyncio
import smtplib
import ssl
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime

from msgspec import Struct

from docking.failed import Failed
from runtime.secret_url import SecretUrl

TIMEOUT_S = 60.0
PORTS = {"smtp": 25, "smtps": 465}
MOST_ATTACHED_BYTES = 15_000_000
"""Together, before they are written as text, which takes a third more: many servers take 25 MB and no more."""


class Attachment(Struct, frozen=True, kw_only=True):
    """A file of a mail."""

    name: str
    media_type: str
    content: bytes


class Mail(Struct, frozen=True, kw_only=True):
    """One mail. `id` is the same whenever the same is sent again, so that a reader's program shows it once.

    `recipients` are those it names, also where it is sent to some of them only.
    """

    id: str
    sender: str
    recipients: Sequence[str]
    subject: str
    text: str
    at_ms: int
    attachments: Sequence[Attachment] = ()


class Reply(Struct, frozen=True, kw_only=True):
    """What a server says of a recipient that it does not take a mail for (RFC 5321 §4.2.1)."""

    code: int
    text: str

    @property
    def is_passing(self) -> bool:
        """Whether another try may do, as with greylisting (RFC 6647)."""
        return 400 <= self.code < 500


class Sent(Struct, frozen=True, kw_only=True):
    """Whom a server took a mail for, and what it said of others; of some it may have said nothing yet."""

    taken: tuple[str, ...]
    replies: dict[str, Reply]


def message_of(mail: Mail) -> EmailMessage:
    """The message as it goes over the wire (RFC 5322)."""
    message = EmailMessage()
    message["From"] = mail.sender
    message["To"] = ", ".join(mail.recipients)
    message["Subject"] = " ".join(mail.subject.split())  # also of breaks that only Unicode knows
    message["Date"] = format_datetime(datetime.fromtimestamp(mail.at_ms / 1000, UTC))
    message["Message-ID"] = f"<{mail.id}@{_domain(mail.sender)}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence is answered to us
    message.set_content(mail.text)
    for one in mail.attachments:
        main, _, sub = one.media_type.partition(";")[0].partition("/")
        message.add_attachment(one.content, maintype=main, subtype=sub, filename=one.name)
    return message


async def send(mail: Mail, server: SecretUrl, to: Sequence[str]) -> Sent:
    """Send it to some recipients by `smtp://user:password@host:port` or `smtps://…`.

    Raises Failed where it did not come so far that the server spoke of them. On `smtp` the connection is encrypted
    where the server offers it, and a password goes over no other.
    """
    return await asyncio.to_thread(_send, mail, server, to)


def _send(mail: Mail, server: SecretUrl, to: Sequence[str]) -> Sent:
    try:
        with closing(_connected(server)) as connection:
            _sign_in(connection, server)
            refused = connection.send_message(message_of(mail), mail.sender, list(to))
            # It is taken: however the server says goodbye, it is not sent again.
            with suppress(smtplib.SMTPException):
                connection.quit()
    except smtplib.SMTPRecipientsRefused as error:
        return Sent(taken=(), replies=_replies(error.recipients))
    except smtplib.SMTPAuthenticationError as error:
        raise Failed("sign_in_refused", _text(error.smtp_error), is_passing=False) from error
    except smtplib.SMTPResponseException as error:
        raise Failed(
            "refused", f"{error.smtp_code} {_text(error.smtp_error)}", is_passing=400 <= error.smtp_code < 500
        ) from error
    except smtplib.SMTPNotSupportedError as error:
        raise Failed("not_supported", str(error), is_passing=False) from error
    except (smtplib.SMTPException, OSError, ValueError) as error:
        is_ours = isinstance(error, ssl.SSLCertVerificationError | ValueError)
        raise Failed(
            "unreachable", f"{type(error).__name__}: {error}"[:500], is_passing=not is_ours
        ) from error
    return Sent(taken=tuple(one for one in to if one not in refused), replies=_replies(refused))


def _connected(server: SecretUrl) -> smtplib.SMTP:
    host, port = server.host or "", server.port or PORTS[server.scheme]
    if server.scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=ssl.create_default_context())
    return smtplib.SMTP(host, port, timeout=TIMEOUT_S)


def _sign_in(connection: smtplib.SMTP, server: SecretUrl) -> None:
    connection.ehlo()
    if connection.has_extn("starttls"):
        connection.starttls(context=ssl.create_default_context())
        connection.ehlo()
        is_secret = True
    else:
        is_secret = server.scheme == "smtps"
    user, password = server.credentials
    if user:
        if not is_secret:
            raise Failed(
                "not_encrypted",
                "the server offers no encryption, and a password goes over none without",
                is_passing=False,
            )
        connection.login(user, password)


def _domain(sender: str) -> str:
    return sender.rpartition("@")[2].rstrip(">") or "haulwatch"


def _replies(refused: Mapping[str, tuple[int, bytes]]) -> dict[str, Reply]:
    return {one: Reply(code=code, text=_text(said)) for one, (code, said) in refused.items()}


def _text(said: bytes | str) -> str:
    return (said if isinstance(said, str) else said.decode("utf-8", "replace"))[:300]
