"""The running service for its own tests, and a record of what it published."""

from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest

from product_service.chassis.application import Application

from tests.chassis.fixtures_auth import bearer, token
from tests.chassis.fixtures_service import client_for
from tests.shop import Shop

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
    return bearer(token(roles=["admin", "service", "warehouse"]))


@pytest.fixture
async def shop(
    environment: pytest.MonkeyPatch, create_app: Callable[[], Application], database_url: str
) -> AsyncIterator[Shop]:
    """The running service, and a look into its database.

    Its jobs do not begin before a test is over: tests do what jobs do, when they want it done.
    """
    environment.setenv("STOCK_EXPIRE_SECONDS", "3600")
    environment.setenv("STOCK_ANNOUNCE_SECONDS", "3600")
    environment.setenv("JOBS_START_SECONDS", "3600")
    application = create_app()
    database = await asyncpg.connect(database_url)
    await database.execute(_KEEP_PUBLISHED)
    async with client_for(application) as http:
        yield Shop(http, database, application)
    await database.close()
