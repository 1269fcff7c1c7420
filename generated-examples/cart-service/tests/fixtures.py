"""The running service for its own tests, beside a catalogue, with a record of what it published."""

from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest

from cart_service.chassis.application import Application
from cart_service.chassis.identifiers import uuid7

from tests.catalogue import Catalogue
from tests.chassis.fixtures_auth import bearer, token
from tests.chassis.fixtures_service import client_for
from tests.shopping import Service

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
    """What lets the chassis' tests in everywhere: a user who may do what a service may."""
    return bearer(token(sub=str(uuid7()), roles=["customer", "service"]))


@pytest.fixture
async def catalogue() -> AsyncIterator[Catalogue]:
    catalogue = Catalogue()
    await catalogue.start()
    yield catalogue
    await catalogue.stop()


@pytest.fixture
async def service(
    environment: pytest.MonkeyPatch,
    create_app: Callable[[], Application],
    database_url: str,
    catalogue: Catalogue,
) -> AsyncIterator[Service]:
    """The running service, and a look into its database."""
    for name, value in catalogue.settings.items():
        environment.setenv(name, value)
    application = create_app()
    database = await asyncpg.connect(database_url)
    await database.execute(_KEEP_PUBLISHED)
    async with client_for(application) as http:
        yield Service(http, database, application, catalogue)
    await database.close()
