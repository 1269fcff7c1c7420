"""A stack for the tour alone; what it says of its parts is shown while it starts."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from dev.errors import CannotStart
from dev.folders import temporary_folder
from dev.ports import free_port
from tools import ROOT
from tools.tour.screen import Screen

_SAID: Final = " > "  # of a part, by the supervisor; " | " is what the part itself has said
_LAST_LINES: Final = 20


@asynccontextmanager
async def started(screen: Screen) -> AsyncIterator[Path]:
    """The description of a running stack, which ends with the block."""
    with temporary_folder("tour-") as folder:
        screen.show("stack", "starting", "servers, services, and what stands for the world outside")
        description = folder / "stack.json"
        options = ("--port", str(free_port()), "--describe", str(description))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tools.stack", *options),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=2**20,
        )
        last: deque[str] = deque(maxlen=_LAST_LINES)
        reading = asyncio.create_task(_read(process, last, screen))
        try:
            while not description.exists():
                if process.returncode is not None:
                    raise CannotStart("\n".join(["the stack has not started:", *last]))
                await asyncio.sleep(0.05)
            yield description
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGINT)
            await process.wait()
            await reading


async def _read(process: asyncio.subprocess.Process, last: deque[str], screen: Screen) -> None:
    """To the end, for a pipe that is full would stop the stack."""
    assert process.stdout is not None
    async for raw in process.stdout:
        line = raw.decode(errors="replace").rstrip()
        last.append(line)
        part, said, what = line.partition(_SAID)
        if said and " " not in part.strip():
            screen.show("stack", part.strip(), what)
