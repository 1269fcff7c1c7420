import asyncio
import subprocess
from pathlib import Path

import asyncpg
import pytest

from user_service.chassis.database.migrations import (
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


def migrator(url: str, folder: Path) -> Migrator:
    """One that finds the chassis' files, if there are any, below the service's."""
    return Migrator(url, folder, chassis=folder / "chassis")


def carry(folder: Path, feature: str, name: str, sql: str) -> None:
    """A file that a feature of the chassis carries along."""
    migrations = folder / "chassis" / feature / "migrations"
    migrations.mkdir(parents=True, exist_ok=True)
    (migrations / name).write_text(sql)


async def tables(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()
    return {row["tablename"] for row in rows}


async def test_a_new_file_is_applied_once(url: str, folder: Path) -> None:
    assert await migrator(url, folder).run() == ["0001_first.sql"]
    assert await migrator(url, folder).run() == []


async def test_only_the_part_that_goes_up_is_run(url: str, folder: Path) -> None:
    await migrator(url, folder).run()

    assert await tables(url) == {"first", "schema_migrations", "chassis_migrations"}


async def test_files_are_applied_in_order(url: str, folder: Path) -> None:
    (folder / "0002_second.sql").write_text("-- migrate:up\nALTER TABLE first ADD COLUMN m int;\n")

    assert await migrator(url, folder).run() == ["0001_first.sql", "0002_second.sql"]


async def test_an_edited_file_is_refused_by_name(url: str, folder: Path) -> None:
    await migrator(url, folder).run()
    (folder / "0001_first.sql").write_text(UP.replace("n int", "n bigint"))

    with pytest.raises(MigrationError, match=r"0001_first\.sql was changed"):
        await migrator(url, folder).run()


async def test_a_failing_file_changes_nothing(url: str, folder: Path) -> None:
    (folder / "0001_first.sql").write_text("-- migrate:up\nCREATE TABLE half (n int); SELEKT;\n")

    with pytest.raises(asyncpg.PostgresSyntaxError):
        await migrator(url, folder).run()

    assert await tables(url) == {"schema_migrations", "chassis_migrations"}


async def test_many_replicas_at_once_apply_each_file_once(url: str, folder: Path) -> None:
    applied = await asyncio.gather(*(migrator(url, folder).run() for _ in range(8)))

    assert sorted(applied) == [[]] * 7 + [["0001_first.sql"]]


async def test_an_index_can_be_made_without_a_transaction(url: str, folder: Path) -> None:
    (folder / "0002_index.sql").write_text(
        "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY first_n ON first (n);\n"
    )

    assert await migrator(url, folder).run() == ["0001_first.sql", "0002_index.sql"]


async def test_two_files_of_one_version_are_refused(url: str, folder: Path) -> None:
    (folder / "0001_other.sql").write_text(UP)

    with pytest.raises(MigrationError, match="two files are version 0001"):
        await migrator(url, folder).run()


async def test_a_file_without_its_first_line_is_refused(url: str, folder: Path) -> None:
    (folder / "0002_second.sql").write_text("CREATE TABLE second (n int);\n")

    with pytest.raises(MigrationError, match=r"0002_second\.sql: it has no line"):
        await migrator(url, folder).run()


async def test_a_file_with_another_name_is_refused(url: str, folder: Path) -> None:
    (folder / "second.sql").write_text(UP)

    with pytest.raises(MigrationError, match="name it like"):
        await migrator(url, folder).run()


async def test_a_missing_folder_is_no_empty_one(url: str, tmp_path: Path) -> None:
    with pytest.raises(MigrationError, match="no folder"):
        await migrator(url, tmp_path / "nowhere").run()


async def test_what_a_feature_carries_along_is_applied_before_the_services_own(
    url: str, folder: Path
) -> None:
    carry(folder, "jobs", "0001_jobs.sql", "-- migrate:up\nCREATE TABLE jobs (n int);\n")
    (folder / "0001_first.sql").write_text("-- migrate:up\nALTER TABLE jobs ADD COLUMN m int;\n")

    assert await migrator(url, folder).run() == ["jobs/0001_jobs.sql", "0001_first.sql"]
    assert await migrator(url, folder).run() == []


async def test_features_number_their_files_without_knowing_each_other(
    url: str, folder: Path
) -> None:
    carry(folder, "jobs", "0001_jobs.sql", "-- migrate:up\nCREATE TABLE jobs (n int);\n")
    carry(folder, "mails", "0001_mails.sql", "-- migrate:up\nCREATE TABLE mails (n int);\n")

    await migrator(url, folder).run()

    assert await tables(url) >= {"jobs", "mails", "first"}


async def test_a_carried_file_that_came_later_is_applied_then(url: str, folder: Path) -> None:
    await migrator(url, folder).run()
    carry(folder, "jobs", "0001_jobs.sql", "-- migrate:up\nCREATE TABLE jobs (n int);\n")

    assert await migrator(url, folder).run() == ["jobs/0001_jobs.sql"]


async def test_an_edited_carried_file_is_refused_by_name(url: str, folder: Path) -> None:
    carry(folder, "jobs", "0001_jobs.sql", "-- migrate:up\nCREATE TABLE jobs (n int);\n")
    await migrator(url, folder).run()
    carry(folder, "jobs", "0001_jobs.sql", "-- migrate:up\nCREATE TABLE jobs (m int);\n")

    with pytest.raises(MigrationError, match=r"jobs/0001_jobs\.sql was changed"):
        await migrator(url, folder).run()


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
