"""Periodic work on one PostgreSQL: once, however many replicas there are."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TypeAlias

import asyncpg
import pytest
from httpx import AsyncClient

from notification_service.chassis import database, health, jobs
from notification_service.chassis.application import Application, Blueprint
from notification_service.chassis.database import Database
from notification_service.chassis.features import BLUEPRINT
from notification_service.chassis.jobs import Every, every, schedule

from .fixtures_service import client_for

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Replica = Callable[[Every], Awaitable[AsyncClient]]


class Work:
    """Notes its runs in the database; they wait until `open` is set."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()
        self.failures: list[Exception] = []

    async def run(self, database: Database) -> None:
        async with database.connection() as connection:
            await connection.execute("INSERT INTO runs VALUES ('begun')")
        await self.open.wait()
        if self.failures:
            raise self.failures.pop()
        async with database.connection() as connection:
            await connection.execute("INSERT INTO runs VALUES ('ended')")


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
async def rows(database_url: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(database_url)
    await connection.execute("CREATE TABLE runs (what text)")
    yield connection
    await connection.close()


@pytest.fixture
async def replica(
    bare_environment: pytest.MonkeyPatch,
    database_settings: dict[str, str],
    rows: Connection,
    work: Work,
) -> AsyncIterator[Replica]:
    """Start replicas of one service whose job is done so often."""
    for name, value in database_settings.items():
        bare_environment.setenv(name, value)
    bare_environment.setenv("JOBS_START_SECONDS", "0")
    bare_environment.setenv("JOBS_STOP_SECONDS", "0.2")
    async with AsyncExitStack() as stack:

        async def start(period: Every) -> AsyncClient:
            app = Application(Blueprint(BLUEPRINT.name, "test", [health, database, jobs]))
            schedule(app, period, work.run, name="work")
            return await stack.enter_async_context(client_for(app))

        yield start


async def count(rows: Connection, what: str) -> int:
    found: int = await rows.fetchval("SELECT count(*) FROM runs WHERE what = $1", what)
    return found


async def until(rows: Connection, what: str, times: int) -> None:
    async with asyncio.timeout(10):
        while await count(rows, what) < times:
            await rows.execute("SELECT pg_sleep(0.01)")


async def until_told(client: AsyncClient, line: str) -> str:
    """The metrics, once they have this line."""
    async with asyncio.timeout(10):
        while line not in (metrics := (await client.get("/metrics")).text):
            pass
    return metrics


def looked(outcome: str) -> str:
    return 'job_runs_total{job="work",outcome="' + outcome + '"} '


async def test_a_job_is_done_again_and_again(replica: Replica, rows: Connection) -> None:
    await replica(every(seconds=0.05))

    await until(rows, "ended", 3)


@pytest.mark.parametrize(("period", "lines"), [(every(hours=1), 1), (every(seconds=30), 0)])
async def test_what_is_done_all_the_time_fills_no_log(
    replica: Replica, period: Every, lines: int, capsys: pytest.CaptureFixture[str]
) -> None:
    client = await replica(period)

    await until_told(client, looked("done"))

    assert capsys.readouterr().out.count("job.done") == lines


async def test_one_of_many_replicas_does_it_once_a_period(
    replica: Replica, rows: Connection
) -> None:
    replicas = [await replica(every(hours=1)) for _ in range(3)]

    await until_told(replicas[0], looked("done"))
    for other in replicas[1:]:
        await until_told(other, looked("elsewhere"))

    assert await count(rows, "begun") == 1


async def test_while_one_replica_is_at_it_no_other_begins(
    replica: Replica, rows: Connection, work: Work
) -> None:
    work.open.clear()
    await replica(every(seconds=0.05))
    await until(rows, "begun", 1)

    second = await replica(every(seconds=0.05))
    await until_told(second, looked("elsewhere"))

    assert await count(rows, "begun") == 1


async def test_another_replica_goes_on_when_the_session_of_the_first_is_killed(
    replica: Replica, rows: Connection, work: Work
) -> None:
    work.open.clear()
    await replica(every(seconds=0.05))
    await until(rows, "begun", 1)

    await rows.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    )
    work.open.set()
    await replica(every(seconds=0.05))

    await until(rows, "ended", 3)


async def test_a_restarted_service_waits_for_the_end_of_the_period(
    replica: Replica, rows: Connection
) -> None:
    await replica(every(hours=1))
    await until(rows, "ended", 1)

    again = await replica(every(hours=1))
    await until_told(again, looked("elsewhere"))

    assert await count(rows, "begun") == 1


async def test_a_shorter_period_holds_at_once(replica: Replica, rows: Connection) -> None:
    await replica(every(hours=1))
    await until(rows, "ended", 1)

    await replica(every(seconds=0.05))

    await until(rows, "ended", 3)


async def test_a_run_that_fails_is_told_and_the_next_one_comes(
    replica: Replica, rows: Connection, work: Work, capfd: pytest.CaptureFixture[str]
) -> None:
    work.failures.append(ZeroDivisionError("no such thing"))

    client = await replica(every(seconds=0.05))
    await until(rows, "ended", 1)

    await until_told(client, looked("failed") + "1.0")
    logged = capfd.readouterr().out
    assert "job.failed" in logged
    assert "no such thing" in logged


async def test_when_it_ran_and_how_long_shows_in_the_metrics(replica: Replica) -> None:
    client = await replica(every(hours=1))

    metrics = await until_told(client, looked("done") + "1.0")

    assert 'job_duration_seconds_count{job="work"} 1.0' in metrics
    assert 'job_last_run_timestamp_seconds{job="work"} ' in metrics
    assert 'job_last_success_timestamp_seconds{job="work"} ' in metrics


@pytest.fixture
async def alone(replica: Replica, work: Work) -> Callable[[], Application]:
    def make() -> Application:
        app = Application(Blueprint(BLUEPRINT.name, "test", [health, database, jobs]))
        schedule(app, every(hours=1), work.run, name="work")
        return app

    return make


async def test_a_stop_waits_for_a_run_that_has_begun(
    alone: Callable[[], Application],
    bare_environment: pytest.MonkeyPatch,
    rows: Connection,
    work: Work,
) -> None:
    bare_environment.setenv("JOBS_STOP_SECONDS", "10")
    work.open.clear()
    app = alone()
    async with asyncio.TaskGroup() as tasks, client_for(app):
        await until(rows, "begun", 1)
        tasks.create_task(open_at_the_stop_of(app, work, rows))

    assert await count(rows, "ended") == 1


async def open_at_the_stop_of(app: Application, work: Work, rows: Connection) -> None:
    """Let the work go on when the service has begun to stop."""
    async with asyncio.timeout(10):
        while not app.stopping:
            await rows.execute("SELECT pg_sleep(0.01)")
    work.open.set()


async def test_a_run_that_does_not_end_is_cancelled_by_the_stop(
    alone: Callable[[], Application], rows: Connection, work: Work
) -> None:
    work.open.clear()
    async with client_for(alone()):
        await until(rows, "begun", 1)

    assert await count(rows, "ended") == 0


async def expire(database: Database) -> None:
    """A use case."""


def test_a_job_has_the_name_of_its_function_and_that_functions_package() -> None:
    assert jobs.Job.of(every(seconds=1), expire).name == "chassis.expire"


async def test_two_jobs_of_one_name_are_refused(alone: Callable[[], Application]) -> None:
    with pytest.raises(TypeError, match="there is a job work already"):
        schedule(alone(), every(hours=1), expire, name="work")


def test_a_period_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 0"):
        every(minutes=0)
