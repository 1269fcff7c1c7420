"""From a delivery to the mail: whom it goes to, what it says, and whether it is to go at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Final

from ..chassis.database import Database, Transaction
from ..chassis.errors import NotFound
from ..preference import repository as preferences
from ..preference.links import Links
from ..recipient import repository as recipients
from ..recipient.models import Recipient
from ..settings import MailSettings
from ..suppression import repository as suppressions
from ..template.kinds import GOODBYE, KINDS
from ..template.models import Letter, TemplateError
from ..template.service import fill
from .models import Delivery
from .outcomes import Deferred, Pointless, Reason

_LONGEST_HEADER: Final = 998  # RFC 5322, section 2.1.1


@dataclass(frozen=True, slots=True)
class Ready:
    """A mail, and the delivery that knows where it goes."""

    delivery: Delivery
    message: EmailMessage


class Composer:
    """Makes mails as they are to be now: of the template in use, for the address of today."""

    def __init__(self, database: Database, settings: MailSettings, links: Links) -> None:
        assert settings.sender is not None
        self._database = database
        self._settings = settings
        self._sender = settings.sender
        self._links = links

    async def compose(self, delivery: Delivery) -> Ready | Pointless | Deferred:
        if delivery.data is None or datetime.now(UTC) >= delivery.expires_at:
            return Pointless(Reason.expired)
        async with self._database.connection() as tx:
            known = await recipients.find(tx, delivery.user_id) if delivery.user_id else None
            if known and known.erased and delivery.template != GOODBYE:
                return Pointless(Reason.erased)
            address = delivery.recipient or (known.email if known else None)
            if address is None:
                # What user-service says of a user may come later than what others say.
                return Deferred("nobody has told the address yet")
            addressed = delivery.model_copy(
                update={
                    "recipient": address,
                    "message_id": delivery.message_id_at(self._settings.domain),
                }
            )
            if (pointless := await self._unwanted(tx, addressed, address)) is not None:
                return pointless
            try:
                letter = await self._fill(tx, delivery, known)
            except (TemplateError, NotFound) as error:
                return Pointless(Reason.template, _explained(error))
        return Ready(addressed, self._message(addressed, address, letter))

    async def _unwanted(
        self, tx: Transaction, delivery: Delivery, address: str
    ) -> Pointless | None:
        category = KINDS[delivery.template].category
        if category.optional and delivery.user_id is not None:
            wanted = await preferences.wants(tx, delivery.user_id, category, delivery.channel)
            if not wanted:
                return Pointless(Reason.unwanted)
        if await suppressions.holds(tx, address):
            return Pointless(Reason.suppressed)
        return None

    async def _fill(self, tx: Transaction, delivery: Delivery, known: Recipient | None) -> Letter:
        """What the delivery says of its recipient goes before what we know."""
        assert delivery.data is not None
        data = {
            "display_name": known.display_name if known else "",
            "shop_url": self._links.shop_url,
            "pages_url": self._links.pages_url,
            **delivery.data,
        }
        if (url := self._unsubscribe_url(delivery)) is not None:
            data["unsubscribe_url"] = url
        locale = data.get("locale") or (known.locale if known else None)
        return await fill(tx, delivery.template, str(locale) if locale else None, data)

    def _unsubscribe_url(self, delivery: Delivery) -> str | None:
        category = KINDS[delivery.template].category
        if not category.optional or delivery.user_id is None:
            return None
        return self._links.unsubscribe_url(delivery.user_id, category)

    def _message(self, delivery: Delivery, address: str, letter: Letter) -> EmailMessage:
        name, sender = parseaddr(self._sender)
        mail = EmailMessage()
        mail["From"] = Address(name, addr_spec=sender)
        mail["To"] = Address(addr_spec=address)
        mail["Subject"] = letter.subject
        mail["Date"] = format_datetime(delivery.created_at)
        mail["Message-ID"] = delivery.message_id_at(self._settings.domain)
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation answers, please
        if (url := self._unsubscribe_url(delivery)) is not None:
            mail["List-Unsubscribe"] = f"<{url}>"
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mail.set_content(letter.text, cte="quoted-printable")
        if letter.html is not None:
            mail.add_alternative(letter.html, subtype="html", cte="quoted-printable")
            mail.set_boundary(f"={delivery.id.hex}")  # by chance it would differ in each attempt
        # A header with a long link is not to be folded: it would be encoded, and no link any more.
        mail.policy = mail.policy.clone(max_line_length=_LONGEST_HEADER)
        return mail


def _explained(error: TemplateError | NotFound) -> str:
    faults = error.extensions.get("errors", [])
    assert isinstance(faults, list)
    return "; ".join(f"{one.pointer}: {one.message}" for one in faults) or str(error)
