"""A stack of its own for whoever tries one out: started as by hand, and stopped as ^C does."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
    """A running stack: the process, the file that tells of it, and the folder with its data."""

    process: subprocess.Popen[bytes]
    description: Path
    data: Path


@contextmanager
def running_stack(
    folder: Path, *options: str, replicas: int = 1, log: Path | None = None
) -> Iterator[Stack]:
    """All services, with data in this folder, until the block ends; raises CannotStart.

    `options` are further ones of the stack; `log` is where to keep what it prints.
    """
    description, log = folder / "stack.json", log or folder / "stack.log"
    data, port = folder / "data", str(free_port())
    where = ("--port", port, "--data", str(data), "--describe", str(description))
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "tools.stack", "--replicas", str(replicas)),
                *(*where, *options),
            ],
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_described(description, process, log)
            yield Stack(process, description, data)
        finally:
            _stop(process)


def _wait_until_described(description: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while not description.exists():
        if process.poll() is not None or time.monotonic() > end:
            raise CannotStart(f"the stack did not start:\n{_end_of(log)}")
        time.sleep(0.05)
    if not _filled(description):
        raise CannotStart(f"nobody can sign in at the stack, which stayed empty:\n{_end_of(log)}")


def _filled(description: Path) -> bool:
    """Whether somebody can sign in."""
    return bool(json.loads(description.read_text())["users"])


def _end_of(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-_LAST_LINES:])


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
