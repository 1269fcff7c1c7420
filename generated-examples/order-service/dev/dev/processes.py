"""Children that die with their parent, and what a killed parent may have left behind."""

import asyncio
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1
_ORPHANED = 125
_POLL_SECONDS = 0.05


def nothing() -> None:
    """Change nothing about the child."""


def dying_with_us(
    death_signal: signal.Signals, become: Callable[[], None] = nothing
) -> Callable[[], None]:
    """A preexec_fn: the child turns into what `become` says, and gets the signal when we die.

    The kernel watches the thread that starts the child, so start children from the main thread.
    Only Linux can do this; elsewhere end_stale() cleans up at the next start.
    """
    parent = os.getpid()

    def settle() -> None:
        become()  # first: a change of credentials forgets the death signal
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, death_signal)
            if os.getppid() != parent:
                os._exit(_ORPHANED)

    return settle


def end_with_parent() -> None:
    """Send this process SIGTERM as soon as the process that started it is gone."""
    parent = os.getppid()
    if _LIBC is None:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
        return
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)


def kill_group(pid: int) -> None:
    """Kill the session that the child leads, and whatever the child has started in it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


async def end_stale(
    pid_file: Path, marker: str, stop_signal: signal.Signals, patience: float = 10
) -> None:
    """End the server that a killed parent left on this data, and wait until it is gone.

    Process ids are used again, so only a process with `marker` in its command line is meant.
    """
    pid = recorded_pid(pid_file)
    if pid is None or marker not in command_line(pid):
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, stop_signal)
    end = time.monotonic() + patience
    while marker in command_line(pid):
        if time.monotonic() > end:
            kill_group(pid)
        await asyncio.sleep(_POLL_SECONDS)


def recorded_pid(pid_file: Path) -> int | None:
    """The process id on the first line of a file, if there is one."""
    try:
        return int(pid_file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def command_line(pid: int) -> str:
    """What a process was started as; empty when there is no such process, or only its corpse."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            return ""
    ps = subprocess.run(
        ["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True
    )
    return ps.stdout


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
