"""The running service for its own tests, with a mail server beside it that catches all mail."""

from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest

from notification_service.chassis.application import Application
from notification_service.chassis.valkey import Valkey

from tests.chassis.fixtures_auth import bearer, token
from tests.chassis.fixtures_service import client_for
from tests.mail.fixtures import Catcher
from tests.neighbours import Neighbours
from tests.shop import ID, Service

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
    environment.setenv("SHOP_URL", "https://shop.test")
    return environment


@pytest.fixture
async def service(
    mail_environment: pytest.MonkeyPatch,
    create_app: Callable[[], Application],
    database_url: str,
    mail_catcher: Catcher,
) -> AsyncIterator[Service]:
    """The running service, its neighbours, and a look into its database."""
    application = create_app()
    database = await asyncpg.connect(database_url)
    await database.execute(_KEEP_PUBLISHED)
    async with client_for(application) as http:
        neighbours = Neighbours(application.resource(Valkey))
        yield Service(http, database, application, mail_catcher, neighbours)
    await database.close()
