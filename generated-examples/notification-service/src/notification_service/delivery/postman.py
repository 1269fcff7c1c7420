"""Hand mails over to the mail server (RFC 5321): one connection, kept while there are mails."""

from __future__ import annotations

import asyncio
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Final

import aiosmtplib

from ..settings import MailServer, MailSettings
from .outcomes import Accepted, Deferred, Refused

_FOR_GOOD: Final = 500  # and above; below it is worth trying again
_GOODBYE_SECONDS: Final = 2.0


class Postman:
    """Not for two tasks at once."""

    def __init__(self, settings: MailSettings) -> None:
        server = settings.server
        self._client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            use_tls=server.scheme == "smtps",
            start_tls={"smtps": False, "smtp+starttls": True}.get(server.scheme),
            timeout=settings.timeout_seconds,
            local_hostname=settings.domain,
        )

    async def send(self, message: EmailMessage) -> Accepted | Deferred | Refused:
        """Hand over one mail; what the server does not answer for is deferred."""
        try:
            await self._connect()
        except (aiosmtplib.SMTPException, OSError) as error:
            self.drop()
            return Deferred(_said(error), away=True)
        try:
            return await self._hand_over(message)
        except (aiosmtplib.SMTPException, OSError) as error:
            outcome = _judged(error)
            if not isinstance(error, aiosmtplib.SMTPRecipientsRefused):
                await self.close()  # whatever went wrong is not to go on
            return outcome

    async def close(self) -> None:
        """Say goodbye, if anybody is there to hear it."""
        if not self._client.is_connected:
            return
        try:
            await self._client.quit(timeout=_GOODBYE_SECONDS)
        except (aiosmtplib.SMTPException, OSError):
            self.drop()

    def drop(self) -> None:
        """Leave the connection as it is, and never use it again."""
        self._client.close()

    async def _connect(self) -> None:
        """Open the connection, or see that the one of the last mail still works."""
        if self._client.is_connected:
            try:
                await self._client.noop()
                return
            except (aiosmtplib.SMTPException, OSError):
                self.drop()
        await self._client.connect()

    async def _hand_over(self, message: EmailMessage) -> Accepted | Refused:
        sender, recipient = (parseaddr(str(message[name]))[1] for name in ("From", "To"))
        try:
            _, reply = await self._client.send_message(
                message, sender=sender, recipients=[recipient]
            )
        except ValueError as error:  # what aiosmtplib will not put on the wire
            return Refused(str(error), recipient=True)
        return Accepted(reply)


async def reach(server: MailServer) -> None:
    """Raise OSError where nobody listens."""
    _, writer = await asyncio.open_connection(server.host, server.port)
    writer.close()
    await writer.wait_closed()


def _judged(error: aiosmtplib.SMTPException | OSError) -> Deferred | Refused:
    """What the server meant: 4xx not now, 5xx never, of the address or of the mail.

    A sender that is refused is a mistake in our settings, and no fault of the mail.
    """
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        [refused] = error.recipients
        if refused.code >= _FOR_GOOD:
            return Refused(_said(refused), recipient=True)
        return Deferred(_said(refused))
    if isinstance(error, aiosmtplib.SMTPDataError) and error.code >= _FOR_GOOD:
        return Refused(_said(error), recipient=False)
    if isinstance(error, aiosmtplib.SMTPNotSupported):
        return Refused(_said(error), recipient=True)
    return Deferred(_said(error))


def _said(error: aiosmtplib.SMTPException | OSError) -> str:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"{error.code} {error.message}"
    return str(error) or type(error).__name__
