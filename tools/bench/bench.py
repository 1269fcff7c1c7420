"""What every suite works with: a folder of its own, and the environment of the peers."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any, TypeVar

from tools import ROOT
from tools.render import Source

APPS = Path(__file__).parent / "apps"

Opened = TypeVar("Opened")


class CannotMeasure(Exception):
    """Something that measuring needs is missing; the message says how to get it."""


@dataclass(frozen=True)
class Bench:
    """`python` is that of the peers, which has everything that our services need as well."""

    python: str
    folder: Path

    @cached_property
    def source(self) -> Source:
        """The template as it lies in the working tree."""
        return Source.copied(ROOT, self.folder / "template")

    def service(self, name: str, **answers: Any) -> Path:  # Any: what copier's questions allow
        """Render a service with these answers and install it beside the peers."""
        folder = self.source.render(PurePath(name), {"service_name": name, **answers})
        installer = [tool("uv", "`python3 noxfile.py -s bench` brings it"), "pip", "install"]
        options = ["--quiet", "--python", self.python, "--editable", str(folder)]
        subprocess.run([*installer, *options], check=True)
        return folder


def tool(name: str, advice: str) -> str:
    """Where this program is; raises CannotMeasure with the advice if it is nowhere.

    Debian has servers where only the administrator looks for programs.
    """
    path = shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if path is None:
        raise CannotMeasure(f"{name} is missing: {advice}")
    return path


@contextmanager
def opened(resource: AbstractAsyncContextManager[Opened]) -> Iterator[Opened]:
    """What needs a loop to be opened and closed, for those who measure without one."""
    with asyncio.Runner() as runner:
        value = runner.run(resource.__aenter__())
        try:
            yield value
        finally:
            runner.run(resource.__aexit__(None, None, None))


def progress(what: str) -> None:
    """Tell who waits what is being measured."""
    print(f"  {what} ...", file=sys.stderr, flush=True)
