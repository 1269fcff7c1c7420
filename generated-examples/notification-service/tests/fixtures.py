"""The running service for its own tests, with a mail server beside it that catches all mail."""

from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest
from pydantic import SecretStr

from notification_service.chassis.application import Application
from notification_service.chassis.tracing import Tracing, TracingSettings
from notification_service.chassis.valkey import Valkey, ValkeySettings

from tests.chassis.fixtures_auth import bearer, token
from tests.chassis.fixtures_service import client_for
from tests.mail.fixtures import Catcher
from tests.neighbours import Neighbours
from tests.people import ID
from tests.shop import Service, Surroundings

# The outbox is emptied by the relay: what was put in it stays here.
_KEEP_PUBLISHED = """
CREATE TABLE published (LIKE outbox);
CREATE FUNCTION keep_published() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO published SELECT NEW.*; RETURN NEW; END';
CREATE TRIGGER keep_published AFTER INSERT ON outbox
    FOR EACH ROW EXECUTE FUNCTION keep_published();
"""


@pytest.fixture
def auth_headers() -> dict[str, str]:
    """What lets the chassis' tests in everywhere."""
    return bearer(token(sub=ID, roles=["customer", "support", "admin", "service"]))


@pytest.fixture
def mail_environment(environment: pytest.MonkeyPatch, mail_catcher: Catcher) -> pytest.MonkeyPatch:
    """The service sends to the catcher, and tries again at once."""
    environment.setenv("SMTP_URL", f"smtp://127.0.0.1:{mail_catcher.addresses.smtp_port}")
    environment.setenv("MAIL_FROM", "Shop <shop@shop.test>")
    environment.setenv("MAIL_RETRY_SECONDS", "0.01,0.01")
    environment.setenv("MAIL_POLL_SECONDS", "0.05")
    environment.setenv("MAIL_CONNECTIONS", "2")
    environment.setenv("SHOP_URL", "https://api.shop.test")
    environment.setenv("PAGES_URL", "https://shop.test")
    return environment


@pytest.fixture
def patient(mail_environment: pytest.MonkeyPatch) -> None:
    """Attempts go on for as long as it takes."""
    mail_environment.setenv("MAIL_RETRY_SECONDS", ",".join(["0.05"] * 1000))


@pytest.fixture
def without_pages(mail_environment: pytest.MonkeyPatch) -> None:
    """The shop is an API alone."""
    mail_environment.delenv("PAGES_URL")


@pytest.fixture
async def surroundings(
    mail_environment: pytest.MonkeyPatch,
    database_url: str,
    valkey_url: str,
    mail_catcher: Catcher,
) -> AsyncIterator[Surroundings]:
    """Everything but the service itself."""
    database = await asyncpg.connect(database_url)
    await database.execute(_KEEP_PUBLISHED)
    settings = ValkeySettings(url=SecretStr(valkey_url))
    async with Valkey(settings, Tracing("test", "0", TracingSettings())) as valkey:
        yield Surroundings(database, mail_catcher, Neighbours(valkey))
    await database.close()


@pytest.fixture
async def service(
    surroundings: Surroundings, create_app: Callable[[], Application]
) -> AsyncIterator[Service]:
    """The running service."""
    application = create_app()
    async with client_for(application) as http:
        yield Service(http, application, surroundings)
