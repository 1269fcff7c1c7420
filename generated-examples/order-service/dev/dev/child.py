"""The process of one unit: started, watched until it is ready, logged, stopped."""

import asyncio
import contextlib
import time
from collections import deque
from dataclasses import dataclass

from dev.console import Console
from dev.errors import CannotStart
from dev.processes import dying_with_us, kill_group
from dev.units import Unit

_POLL_SECONDS = 0.05
_LONGEST_LINE = 2**20
_KEPT_LINES = 20


@dataclass(frozen=True)
class Life:
    """How one life of a process went, from its start to its end."""

    code: int | None  # None: it was killed because it was not ready in time
    ready: bool
    seconds: float

    @property
    def end(self) -> str:
        """How it ended, as the second half of a sentence."""
        if self.code is None:
            return f"was not ready after {round(self.seconds, 1):g} s"
        how = f"was ended by signal {-self.code}" if self.code < 0 else f"ended with {self.code}"
        return how if self.ready else f"{how} before it was ready"


class Child:
    """What runs for a unit just now, and what it has said lately."""

    def __init__(self, unit: Unit, console: Console) -> None:
        self.unit = unit
        self.ready = asyncio.Event()  # set for good when the unit was ready for the first time
        self.lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._console = console
        self._process: asyncio.subprocess.Process | None = None
        self._log: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process id, while it runs."""
        if self._process is None or self._process.returncode is not None:
            return None
        return self._process.pid

    def say(self, line: str) -> None:
        """Tell the reader of the console something about this unit."""
        self._console.say(self.unit.name, line)

    async def live(self) -> Life:
        """Start the process and see it through to its end; being cancelled leaves it running."""
        started = time.monotonic()
        process = await self._start()
        ended = asyncio.create_task(process.wait())
        answers = asyncio.create_task(self._until_it_answers(process.pid))
        try:
            await asyncio.wait(
                {ended, answers}, timeout=self.unit.patience, return_when=asyncio.FIRST_COMPLETED
            )
            ready = answers.done()
            overdue = not ready and not ended.done()
            if ready:
                await answers
                await self._welcome(started)
            if overdue:
                kill_group(process.pid)
            code = await ended
        finally:
            ended.cancel()
            answers.cancel()
        await self._clear_up(process)
        return Life(None if overdue else code, ready, time.monotonic() - started)

    async def stop(self) -> None:
        """Ask the process to end; kill it when its grace is over."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(self.unit.stop_signal)
        try:
            async with asyncio.timeout(self.unit.grace):
                await self._process.wait()
        except TimeoutError:
            self._console.complain(self.unit.name, f"killed after {self.unit.grace:g} s of grace")
            kill_group(self._process.pid)
        await self._clear_up(self._process)

    def kill(self) -> None:
        """End the process and all it has started, at once."""
        if self.pid is not None:
            kill_group(self.pid)

    async def _start(self) -> asyncio.subprocess.Process:
        unit = self.unit
        await unit.prepare()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *unit.argv,
                env=unit.env,
                cwd=unit.folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                limit=_LONGEST_LINE,
                start_new_session=True,
                preexec_fn=dying_with_us(unit.stop_signal, unit.become),
            )
        except OSError as error:
            raise CannotStart(str(error)) from error
        assert self._process.stdout is not None
        self._log = asyncio.create_task(self._copy(self._process.stdout))
        return self._process

    async def _until_it_answers(self, pid: int) -> None:
        while True:
            if await self.unit.ready(pid):
                return
            await asyncio.sleep(_POLL_SECONDS)

    async def _welcome(self, started: float) -> None:
        await self.unit.once_ready()
        self.say(f"ready in {time.monotonic() - started:.1f} s")
        self.ready.set()

    async def _copy(self, stream: asyncio.StreamReader) -> None:
        while True:
            try:
                line = await stream.readline()
            except ValueError:  # longer than the limit: what there is goes out as it is
                line = await stream.read(_LONGEST_LINE)
            if not line:
                return
            self.lines.append(line.decode(errors="replace").rstrip())
            if not self.unit.quiet:
                self._console.log(self.unit.name, self.lines[-1])

    async def _clear_up(self, process: asyncio.subprocess.Process) -> None:
        """Wait for the end, end what is left in its session, print the rest of its output."""
        await process.wait()
        kill_group(process.pid)
        if self._log is not None:
            await asyncio.wait({self._log}, timeout=1)
            self._log.cancel()
        self._process = None
