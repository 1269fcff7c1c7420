"""A server as a process of its own, on one core where that is asked for."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from dev.ports import free_port
from tools.bench.bench import CannotMeasure

PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Server:
    """A process that answers at `url`."""

    pid: int
    url: str

    @property
    def cpu_seconds(self) -> float:
        """What all its threads have used of the processor so far."""
        after_name = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def resident_mebibytes(self) -> float:
        """The memory that it has a part in: its own, and the files that others have mapped too."""
        return self._mebibytes("Rss")

    @property
    def own_mebibytes(self) -> float:
        """The memory that no other process has a part in: what one more such process takes."""
        return self._mebibytes("Private_Clean") + self._mebibytes("Private_Dirty")

    def _mebibytes(self, kind: str) -> float:
        lines = Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines()
        return next(int(one.split()[1]) for one in lines if one.startswith(f"{kind}:")) / 1024


@contextmanager
def serving(
    command: Sequence[str],
    *,
    ready: str = "/health/ready",
    environment: Mapping[str, str] | None = None,
    folder: Path,
    log: Path | None = None,
    core: int | None = None,
    port: int | None = None,
) -> Iterator[Server]:
    """Run the command, with PORT set and {port} filled in, while it is used.

    It has answered 200 at `ready` when this yields; what it prints is written to `log`.
    """
    port = port or free_port()
    with (log or Path(os.devnull)).open("wb") as output:
        process = subprocess.Popen(
            [part.replace("{port}", str(port)) for part in command],
            env={**os.environ, **(environment or {}), "PORT": str(port)},
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            if core is not None:
                pin(process.pid, core)
            url = f"http://127.0.0.1:{port}"
            _until_ready(url + ready, process)
            if core is not None:
                _pin_threads(process.pid, core)
            yield Server(process.pid, url)
        finally:
            process.terminate()
            process.wait(10)


def cores() -> list[int]:
    """The cores that this process may use; raises CannotMeasure where nobody can say."""
    if not hasattr(os, "sched_getaffinity"):
        raise CannotMeasure("servers are held on one core, which only Linux can do")
    return sorted(os.sched_getaffinity(0))


def pin(pid: int, core: int) -> None:
    """Keep a process, that just started, on one core."""
    os.sched_setaffinity(pid, {core})


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Keep this process itself there for the while."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def _pin_threads(pid: int, core: int) -> None:
    """Those that began before their process was pinned, too."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        pin(int(thread.name), core)


def _until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url, trust_env=False).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.005)
    raise CannotMeasure(f"no answer at {url}; it was started by: {process.args!r}")
