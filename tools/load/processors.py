"""What the processes of the stack use of the processors."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dev.processes import command_line
from tools.shop.running import Running

_PROC: Final = Path("/proc")
_OURS: Final = "the load itself"
_SERVERS: Final = {"postgres": "PostgreSQL", "valkey-server": "Valkey"}


@dataclass(frozen=True, slots=True)
class _Process:
    pid: int
    parent: int
    seconds: float  # of its own, and of its children that have ended


def cpu_seconds(stack: int, running: Running) -> Mapping[str, float]:
    """Seconds so far by service, of all its processes; empty where the kernel has no /proc."""
    processes = {one.pid: one for one in _all()}
    names = _names(running)
    found: defaultdict[str, float] = defaultdict(float)
    for process in processes.values():
        if process.pid == os.getpid():
            found[_OURS] += process.seconds
        elif unit := _unit(process, stack, processes):
            found[names.get(unit) or _name(unit)] += process.seconds
    return dict(found)


def _names(running: Running) -> Mapping[int, str]:
    services = {name: running.processes(name) for name in running.told["services"]}
    shared = {one["pid"]: name for name, one in running.told["shared"].items()}
    return shared | {one.pid: name for name, several in services.items() for one in several}


def _unit(process: _Process, stack: int, processes: Mapping[int, _Process]) -> int | None:
    """The child of the stack's supervisor that this is, or descends from."""
    while process.parent != stack:
        if process.parent not in processes:
            return None
        process = processes[process.parent]
    return process.pid


def _name(pid: int) -> str:
    """What a unit is called that the stack's description does not name."""
    words = command_line(pid).split()
    if "-m" in words:
        return words[words.index("-m") + 1].rpartition(".")[2]
    program = Path(words[0]).name.rstrip(":") if words else str(pid)
    return _SERVERS.get(program, program)


def _all() -> Iterator[_Process]:
    """Every process of this machine that can be seen."""
    ticks = os.sysconf("SC_CLK_TCK")
    for folder in _PROC.glob("[0-9]*"):
        try:
            said = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended just now
            continue
        yield _Process(int(folder.name), int(said[1]), sum(map(int, said[11:15])) / ticks)
