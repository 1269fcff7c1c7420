"""A stack of its own for the time of a run, whose parts come back however often they are killed."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final

from dev.errors import CannotStart
from dev.ports import free_port
from tools import ROOT

_START_SECONDS: Final = 180.0
_STOP_SECONDS: Final = 60.0


@contextlib.asynccontextmanager
async def running_stack(
    folder: Path, *, replicas: int, settings: Sequence[str]
) -> AsyncIterator[Path]:
    """The description of a stack that runs until the block ends; its data lies beside it.

    Raises CannotStart with the last lines of its log.
    """
    description, log = folder / "stack.json", folder / "stack.log"
    options = ["--port", str(free_port()), "--data", str(folder / "data"), "--come-back"]
    options += ["--describe", str(description), "--replicas", str(replicas)]
    options += [word for setting in settings for word in ("--set", setting)]
    with log.open("w") as output:
        stack = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tools.stack", *options), cwd=ROOT, stdout=output, stderr=output
        )
    try:
        async with asyncio.timeout(_START_SECONDS):
            while not description.exists():
                if stack.returncode is not None:
                    raise CannotStart(log.read_text()[-2000:])
                await asyncio.sleep(0.1)
        yield description
    finally:
        if stack.returncode is None:
            stack.send_signal(signal.SIGINT)
            async with asyncio.timeout(_STOP_SECONDS):
                await stack.wait()
