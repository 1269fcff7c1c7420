"""A stack of its own for whoever tries one out: started as by hand, and stopped as ^C does."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dev.errors import CannotStart
from dev.ports import free_port
from tools import ROOT

_START_SECONDS: Final = 180.0
_STOP_SECONDS: Final = 60.0
_LAST_LINES: Final = 30


@dataclass(frozen=True)
class Stack:
    """A running stack: the process, and the file that tells of it."""

    pid: int
    description: Path


@asynccontextmanager
async def running_stack(
    folder: Path, replicas: int, *more: str, log: Path | None = None
) -> AsyncIterator[Stack]:
    """All services, with data in this folder, until the block ends; raises CannotStart.

    `more` are further options of the stack; `log` is where to keep what it prints.
    """
    description, log = folder / "stack.json", log or folder / "stack.log"
    options = ["--port", str(free_port()), "--replicas", str(replicas)]
    options += ["--data", str(folder / "data"), "--describe", str(description), *more]
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tools.stack", *options),
            cwd=ROOT,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            await _until_described(description, process, log)
            yield Stack(process.pid, description)
        finally:
            await _stopped(process)


async def _until_described(
    description: Path, process: asyncio.subprocess.Process, log: Path
) -> None:
    end = time.monotonic() + _START_SECONDS
    while not await asyncio.to_thread(description.exists):
        if process.returncode is not None or time.monotonic() > end:
            raise CannotStart(f"the stack did not start:\n{_end_of(log)}")
        await asyncio.sleep(0.1)
    if not _filled(description):
        raise CannotStart(f"nobody can sign in at the stack, which stayed empty:\n{_end_of(log)}")


def _filled(description: Path) -> bool:
    """Whether somebody can sign in."""
    return bool(json.loads(description.read_text())["users"])


def _end_of(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-_LAST_LINES:])


async def _stopped(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGINT)
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
