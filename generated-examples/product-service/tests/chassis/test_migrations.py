import asyncio
import subprocess
from pathlib import Path

import asyncpg
import pytest

from product_service.chassis.database.migrations import (
    MigrationError,
    Migrator,
)

from .fixtures_database import Databases
from .test_process import COMMAND

UP = "-- migrate:up\nCREATE TABLE first (n int);\n\n-- migrate:down\nDROP TABLE first;\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_first.sql").write_text(UP)
    return tmp_path


@pytest.fixture
def url(databases: Databases) -> str:
    return databases.create()


async def tables(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()
    return {row["tablename"] for row in rows}


async def test_a_new_file_is_applied_once(url: str, folder: Path) -> None:
    assert await Migrator(url, folder).run() == ["0001_first.sql"]
    assert await Migrator(url, folder).run() == []


async def test_only_the_part_that_goes_up_is_run(url: str, folder: Path) -> None:
    await Migrator(url, folder).run()

    assert await tables(url) == {"first", "schema_migrations"}


async def test_files_are_applied_in_order(url: str, folder: Path) -> None:
    (folder / "0002_second.sql").write_text("-- migrate:up\nALTER TABLE first ADD COLUMN m int;\n")

    assert await Migrator(url, folder).run() == ["0001_first.sql", "0002_second.sql"]


async def test_an_edited_file_is_refused_by_name(url: str, folder: Path) -> None:
    await Migrator(url, folder).run()
    (folder / "0001_first.sql").write_text(UP.replace("n int", "n bigint"))

    with pytest.raises(MigrationError, match=r"0001_first\.sql was changed"):
        await Migrator(url, folder).run()


async def test_a_failing_file_changes_nothing(url: str, folder: Path) -> None:
    (folder / "0001_first.sql").write_text("-- migrate:up\nCREATE TABLE half (n int); SELEKT;\n")

    with pytest.raises(asyncpg.PostgresSyntaxError):
        await Migrator(url, folder).run()

    assert await tables(url) == {"schema_migrations"}


async def test_many_replicas_at_once_apply_each_file_once(url: str, folder: Path) -> None:
    applied = await asyncio.gather(*(Migrator(url, folder).run() for _ in range(8)))

    assert sorted(applied) == [[]] * 7 + [["0001_first.sql"]]


async def test_an_index_can_be_made_without_a_transaction(url: str, folder: Path) -> None:
    (folder / "0002_index.sql").write_text(
        "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY first_n ON first (n);\n"
    )

    assert await Migrator(url, folder).run() == ["0001_first.sql", "0002_index.sql"]


async def test_two_files_of_one_version_are_refused(url: str, folder: Path) -> None:
    (folder / "0001_other.sql").write_text(UP)

    with pytest.raises(MigrationError, match="two files are version 0001"):
        await Migrator(url, folder).run()


async def test_a_file_without_its_first_line_is_refused(url: str, folder: Path) -> None:
    (folder / "0002_second.sql").write_text("CREATE TABLE second (n int);\n")

    with pytest.raises(MigrationError, match=r"0002_second\.sql: it has no line"):
        await Migrator(url, folder).run()


async def test_a_file_with_another_name_is_refused(url: str, folder: Path) -> None:
    (folder / "second.sql").write_text(UP)

    with pytest.raises(MigrationError, match="name it like"):
        await Migrator(url, folder).run()


async def test_a_missing_folder_is_no_empty_one(url: str, tmp_path: Path) -> None:
    with pytest.raises(MigrationError, match="no folder"):
        await Migrator(url, tmp_path / "nowhere").run()


def test_the_migrate_command_without_postgresql_fails_with_a_sentence(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("DATABASE_URL", "postgresql://someone:x@127.0.0.1:9/nothing")

    failed = subprocess.run([*COMMAND, "migrate"], capture_output=True, text=True, check=False)

    assert failed.returncode == 1
    assert "migrate: PostgreSQL does not answer" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_the_migrate_command_brings_a_database_up_to_date(
    environment: pytest.MonkeyPatch, url: str
) -> None:
    environment.setenv("DATABASE_URL", url)

    subprocess.run([*COMMAND, "migrate"], check=True, stdout=subprocess.DEVNULL)

    assert "schema_migrations" in asyncio.run(tables(url))
