"""A service that is rendered for one run, with code of our own in it."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from dev.errors import CannotStart
from tools import ROOT
from tools.render import Source


@dataclass(frozen=True)
class Rendered:
    """Where it is, and how it is run."""

    folder: Path
    package: str
    installed: Path

    @property
    def argv(self) -> list[str]:
        return [sys.executable, "-m", self.package]

    @property
    def env(self) -> Mapping[str, str]:
        """Where Python finds it."""
        return {"PYTHONPATH": str(self.installed)}


def rendered(name: str, into: Path, *, overlay: Path, **answers: Any) -> Rendered:
    """Render a service with these answers, lay the overlay over it, and install it.

    Any: what copier's questions allow.
    """
    source = Source.copied(ROOT, into / "template")
    folder = source.render(PurePath(name), {"service_name": name, **answers})
    package = name.replace("-", "_")
    lay_over(folder, package, overlay)
    installed = into / "installed"
    options = ["--quiet", "--no-deps", "--python", sys.executable, "--target", str(installed)]
    subprocess.run([_uv(), "pip", "install", *options, str(folder)], check=True)
    return Rendered(folder, package, installed)


def lay_over(folder: Path, package: str, overlay: Path) -> None:
    """Put code of our own into a rendered service's package, and its migrations beside it."""
    code = shutil.ignore_patterns("migrations", "__pycache__")
    shutil.copytree(overlay, folder / "src" / package, ignore=code, dirs_exist_ok=True)
    shutil.copytree(overlay / "migrations", folder / "migrations", dirs_exist_ok=True)


def _uv() -> str:
    found = shutil.which("uv")
    if found is None:
        raise CannotStart("uv is missing: use nox, which brings it")
    return found
