"""The running service for its own tests: cheap passwords, and a record of what it published."""

import asyncio
from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest

from user_service.chassis.application import Application
from user_service.chassis.identifiers import uuid7

from tests.chassis.fixtures_auth import bearer, token
from tests.chassis.fixtures_service import client_for
from tests.people import Service

# The outbox is emptied by the relay: what was put in it stays here.
_KEEP_PUBLISHED = """
CREATE TABLE published (LIKE outbox);
CREATE FUNCTION keep_published() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO published SELECT NEW.*; RETURN NEW; END';
CREATE TRIGGER keep_published AFTER INSERT ON outbox
    FOR EACH ROW EXECUTE FUNCTION keep_published();
"""


@pytest.fixture
def auth_headers(database_url: str, runner: asyncio.Runner) -> dict[str, str]:
    """What lets the chassis' tests in everywhere: an admin who has an account, and is a service."""
    user, roles = uuid7(), ["admin", "customer"]

    async def make() -> None:
        connection = await asyncpg.connect(database_url)
        await connection.execute(
            """
            INSERT INTO users (id, email, email_verified_at, password_hash, display_name, locale,
                status, roles, version, created_at, updated_at)
            VALUES ($1, 'root@example.com', now(), 'no password', 'Root', 'en',
                'active', $2, 1, now(), now())
            """,
            user,
            roles,
        )
        await connection.close()

    runner.run(make())
    return bearer(token(sub=str(user), roles=[*roles, "service"]))


@pytest.fixture
async def service(
    environment: pytest.MonkeyPatch, create_app: Callable[[], Application], database_url: str
) -> AsyncIterator[Service]:
    """The running service, where passwords cost next to nothing, and a look into its database."""
    environment.setenv("PASSWORD_MEMORY_KIB", "8")
    environment.setenv("PASSWORD_ROUNDS", "1")
    environment.setenv("PASSWORD_EVEN_SECONDS", "0")
    application = create_app()
    database = await asyncpg.connect(database_url)
    await database.execute(_KEEP_PUBLISHED)
    async with client_for(application) as http:
        yield Service(http, database, application)
    await database.close()
