"""The mail catcher takes mail as a mail server does, and shows what it took."""

import asyncio
import smtplib
from email.message import EmailMessage

import pytest

from .mail.fixtures import Catcher


def message(to: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "shop@shop.test", to, "Grüße"
    mail["Message-ID"] = "<1@shop.test>"
    mail.set_content("Hello\n")
    mail.add_alternative("<p>Hello</p>", subtype="html")
    return mail


async def send(catcher: Catcher, to: str) -> None:
    def talk() -> None:
        with smtplib.SMTP("127.0.0.1", catcher.addresses.smtp_port, timeout=10) as smtp:
            smtp.send_message(message(to))

    await asyncio.to_thread(talk)


async def test_a_mail_can_be_read_over_http(mail_catcher: Catcher) -> None:
    await send(mail_catcher, "one@example.org")

    [mail] = await mail_catcher.mails_to("one@example.org")

    assert mail["subject"] == "Grüße"
    assert mail["message_id"] == "<1@shop.test>"
    assert (mail["text"], mail["html"]) == ("Hello\n", "<p>Hello</p>\n")


async def test_the_mails_are_shown_in_a_browser_as_text_and_nothing_else(
    mail_catcher: Catcher,
) -> None:
    await send(mail_catcher, "one&two@example.org")

    page = await mail_catcher.client.get("/")

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "Grüße" in page.text
    assert "one&amp;two@example.org" in page.text


async def test_only_the_mails_to_an_address_are_shown(mail_catcher: Catcher) -> None:
    await send(mail_catcher, "one@example.org")

    assert await mail_catcher.mails_to("other@example.org") == []


@pytest.mark.parametrize(
    ("address", "status"), [("defer@example.org", 451), ("reject@example.org", 550)]
)
async def test_a_mail_is_refused_where_its_address_says_so(
    mail_catcher: Catcher, address: str, status: int
) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        await send(mail_catcher, address)

    assert refused.value.recipients[address][0] == status
    assert await mail_catcher.mails_to(address) == []


async def test_what_was_caught_can_be_forgotten(mail_catcher: Catcher) -> None:
    await send(mail_catcher, "one@example.org")

    await mail_catcher.client.delete("/messages")

    assert await mail_catcher.mails_to("one@example.org") == []


async def test_a_mail_is_refused_for_what_it_says(mail_catcher: Catcher) -> None:
    with pytest.raises(smtplib.SMTPDataError, match="554"):
        await send(mail_catcher, "spam@example.org")

    assert await mail_catcher.mails_to("spam@example.org") == []


async def test_an_address_with_a_number_is_deferred_so_often(mail_catcher: Catcher) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        await send(mail_catcher, "defer1-one@example.org")

    await send(mail_catcher, "defer1-one@example.org")

    assert len(await mail_catcher.mails_to("defer1-one@example.org")) == 1
