"""PostgreSQL without Docker: a unit for a supervisor, and a server of their own for tests."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType

from dev.cluster import STOP_SIGNAL, SUPERUSER, THROWAWAY, Cluster
from dev.databases import Database, create_database, drop_database, ensure_databases, url_of
from dev.folders import data_folder
from dev.identity import server_identity
from dev.passwords import Passwords
from dev.ports import free_port
from dev.server import Server
from dev.units import Unit


def cluster_in(
    folder: Path, passwords: Passwords, settings: Mapping[str, str] = MappingProxyType({})
) -> Cluster:
    """The cluster whose data is in the folder, on a free port."""
    password = passwords.of(SUPERUSER)
    return Cluster(data=folder / "postgres", port=free_port(), password=password, settings=settings)


def postgres_unit(cluster: Cluster, databases: Sequence[Database] = ()) -> Unit:
    """PostgreSQL under supervision; whoever comes after it finds the databases there."""

    async def ensure() -> None:
        await ensure_databases(cluster.admin_url, databases)

    return Unit(
        name="postgres",
        argv=cluster.argv,
        env=cluster.env,
        folder=Path("/"),
        prepare=cluster.prepare,
        ready=cluster.ready,
        once_ready=ensure,
        become=server_identity().become,
        stop_signal=STOP_SIGNAL,
        quiet=True,
    )


class PostgresServer(Server):
    """A running PostgreSQL: stop it, start it again on the same data and port, kill it."""

    def __init__(self, cluster: Cluster, log: Path) -> None:
        super().__init__(postgres_unit(cluster), log)
        self.admin_url = cluster.admin_url
        self._passwords = {SUPERUSER: cluster.password}

    def url(self, *, database: str = SUPERUSER, user: str = SUPERUSER) -> str:
        """How a user whose role was made here reaches a database."""
        password = self._passwords[user]
        return url_of(self.admin_url, database=database, user=user, password=password)

    async def ensure_databases(self, databases: Iterable[Database]) -> None:
        """Create each database with the role that owns it."""
        wanted = list(databases)
        await ensure_databases(self.admin_url, wanted)
        self._passwords |= {database.name: database.password for database in wanted}

    async def create_database(
        self, name: str, *, template: str = "template1", owner: str = SUPERUSER
    ) -> str:
        """Create a database, a copy of the template, and tell how its owner reaches it."""
        await create_database(self.admin_url, name, template=template, owner=owner)
        return self.url(database=name, user=owner)

    async def drop_database(self, name: str) -> None:
        """Drop a database, connected or not; one that is not there is no error."""
        await drop_database(self.admin_url, name)


@asynccontextmanager
async def running_postgres(data: Path | None = None) -> AsyncIterator[PostgresServer]:
    """A PostgreSQL of one's own on a free port; its data lasts only if it is given a folder."""
    with data_folder(data, prefix="postgres-") as folder:
        settings = THROWAWAY if data is None else {}
        cluster = cluster_in(folder, Passwords.kept_in(folder), settings)
        server = PostgresServer(cluster, log=folder / "postgres.log")
        try:
            await server.start()
            yield server
        finally:
            await server.stop()
