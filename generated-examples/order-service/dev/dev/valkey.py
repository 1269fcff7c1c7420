"""Valkey without Docker: a unit for a supervisor, and a server of their own for tests."""

import asyncio
import hashlib
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from dev.binaries import valkey_binary
from dev.folders import data_folder
from dev.passwords import Passwords
from dev.ports import LOOPBACK, free_port
from dev.private_files import write_private
from dev.processes import end_stale
from dev.server import Server
from dev.units import Unit

_USER = "service"
_TIMEOUT = 2.0


@dataclass(frozen=True, kw_only=True)
class Keyspace:
    """A folder for the append-only file, with the port and the one user it is served to."""

    data: Path
    port: int
    password: str = field(repr=False)

    @property
    def url(self) -> str:
        """How the user reaches it."""
        return f"redis://{_USER}:{self.password}@{LOOPBACK}:{self.port}/0"

    @property
    def argv(self) -> list[str]:
        """The server, in the foreground: nothing acknowledged is lost or evicted."""
        options = {
            "bind": LOOPBACK,
            "port": str(self.port),
            "dir": str(self.data),
            "aclfile": str(self.data / "users.acl"),
            "pidfile": str(self._pid_file),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "set-proc-title": "no",  # end_stale() knows the server by its folder
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        return [str(valkey_binary()), *words]

    async def prepare(self) -> None:
        """Write who may do what; end a server that was left on the folder."""
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        # A default user that is off still needs its permissions: without them some versions
        # drop transactions and scripts when they read the append-only file again.
        password = hashlib.sha256(self.password.encode()).hexdigest()
        rules = f"user default off resetpass ~* &* +@all\nuser {_USER} on #{password} ~* &* +@all\n"
        write_private(self.data / "users.acl", rules)
        await end_stale(self._pid_file, str(self.data), signal.SIGTERM)

    async def ready(self, pid: int) -> bool:
        """Whether it lets the user in and has read its data."""
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(_TIMEOUT):
                return await self._ping()
        return False

    async def _ping(self) -> bool:
        reader, writer = await asyncio.open_connection(LOOPBACK, self.port)
        try:
            writer.write(f"AUTH {_USER} {self.password}\r\nPING\r\n".encode())
            return [await reader.readline(), await reader.readline()] == [b"+OK\r\n", b"+PONG\r\n"]
        finally:
            writer.close()

    @property
    def _pid_file(self) -> Path:
        return self.data / "valkey.pid"


def keyspace_in(folder: Path, passwords: Passwords) -> Keyspace:
    """The keyspace whose data is in the folder, on a free port."""
    return Keyspace(data=folder / "valkey", port=free_port(), password=passwords.of("valkey"))


def valkey_unit(keyspace: Keyspace) -> Unit:
    """Valkey under supervision."""
    return Unit(
        name="valkey",
        argv=keyspace.argv,
        env={"PATH": os.defpath, "LC_ALL": "C"},
        folder=Path("/"),
        prepare=keyspace.prepare,
        ready=keyspace.ready,
        quiet=True,
    )


class ValkeyServer(Server):
    """A running Valkey: stop it, start it again on the same data and port, kill it."""

    def __init__(self, keyspace: Keyspace, log: Path) -> None:
        super().__init__(valkey_unit(keyspace), log)
        self.url = keyspace.url


@asynccontextmanager
async def running_valkey(data: Path | None = None) -> AsyncIterator[ValkeyServer]:
    """A Valkey of one's own on a free port; its data lasts only if it is given a folder."""
    with data_folder(data, prefix="valkey-") as folder:
        keyspace = keyspace_in(folder, Passwords.kept_in(folder))
        server = ValkeyServer(keyspace, log=folder / "valkey.log")
        try:
            await server.start()
            yield server
        finally:
            await server.stop()
