"""A PostgreSQL cluster on this machine: its binaries, its data folder, how it runs."""

import asyncio
import contextlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGINT

from dev.binaries import postgres_binary
from dev.databases import url_of
from dev.errors import CannotStart
from dev.identity import server_identity
from dev.ports import LOOPBACK
from dev.private_files import write_private
from dev.processes import dying_with_us, end_stale

SUPERUSER = "postgres"
THROWAWAY = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
STOP_SIGNAL = SIGINT  # the fast stop; SIGTERM would wait for clients for ever

_INITDB = (
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--auth=scram-sha-256",
    "--no-sync",
    "--no-instructions",
)
_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "io_method": "sync",
    "dynamic_shared_memory_type": "mmap",  # in the data folder, so that it goes with it
    "jit": "off",
    "log_line_prefix": "",
}
_STATUS_LINE = 7


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A data folder, with the port it is served on and the password of its superuser."""

    data: Path
    port: int
    password: str = field(repr=False)
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def admin_url(self) -> str:
        """How the superuser reaches it."""
        server = f"postgresql://{LOOPBACK}:{self.port}"
        return url_of(server, database=SUPERUSER, user=SUPERUSER, password=self.password)

    @property
    def argv(self) -> list[str]:
        """The server, in the foreground."""
        settings = _SETTINGS | {"port": str(self.port)} | dict(self.settings)
        options = [f"--{name}={value}" for name, value in settings.items()]
        return [str(postgres_binary("postgres")), "-D", str(self.data), *options]

    @property
    def env(self) -> dict[str, str]:
        """An environment that neither speaks another language nor points to another server."""
        return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}

    async def prepare(self) -> None:
        """Make the data folder if it is missing; end a server that was left on it."""
        if not self.data.exists():
            await self._initialise()
        await end_stale(self.data / "postmaster.pid", str(self.data), STOP_SIGNAL)

    async def ready(self, pid: int) -> bool:
        """Whether the server with that process id takes connections."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            return int(lines[0]) == pid and lines[_STATUS_LINE].strip() == "ready"
        except (OSError, IndexError, ValueError):
            return False

    async def _initialise(self) -> None:
        """Make the cluster beside its place, so that half of one is never taken for a whole."""
        draft = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        password = draft.with_suffix(".password")
        draft.mkdir(parents=True, mode=0o700)
        write_private(password, self.password + "\n")
        _hand_over(draft, password)
        try:
            await self._initdb(draft, password)
        finally:
            password.unlink()
        draft.rename(self.data)

    async def _initdb(self, folder: Path, password: Path) -> None:
        process = await asyncio.create_subprocess_exec(
            str(postgres_binary("initdb")),
            *("-D", str(folder), "-U", SUPERUSER, f"--pwfile={password}", *_INITDB),
            env=self.env,
            cwd="/",
            stdout=asyncio.subprocess.DEVNULL,  # how far it is
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            preexec_fn=dying_with_us(STOP_SIGNAL, server_identity().become),
        )
        try:
            _, complaint = await process.communicate()
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, STOP_SIGNAL)  # it takes away what it has begun
            await process.wait()
            raise
        if process.returncode:
            said = complaint.decode().strip()
            raise CannotStart(f"initdb ended with {process.returncode}:\n{said}")


def _hand_over(*files: Path) -> None:
    """Give the files to the user that the server runs as."""
    owner = server_identity().owner
    if owner is not None:
        for file in files:
            os.chown(file, owner, -1)
