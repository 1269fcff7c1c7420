"""The caught mails."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any


@dataclass(frozen=True)
class Mail:
    """One mail, as it was handed over: the envelope, and the message in it."""

    sender: str
    recipients: Sequence[str]
    message: EmailMessage
    received_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @classmethod
    def read(cls, sender: str, recipients: Sequence[str], raw: bytes) -> Mail:
        message = message_from_bytes(raw, policy=default)
        assert isinstance(message, EmailMessage)
        return cls(sender, tuple(recipients), message)

    @property
    def document(self) -> dict[str, Any]:  # Any: JSON
        return {
            "from": self.sender,
            "to": list(self.recipients),
            "subject": str(self.message.get("subject", "")),
            "message_id": str(self.message.get("message-id", "")),
            "headers": {name: str(value) for name, value in self.message.items()},
            "text": self._body("plain"),
            "html": self._body("html"),
            "received_at": self.received_at.isoformat(),
        }

    def _body(self, kind: str) -> str | None:
        part = self.message.get_body((kind,))
        return None if part is None else str(part.get_content()).replace("\r\n", "\n")


class Mailbox:
    """All mails, the oldest falling out when there are too many."""

    def __init__(self, kept: int) -> None:
        self._mails: deque[Mail] = deque(maxlen=kept)

    def add(self, mail: Mail) -> None:
        self._mails.append(mail)

    def clear(self) -> None:
        self._mails.clear()

    def to(self, address: str | None) -> Iterator[Mail]:
        """The mails to this address, or all of them."""
        wanted = address.lower() if address else None
        for mail in self._mails:
            if wanted is None or wanted in (one.lower() for one in mail.recipients):
                yield mail
