"""Several processes behind one listening socket: replaced when they die, renewed on SIGHUP.

They inherit the socket, so that none of them takes connections away when it goes: whoever waits to
be accepted is accepted by another one.  (Sockets of their own with SO_REUSEPORT would each have a
queue of their own, which is lost with its process.)
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from functools import partial
from socket import socket, socketpair
from typing import ClassVar, Final, Self

import structlog

from .chassis.cli import LISTENER
from .chassis.resource import Resource

LIFELINE: Final = "LIFELINE_FD"
_READY: Final = b"r"
_PAUSE_SECONDS: Final = 1.0  # before one that died is replaced

log = structlog.get_logger()


class Lifeline(Resource):
    """A worker's tie to who started it: says when the worker listens, and when it is an orphan."""

    name: ClassVar[str] = "lifeline"

    async def listening(self) -> None:
        if LIFELINE in os.environ:
            self._end = socket(fileno=int(os.environ[LIFELINE]))
            self._end.setblocking(False)
            self._end.send(_READY)
            asyncio.get_running_loop().add_reader(self._end, self._orphaned)

    def _orphaned(self) -> None:
        asyncio.get_running_loop().remove_reader(self._end)
        os.kill(os.getpid(), signal.SIGTERM)


class Worker:
    """A process that serves, and this end of its lifeline."""

    def __init__(self, process: asyncio.subprocess.Process, lifeline: socket) -> None:
        self._process = process
        self._lifeline = lifeline

    @classmethod
    async def start(cls, listener: socket) -> Self:
        ours, its = socketpair()
        ours.setblocking(False)
        inherited = {LISTENER: str(listener.fileno()), LIFELINE: str(its.fileno())}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *sys.orig_argv[1:],
            env=os.environ | inherited,
            pass_fds=[listener.fileno(), its.fileno()],
        )
        its.close()
        return cls(process, ours)

    async def ready(self) -> bool:
        """Wait until it serves; False if it ended instead."""
        return await asyncio.get_running_loop().sock_recv(self._lifeline, 1) == _READY

    async def ended(self) -> int:
        code = await self._process.wait()
        self._lifeline.close()
        return code

    def stop(self) -> None:
        with suppress(ProcessLookupError):
            self._process.terminate()


class Workers:
    """So many processes, until a signal comes."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._workers: list[Worker] = []
        self._stopping = asyncio.Event()
        self._renewal: asyncio.Task[None] | None = None

    async def run(self, listener: socket) -> int:
        listener.listen(2048)  # from now on nobody is turned away, whoever serves
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        loop.add_signal_handler(signal.SIGHUP, partial(self._renew, listener))
        self._workers = [await Worker.start(listener) for _ in range(self._count)]
        kept = [self._keep(place, listener) for place in range(self._count)]
        return max(await asyncio.gather(*kept))

    def _stop(self) -> None:
        self._stopping.set()
        for worker in self._workers:
            worker.stop()

    def _renew(self, listener: socket) -> None:
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._replace_all(listener))

    async def _replace_all(self, listener: socket) -> None:
        """One after the other, and none before its successor serves."""
        for place in range(self._count):
            successor = await Worker.start(listener)
            if not await successor.ready() or self._stopping.is_set():
                log.error("workers.not_renewed")
                successor.stop()
                await successor.ended()
                return
            before, self._workers[place] = self._workers[place], successor
            before.stop()
            await before.ended()
        log.info("workers.renewed", workers=self._count)

    async def _keep(self, place: int, listener: socket) -> int:
        """There is always one in this place; the answer is how the last one ended."""
        while True:
            worker = self._workers[place]
            code = await worker.ended()
            if self._stopping.is_set():
                return code
            if worker is not self._workers[place]:
                continue  # it was renewed
            log.error("worker.died", code=code)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _PAUSE_SECONDS)
            if self._stopping.is_set():
                return code
            self._workers[place] = await Worker.start(listener)


def supervise(count: int, listener: socket) -> int:
    """Serve with so many processes until SIGTERM or SIGINT; the exit code."""

    async def run() -> int:
        return await Workers(count).run(listener)

    return asyncio.run(run())
