"""Registries as processes of their own, for what only processes can do: be killed."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from httpx import AsyncClient, TransportError

from dev.ports import free_port

PATIENCE_SECONDS = 30.0


class Replica:
    """One registry; start it, kill it, start it again at the same port."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.port = free_port()
        self.client = AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=10)
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            "ENVIRONMENT": "development",
            "PORT": str(self.port),
            **self._settings,
        }
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "registry"),
            env=environment,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await self.ready():
                assert self._process.returncode is None, "the registry ended before it was ready"
                await asyncio.sleep(0.02)

    async def ready(self) -> bool:
        try:
            return (await self.client.get("/health/ready")).status_code == 200
        except TransportError:
            return False

    async def kill(self) -> None:
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        await self._end(signal.SIGTERM)

    async def close(self) -> None:
        await self.client.aclose()
        await self.kill()

    async def _end(self, how: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(how)
            await self._process.wait()


@asynccontextmanager
async def replicas(count: int, settings: Mapping[str, str]) -> AsyncIterator[list[Replica]]:
    """So many registries that run."""
    started = [Replica(settings) for _ in range(count)]
    try:
        await asyncio.gather(*(one.start() for one in started))
        yield started
    finally:
        await asyncio.gather(*(one.close() for one in started))
