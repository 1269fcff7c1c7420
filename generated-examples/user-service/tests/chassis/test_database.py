import asyncio
from collections.abc import AsyncIterator, Callable

import asyncpg
import httpx
import pytest

from user_service.chassis import database as postgres
from user_service.chassis import health
from user_service.chassis.application import Application, Blueprint
from user_service.chassis.database import Database, DatabaseSettings
from user_service.chassis.errors import DeadlineExceeded, Unavailable
from user_service.chassis.features import BLUEPRINT
from user_service.chassis.settings import Configuration

from .fixtures_service import client_for
from .test_process import Process
from dev.postgres import PostgresServer, running_postgres


@pytest.fixture
def app(environment: pytest.MonkeyPatch) -> Application:
    """A service of which nothing but the test uses its database."""
    environment.setenv("DATABASE_STATEMENT_SECONDS", "0.2")
    environment.setenv("DATABASE_ACQUIRE_SECONDS", "0.5")
    environment.setenv("DATABASE_POOL_SIZE", "2")
    return Application(Blueprint(BLUEPRINT.name, "test", [health, postgres]))


@pytest.fixture
async def client(app: Application) -> AsyncIterator[httpx.AsyncClient]:
    async with client_for(app) as client:
        yield client


@pytest.fixture
def database(app: Application, client: httpx.AsyncClient) -> Database:
    """The open database of the running service."""
    database = app.resources[Database]
    assert isinstance(database, Database)
    return database


async def until_ready(client: httpx.AsyncClient, status: int) -> httpx.Response:
    """The first answer of the readiness route with this status, waiting up to 20 s for it."""
    async with asyncio.timeout(20):
        while True:
            ready = await client.get("/health/ready")
            if ready.status_code == status:
                return ready


async def test_what_fails_halfway_through_a_transaction_leaves_nothing(
    database: Database,
) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as tx:
            await tx.execute("CREATE TABLE half (n int)")
            raise ZeroDivisionError

    async with database.connection() as tx:
        assert await tx.fetchval("SELECT to_regclass('half')") is None


async def test_a_transaction_that_ends_well_stays(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute("CREATE TABLE whole (n int)")

    async with database.connection() as tx:
        assert await tx.fetchval("SELECT to_regclass('whole')") is not None


async def test_a_statement_that_takes_too_long_is_cancelled(database: Database) -> None:
    with pytest.raises(DeadlineExceeded):
        async with database.connection() as tx:
            await tx.execute("SELECT pg_sleep(30)")


async def test_a_caller_is_turned_away_when_no_connection_gets_free(database: Database) -> None:
    async with database.connection(), database.connection():
        with pytest.raises(Unavailable):
            async with database.connection():
                pass


async def test_a_mistake_in_a_statement_is_no_outage(database: Database) -> None:
    with pytest.raises(asyncpg.PostgresSyntaxError):
        async with database.connection() as tx:
            await tx.execute("SELEKT 1")


async def test_a_connection_that_the_driver_took_back_is_a_server_that_is_away(
    database: Database,
) -> None:
    assert database.pool is not None

    with pytest.raises(Unavailable):
        async with database.transaction() as tx:
            await database.pool.release(tx)  # as it does when the server has gone
            await tx.execute("SELECT 1")


async def test_what_was_committed_stays_done_when_the_server_goes_right_after_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(connection: asyncpg.Connection, **options: object) -> None:
        raise asyncpg.InternalClientError("another operation is in progress")

    async with database.transaction() as tx:
        await tx.execute("CREATE TABLE done (n int)")
        monkeypatch.setattr(asyncpg.Connection, "reset", broken)  # what a release begins with
    monkeypatch.undo()

    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM done") == 0


async def test_the_pool_shows_in_the_metrics(database: Database, client: httpx.AsyncClient) -> None:
    async with database.connection():
        metrics = (await client.get("/metrics")).text

    assert 'database_pool_connections{state="in_use"} 1.0' in metrics
    assert "database_pool_limit 2.0" in metrics


@pytest.fixture
async def server() -> AsyncIterator[PostgresServer]:
    """A PostgreSQL of this test's own, to stop and start."""
    async with running_postgres() as server:
        yield server


@pytest.fixture
async def stoppable(
    environment: pytest.MonkeyPatch, create_app: Callable[[], Application], server: PostgresServer
) -> AsyncIterator[httpx.AsyncClient]:
    environment.setenv("DATABASE_URL", server.admin_url)
    environment.setenv("DATABASE_ACQUIRE_SECONDS", "0.5")
    async with client_for(create_app()) as client:
        yield client


async def test_a_service_is_not_ready_while_postgresql_is_away_and_recovers_by_itself(
    stoppable: httpx.AsyncClient, server: PostgresServer
) -> None:
    await until_ready(stoppable, 200)

    await server.stop()
    away = await until_ready(stoppable, 503)
    await server.start()
    back = await until_ready(stoppable, 200)

    assert away.json()["checks"]["postgres"]["status"] == "fail"
    assert back.json()["checks"]["postgres"]["status"] == "ok"


async def test_a_postgresql_that_was_killed_is_found_again(
    stoppable: httpx.AsyncClient, server: PostgresServer
) -> None:
    await server.kill()
    await until_ready(stoppable, 503)
    await server.start()

    assert (await until_ready(stoppable, 200)).json()["checks"]["postgres"]["status"] == "ok"


async def test_a_service_waits_at_its_start_for_a_postgresql_that_is_late(
    environment: pytest.MonkeyPatch, create_app: Callable[[], Application], server: PostgresServer
) -> None:
    environment.setenv("DATABASE_URL", server.admin_url)
    await server.stop()
    app = create_app()

    async with asyncio.TaskGroup() as tasks:
        late = tasks.create_task(server.start())
        async with client_for(app) as client:
            assert (await client.get("/health/ready")).status_code == 200
        await late


@pytest.fixture
def without_postgresql(environment: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    environment.setenv("DATABASE_URL", "postgresql://someone:x@127.0.0.1:9/nothing")
    return environment


def test_a_start_without_postgresql_ends_with_a_sentence(
    without_postgresql: pytest.MonkeyPatch,
) -> None:
    with Process(DATABASE_START_SECONDS="0") as process:
        failed = process.until("service.start_failed")

        assert process.process.wait(10) != 0
        assert "PostgreSQL does not answer" in failed
        assert "Traceback" not in failed


def test_a_service_that_waits_for_postgresql_can_be_stopped(
    without_postgresql: pytest.MonkeyPatch,
) -> None:
    with Process() as process:
        process.until("database.waiting")

        process.process.terminate()

        assert process.process.wait(10) == 0


def test_an_address_that_is_no_postgresql_is_named(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("DATABASE_URL", "mysql://somewhere")

    with pytest.raises(Exception, match="DATABASE_URL"):
        Configuration([DatabaseSettings])
