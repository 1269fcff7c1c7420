"""PostgreSQL and Valkey for a whole stack: embedded ones, or the user's own."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from dev.databases import Database, ensure_databases
from dev.errors import CannotStart
from dev.passwords import Passwords
from dev.postgres import cluster_in, postgres_unit
from dev.tokens import shared_secret
from dev.units import Unit
from dev.valkey import keyspace_in, valkey_unit
from tools.stackfile import Entry

_TIMEOUT = 10.0
_CONNECTIONS = 200
_SPARE_CONNECTIONS = 50  # for migrations, tests, and whoever wants to look


@dataclass(frozen=True)
class Servers:
    """What has to run, and how the services reach it."""

    units: tuple[Unit, ...]
    database_urls: Mapping[str, str]
    redis_url: str
    secret: str  # with which tokens are signed in development
    secret_of: Callable[[str], str]  # any other, by its name


async def choose_servers(
    owners: Iterable[Entry],
    *,
    data: Path,
    connections: int,
    settings: Mapping[str, str],
    environment: Mapping[str, str],
) -> Servers:
    """A database for each owner, and a Valkey: on the servers that the environment names,
    otherwise on embedded ones that keep their data in the folder.

    Raises CannotStart where the services need more connections than a named PostgreSQL takes.
    """
    passwords = Passwords.kept_in(data)
    databases = {
        owner.name: Database(owner.package, passwords.of(owner.package)) for owner in owners
    }
    units: list[Unit] = []
    if server_url := environment.get("DATABASE_URL"):
        await ensure_databases(server_url, databases.values())
        await _require_connections(server_url, connections)
    else:
        room = {"max_connections": str(max(_CONNECTIONS, connections + _SPARE_CONNECTIONS))}
        cluster = cluster_in(data, passwords, {**settings, **room})
        server_url = cluster.admin_url
        units.append(postgres_unit(cluster, tuple(databases.values())))
    if not (redis_url := environment.get("REDIS_URL")):
        keyspace = keyspace_in(data, passwords)
        redis_url = keyspace.url
        units.append(valkey_unit(keyspace))
    urls = {name: database.url(server_url) for name, database in databases.items()}
    return Servers(tuple(units), urls, redis_url, shared_secret(passwords), passwords.of)


async def _require_connections(server_url: str, wanted: int) -> None:
    connection = await asyncpg.connect(server_url, timeout=_TIMEOUT)
    try:
        most = int(await connection.fetchval("show max_connections"))
    finally:
        await connection.close()
    if wanted > most:
        raise CannotStart(
            f"the services may open {wanted} connections, and the PostgreSQL at DATABASE_URL takes "
            f"{most}: raise its max_connections, run fewer replicas, or unset DATABASE_URL for an "
            "embedded PostgreSQL"
        )


def server_pids(data: Path) -> dict[str, int]:
    """The processes of the embedded servers whose data is in this folder, by what they are."""
    files = {"postgres": "postmaster.pid", "valkey": "valkey.pid"}
    return {
        name: int(path.read_text().split("\n", 1)[0])
        for name, file in files.items()
        for path in data.rglob(file)
    }
