"""The two doors of the mail catcher: SMTP to put mail in, HTTP to look at it."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session

from .mailbox import Mail, Mailbox
from .page import page
from .settings import MailSettings

_SLOW_SECONDS = 0.5
MAILBOX = web.AppKey("mailbox", Mailbox)


@dataclass(frozen=True)
class Addresses:
    """The ports on which the two doors are open."""

    smtp_port: int
    http_port: int


@asynccontextmanager
async def serving(settings: MailSettings) -> AsyncIterator[Addresses]:
    """Take and show mail until the block ends."""
    mailbox = Mailbox(settings.kept)
    handler = Handler(mailbox)
    loop = asyncio.get_running_loop()
    smtp = await loop.create_server(lambda: _smtp(handler), settings.host, settings.smtp_port)
    runner = web.AppRunner(_http(mailbox), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, settings.host, settings.http_port)
    await site.start()
    try:
        yield Addresses(smtp.sockets[0].getsockname()[1], runner.addresses[0][1])
    finally:
        await runner.cleanup()
        smtp.close()


class Handler:
    """What aiosmtpd asks for each recipient and each message."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._deferred: Counter[str] = Counter()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._defers(address):
            return "451 4.7.1 Try again later"
        if address.startswith("reject"):
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        if any(address.startswith("slow") for address in envelope.rcpt_tos):
            await asyncio.sleep(_SLOW_SECONDS)
        if any(address.startswith("spam") for address in envelope.rcpt_tos):
            return "554 5.7.1 We do not like what it says"
        self._mailbox.add(Mail.read(envelope.mail_from or "", envelope.rcpt_tos, envelope.content))
        return "250 OK"

    def _defers(self, address: str) -> bool:
        """Whether it is not to come now; with a number only so often."""
        found = re.match(r"defer(\d*)", address)
        if found is None:
            return False
        self._deferred[address] += 1
        return not found[1] or self._deferred[address] <= int(found[1])


def _smtp(handler: Handler) -> SMTP:
    return SMTP(handler, hostname="localhost", enable_SMTPUTF8=True)


def _http(mailbox: Mailbox) -> web.Application:
    app = web.Application()
    app[MAILBOX] = mailbox
    app.add_routes(
        [
            web.get("/", _show),
            web.get("/messages", _list),
            web.delete("/messages", _clear),
            web.get("/health", _ready),
        ]
    )
    return app


async def _show(request: web.Request) -> web.Response:
    mails = [*request.app[MAILBOX].to(request.query.get("to"))]
    return web.Response(text=page(mails), content_type="text/html")


async def _list(request: web.Request) -> web.Response:
    mails = request.app[MAILBOX].to(request.query.get("to"))
    return web.json_response([mail.document for mail in mails])


async def _clear(request: web.Request) -> web.Response:
    request.app[MAILBOX].clear()
    return web.Response(status=204)


async def _ready(_: web.Request) -> web.Response:
    return web.json_response(text='{"status":"ok"}')
