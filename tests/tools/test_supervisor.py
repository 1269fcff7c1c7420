"""The supervisor, on real processes."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from dev import restart
from dev.processes import command_line
from dev.supervisor import Supervisor
from dev.units import Unit, levels

LIMIT = 10

# Notes in a journal when it starts and when it is asked to stop.
WORKER = """
import signal, sys
name, journal = sys.argv[1], open(sys.argv[2], "a", buffering=1)
def stop(*_):
    journal.write(f"{name} stops\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
journal.write(f"{name} starts\\n")
while True:
    signal.pause()
"""
DEAF_WORKER = WORKER.replace("sys.exit(0)", "pass")
FAILING = "raise SystemExit('no such table')"
MISCONFIGURED = "print('PORT is missing'); raise SystemExit(78)"

# A supervisor of its own, with two workers in a row.
STACK = """
import asyncio, sys
from dev.supervisor import Supervisor
from dev.units import Unit
def unit(name, after):
    async def ready(pid):
        return True
    argv = [sys.executable, "-c", sys.argv[1], name, sys.argv[2]]
    return Unit(name=name, argv=argv, env={}, after=after, ready=ready)
supervisor = Supervisor("stack", [unit("registry", []), unit("service", ["registry"])])
async def tell():
    print("pids", supervisor.pid("registry"), supervisor.pid("service"), flush=True)
asyncio.run(supervisor.run(on_ready=tell))
"""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass(frozen=True)
class Journal:
    """What the workers have noted, in order."""

    file: Path

    @property
    def lines(self) -> list[str]:
        return self.file.read_text().splitlines()


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    file = tmp_path / "journal"
    file.touch()
    return Journal(file)


@pytest.fixture
def no_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restart, "_FIRST_DELAY", 0.01)


def unit(name: str, program: str, journal: Journal, *after: str) -> Unit:
    async def ready(pid: int) -> bool:
        return f"{name} starts" in journal.lines

    argv = [sys.executable, "-c", program, name, str(journal.file)]
    return Unit(name=name, argv=argv, env={}, ready=ready, after=after)


async def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT):
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)


def start_stack(journal: Journal) -> tuple[subprocess.Popen[str], list[int]]:
    stack = subprocess.Popen(
        [sys.executable, "-c", STACK, WORKER, str(journal.file)],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert stack.stdout is not None
    line = next(line for line in stack.stdout if line.startswith("pids "))
    return stack, [int(pid) for pid in line.split()[1:]]


async def test_a_unit_starts_after_those_it_needs_and_stops_before_them(journal: Journal) -> None:
    units = [
        unit("gateway", WORKER, journal, "service"),
        unit("service", WORKER, journal, "registry"),
        unit("registry", WORKER, journal),
    ]

    code = await Supervisor("stack", units).run(on_ready=interrupt)

    started = ["registry starts", "service starts", "gateway starts"]
    stopped = ["gateway stops", "service stops", "registry stops"]
    assert code == 0
    assert journal.lines == started + stopped


async def test_the_last_line_says_that_all_has_stopped(
    journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    await Supervisor("stack", [unit("service", WORKER, journal)]).run(on_ready=interrupt)

    assert capsys.readouterr().out.splitlines()[-1] == "stack   > stopped cleanly"


async def test_a_unit_that_fails_at_its_first_start_ends_the_stack_and_says_why(
    journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    units = [unit("service", WORKER, journal), unit("broken", FAILING, journal, "service")]

    code = await Supervisor("stack", units).run()

    *_, reason, conclusion = capsys.readouterr().out.splitlines()
    assert code == 1
    assert reason == "    no such table"
    assert conclusion == "stack   > stopped, because broken ended with 1 before it was ready"
    assert journal.lines == ["service starts", "service stops"]


async def test_a_unit_that_is_never_ready_ends_the_stack(
    journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    async def never(pid: int) -> bool:
        return False

    slow = replace(unit("slow", WORKER, journal), ready=never, patience=0.3)

    code = await Supervisor("stack", [slow]).run()

    assert code == 1
    assert "because slow was not ready after 0." in capsys.readouterr().out


async def test_a_program_that_is_not_there_is_named(
    journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = replace(unit("service", WORKER, journal), argv=["/no/such/program"])

    code = await Supervisor("stack", [missing]).run()

    assert code == 1
    assert "because service cannot start: [Errno 2]" in capsys.readouterr().out


@pytest.mark.usefixtures("no_delay")
async def test_a_unit_that_crashes_is_started_again(journal: Journal) -> None:
    supervisor = Supervisor("stack", [unit("service", WORKER, journal)])

    async def crash_it() -> None:
        os.kill(supervisor.pid("service") or 0, signal.SIGKILL)
        await until(lambda: journal.lines.count("service starts") == 2)
        await interrupt()

    assert await supervisor.run(on_ready=crash_it) == 0


@pytest.mark.usefixtures("no_delay")
async def test_a_unit_that_crashes_five_times_in_a_row_is_given_up(
    journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    fleeting = unit("service", WORKER.replace("while True", "if False"), journal)

    async def at_once(pid: int) -> bool:
        return True

    code = await Supervisor("stack", [replace(fleeting, ready=at_once)]).run()

    assert code == 1
    assert "ended with 0, for the 5th time in a row" in capsys.readouterr().out


async def test_a_unit_with_wrong_settings_is_not_started_again(
    journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    async def at_once(pid: int) -> bool:
        return True

    wrong = replace(unit("service", MISCONFIGURED, journal), ready=at_once)

    code = await Supervisor("stack", [wrong]).run()

    assert code == 1
    assert "ended with 78: its settings are wrong" in capsys.readouterr().out


async def test_a_unit_that_does_not_end_in_time_is_killed(
    journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    deaf = replace(unit("service", DEAF_WORKER, journal), grace=0.2)

    code = await Supervisor("stack", [deaf]).run(on_ready=interrupt)

    assert code == 0
    assert "service > killed after 0.2 s of grace" in capsys.readouterr().out


async def test_a_second_signal_kills_what_does_not_end(
    journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    deaf = replace(unit("service", DEAF_WORKER, journal), grace=LIMIT * 2)

    async def interrupt_twice() -> None:
        await interrupt()
        asyncio.get_running_loop().create_task(insist())

    async def insist() -> None:
        await until(lambda: "service stops" in journal.lines)
        await interrupt()

    async with asyncio.timeout(LIMIT):
        await Supervisor("stack", [deaf]).run(on_ready=interrupt_twice)
    assert capsys.readouterr().out.splitlines()[-1] == "stack   > stopped"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of our death")
async def test_nothing_survives_a_killed_supervisor(journal: Journal) -> None:
    stack, pids = start_stack(journal)

    with stack:
        stack.kill()

    await until(lambda: not any(command_line(pid) for pid in pids))


def test_units_that_wait_for_each_other_are_refused(journal: Journal) -> None:
    circle = [unit("egg", WORKER, journal, "hen"), unit("hen", WORKER, journal, "egg")]

    with pytest.raises(ValueError, match="wait for each other"):
        levels(circle)


def test_a_need_that_nobody_meets_is_refused(journal: Journal) -> None:
    with pytest.raises(ValueError, match="registry"):
        levels([unit("service", WORKER, journal, "registry")])
