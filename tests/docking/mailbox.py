"""A mail server over a socket of its own: it takes, refuses and keeps what it is sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller

from tests.support.ports import free_port


@dataclass
class Mailbox:
    """What came, and how the next ones are answered: by recipient, to the message itself, and at the end."""

    mails: list[tuple[EmailMessage, list[str]]] = field(default_factory=list)
    to_recipients: dict[str, str] = field(default_factory=dict)
    to_message: str = "250 taken"
    goodbye: str = "221 bye"
    url: str = ""

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802
        answer = self.to_recipients.get(address, "250 known")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        if self.to_message.startswith("250"):
            message = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(message, EmailMessage)
            self.mails.append((message, list(envelope.rcpt_tos)))
        return self.to_message

    async def handle_QUIT(self, _server, _session, _envelope):  # noqa: N802
        return self.goodbye


@contextmanager
def mailbox(port: int | None = None) -> Iterator[Mailbox]:
    """A running server; another one may take the port of one that is gone."""
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=port or free_port())
    controller.start()
    box.url = f"smtp://127.0.0.1:{controller.port}"
    try:
        yield box
    finally:
        controller.stop()
