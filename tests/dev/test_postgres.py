"""PostgreSQL from the wheel."""

import asyncio
import os
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from dev.databases import Database, ensure_databases
from dev.errors import CannotStart
from dev.postgres import PostgresServer, running_postgres
from dev.processes import command_line, recorded_pid

LIMIT = 10
ORDERS = Database("orders", "a 'quoted' \"password\" with %s and ü")
USERS = Database("users", "another")

# A program that is killed while its PostgreSQL runs.
PROGRAM = """
import asyncio, asyncpg
from dev.postgres import running_postgres
async def main():
    async with running_postgres() as server:
        connection = await asyncpg.connect(server.admin_url)
        print(await connection.fetchval("show data_directory"), flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def postgres() -> AsyncIterator[PostgresServer]:
    async with running_postgres() as server:
        await server.ensure_databases([ORDERS, USERS])
        yield server


async def fetch(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url, timeout=LIMIT)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def start_program() -> tuple[subprocess.Popen[str], Path]:
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    return program, Path(program.stdout.readline().strip())


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT):
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)


async def test_a_role_reaches_its_own_database(postgres: PostgresServer) -> None:
    url = postgres.url(database="orders", user="orders")

    assert await fetch(url, "select current_user::text") == "orders"


async def test_a_role_may_not_enter_the_database_of_another(postgres: PostgresServer) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await fetch(postgres.url(database="users", user="orders"), "select 1")


async def test_a_wrong_password_is_refused(postgres: PostgresServer) -> None:
    wrong = Database("orders", "guessed").url(postgres.admin_url)

    with pytest.raises(asyncpg.InvalidPasswordError):
        await fetch(wrong, "select 1")


async def test_a_role_may_create_the_extensions_that_postgresql_trusts(
    postgres: PostgresServer,
) -> None:
    url = postgres.url(database="orders", user="orders")

    await fetch(url, "create extension if not exists pg_trgm")

    assert await fetch(url, "select 'a' % 'a'") is True


async def test_a_role_creates_databases_only_if_asked(postgres: PostgresServer) -> None:
    await postgres.ensure_databases([Database("builder", "x", role_creates_databases=True)])

    await fetch(postgres.url(database="builder", user="builder"), "create database built")

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await fetch(postgres.url(database="orders", user="orders"), "create database mine")


async def test_to_ensure_databases_again_changes_the_password_and_keeps_the_data(
    postgres: PostgresServer,
) -> None:
    await fetch(postgres.url(database="users", user="users"), "create table kept ()")

    await postgres.ensure_databases([Database("users", "changed")])

    url = postgres.url(database="users", user="users")
    assert await fetch(url, "select count(*) from kept") == 0


async def test_a_database_is_copied_from_a_template_and_dropped_while_in_use(
    postgres: PostgresServer,
) -> None:
    await fetch(await postgres.create_database("form"), "create table answer as select 42 as n")

    url = await postgres.create_database("copy", template="form")
    connection = await asyncpg.connect(url)

    assert await connection.fetchval("select n from answer") == 42
    await postgres.drop_database("copy")
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await fetch(url, "select 1")
    await connection.close()


async def test_a_user_who_may_not_create_databases_is_told_what_to_do(
    postgres: PostgresServer,
) -> None:
    url = postgres.url(database="orders", user="orders")

    with pytest.raises(CannotStart, match="give it CREATEROLE and CREATEDB"):
        await ensure_databases(url, [Database("more", "x")])


async def test_a_user_who_is_no_superuser_may_be_given_the_right_to_make_them(
    postgres: PostgresServer,
) -> None:
    await fetch(postgres.admin_url, "create role maker login createrole createdb password 'm'")
    maker = Database("postgres", "m")
    url = maker.url(postgres.admin_url).replace("postgres:m@", "maker:m@")

    await ensure_databases(url, [Database("made", "x")])
    await ensure_databases(url, [Database("made", "y")])

    made = Database("made", "y").url(postgres.admin_url)
    assert await fetch(made, "select current_user::text") == "made"


async def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(CannotStart, match=r"PostgreSQL at 127\.0\.0\.1:1 cannot be used") as raised:
        await ensure_databases("postgresql://me:hidden@127.0.0.1:1/x", [ORDERS])

    assert "hidden" not in str(raised.value)


@pytest.mark.parametrize("url", ["hidden", "mysql://hidden", "postgresql://me@host:hidden/x"])
async def test_what_is_no_url_of_postgresql_is_answered_with_one(url: str) -> None:
    with pytest.raises(CannotStart, match="must look like postgresql://user:pass") as raised:
        await ensure_databases(url, [ORDERS])

    assert "hidden" not in str(raised.value)


@pytest.mark.parametrize("end", [PostgresServer.stop, PostgresServer.kill])
async def test_it_comes_back_on_the_same_port_with_the_same_data(
    postgres: PostgresServer, end: Callable[[PostgresServer], Awaitable[None]]
) -> None:
    await fetch(postgres.admin_url, "create table if not exists lasting as select 1 as n")

    await end(postgres)
    with pytest.raises(OSError, match="Connect call failed"):
        await fetch(postgres.admin_url, "select 1")
    await postgres.start()

    assert await fetch(postgres.admin_url, "select n from lasting") == 1


async def test_data_and_passwords_outlast_a_run_in_a_folder_that_is_kept(tmp_path: Path) -> None:
    async with running_postgres(tmp_path) as server:
        await fetch(server.admin_url, "create table lasting as select 1 as n")

    async with running_postgres(tmp_path) as server:
        assert await fetch(server.admin_url, "select n from lasting") == 1
    assert mode(tmp_path / "passwords.json") == 0o600


async def test_a_folder_serves_one_run_at_a_time(tmp_path: Path) -> None:
    async with running_postgres(tmp_path):
        with pytest.raises(CannotStart, match="in use by another run"):
            async with running_postgres(tmp_path):
                pass


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.touch()

    with pytest.raises(CannotStart, match=r"notes\.txt cannot hold data: File exists"):
        async with running_postgres(file):
            pass


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of our death")
async def test_nothing_survives_a_killed_program() -> None:
    program, data = start_program()
    pid = recorded_pid(data / "postmaster.pid")
    assert pid is not None

    with program:
        program.kill()

    await until(lambda: not command_line(pid) and not data.parent.exists())
