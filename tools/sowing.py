"""What a new stack is filled with: the module that stack.yml names as `seed` knows.

It has `sow`, which fills the stack and may be called again after it was broken off, and `sown`,
which tells what is there.
"""

import asyncio
import importlib
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, cast

from dev.errors import CannotStart
from tools.plan import GATEWAY, Plan


@dataclass(frozen=True)
class Sown:
    """Who can sign in, by role, each with an e-mail address and a password; what to try first.

    `fresh` if that was done just now: passwords are shown once.
    """

    users: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    walk: Sequence[str] = ()
    fresh: bool = False


@dataclass(frozen=True)
class Ground:
    """The running stack as a seed sees it."""

    plan: Plan
    data: Path
    say: Callable[[str], None]

    @property
    def gateway(self) -> str:
        return self.plan.url(GATEWAY)

    def url(self, name: str) -> str:
        """Where a service, or what stands outside, is reached."""
        return self.plan.url(name)

    def secret(self, name: str) -> str:
        """A password that is made at the first start, and kept with the others."""
        return self.plan.servers.secret_of(name)

    async def command(self, service: str, *arguments: str, told: str) -> str:
        """What a command of a service prints, which reads what it is told at its standard input.

        Raises CannotStart with its complaint.
        """
        entry = next(one for one in self.plan.stackfile.services if one.name == service)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", entry.package, *arguments),
            cwd=entry.folder,
            env=self.plan.environment_of(entry),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            printed, complaint = await process.communicate(f"{told}\n".encode())
        finally:
            if process.returncode is None:
                process.kill()
        if process.returncode:
            raise CannotStart(complaint.decode().strip())
        return printed.decode()


class _Seed(Protocol):
    def sow(self, ground: Ground) -> Awaitable[None]: ...
    def sown(self, ground: Ground, *, fresh: bool) -> Sown: ...


async def sow(ground: Ground) -> Sown:
    """Fill a stack whose data is new; one that was filled is left as it is.

    Raises CannotStart if that fails.
    """
    name = ground.plan.stackfile.seed
    if name is None:
        return Sown()
    seed = cast(_Seed, importlib.import_module(name))
    done = ground.data / "sown"
    fresh = not done.exists()
    if fresh:
        await seed.sow(ground)
        done.touch()
    return seed.sown(ground, fresh=fresh)
