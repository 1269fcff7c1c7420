"""What an operator sets wrong is named before the service starts."""

from collections.abc import Callable

import pytest

from notification_service.chassis.application import Application
from notification_service.chassis.settings import Misconfigured
from notification_service.settings import MailServer

CreateApp = Callable[[], Application]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_URL", "mail.example.com"),
        ("SMTP_URL", "http://mail.example.com"),
        ("MAIL_FROM", "the shop"),
        ("MAIL_LEASE_SECONDS", "30"),
        ("SHOP_URL", "shop.example.com"),
        ("UNSUBSCRIBE_SECRET", "short"),
    ],
)
def test_a_wrong_value_is_named(
    environment: pytest.MonkeyPatch, create_app: CreateApp, name: str, value: str
) -> None:
    environment.setenv(name, value)

    with pytest.raises(Misconfigured) as wrong:
        create_app()

    assert list(wrong.value.problems) == [name]


def test_outside_development_nothing_is_guessed(
    environment: pytest.MonkeyPatch, create_app: CreateApp
) -> None:
    environment.setenv("ENVIRONMENT", "production")

    with pytest.raises(Misconfigured) as wrong:
        create_app()

    missing = {name for name, problem in wrong.value.problems.items() if problem == "is missing"}
    assert missing >= {"SMTP_URL", "MAIL_FROM", "SHOP_URL", "UNSUBSCRIBE_SECRET"}


def test_a_password_of_the_mail_server_is_not_shown() -> None:
    server = MailServer.parse("smtps://shop:p%40ss@mail.example.com")

    assert (server.username, server.password, server.port) == ("shop", "p@ss", 465)
    assert "p@ss" not in repr(server)
