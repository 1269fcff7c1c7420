"""One server outside a supervisor, for tests that stop it, kill it and start it again."""

import asyncio
import signal
import subprocess
import time
from pathlib import Path

from dev.errors import CannotStart
from dev.processes import dying_with_us, kill_group
from dev.units import Unit

_POLL_SECONDS = 0.02


class Server:
    """The process of a unit; it belongs to no event loop, so any loop may start and stop it."""

    def __init__(self, unit: Unit, log: Path) -> None:
        self._unit = unit
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    async def start(self) -> None:
        """Start it on its data and port, and wait until it is ready."""
        await self._unit.prepare()
        self._process = self._spawn()
        await self._until_ready(self._process)

    async def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        if self._process is not None and self.running:
            self._process.send_signal(self._unit.stop_signal)
            await self._until_ended(self._process)

    async def kill(self) -> None:
        """End it as kill -9 does, and wait until it is gone."""
        if self._process is not None and self.running:
            kill_group(self._process.pid)
            await self._until_ended(self._process)

    def freeze(self) -> None:
        """It says nothing any more, and its connections stay, until it is thawed."""
        if self._process is not None and self.running:
            self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it was frozen."""
        if self._process is not None and self.running:
            self._process.send_signal(signal.SIGCONT)

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self._log.open("wb") as log:
            return subprocess.Popen(
                self._unit.argv,
                env=self._unit.env,
                cwd=self._unit.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=dying_with_us(self._unit.stop_signal, self._unit.become),
            )

    async def _until_ready(self, process: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + self._unit.patience
        while not await self._unit.ready(process.pid):
            if process.poll() is not None or time.monotonic() > end:
                kill_group(process.pid)
                raise CannotStart(f"{self._unit.name} is not ready:\n{self._log.read_text()}")
            await asyncio.sleep(_POLL_SECONDS)

    async def _until_ended(self, process: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + self._unit.grace
        while process.poll() is None:
            if time.monotonic() > end:
                kill_group(process.pid)
            await asyncio.sleep(_POLL_SECONDS)
