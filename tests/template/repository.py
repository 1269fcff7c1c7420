"""A copy of the repository with a rendered service, and what can be done to it."""

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools import regenerate, working_tree
from tools.render import CONFIGURATION, TEMPLATE, Source

ORDERS = "generated-examples/order-service"
ERRORS = f"{ORDERS}/src/order_service/chassis/errors.py"
MODELS = f"{ORDERS}/src/order_service/order/models.py"
TEMPLATE_ERRORS = "template/src/{{ package }}/chassis/errors.py"
STACK = """
defaults: {licence: MIT, ci: none}
services:
  order-service: {description: Orders., port: 8103, features: [database, registry]}
"""
CART = "  cart-service: {port: 8104, features: [database]}\n"
REGISTRY = "shared:\n  registry: {port: 8001, features: []}\n"


@dataclass(frozen=True)
class Said:
    """What a run said, and how it ended."""

    code: int
    lines: list[str]
    error: str


@dataclass(frozen=True)
class Repository:
    """A copy of the repository in which a service has been rendered and committed."""

    root: Path
    capsys: pytest.CaptureFixture[str]

    def regenerate(self, *arguments: str) -> Said:
        self.capsys.readouterr()
        code = regenerate.main(arguments, self.root)
        output = self.capsys.readouterr()
        return Said(code, output.out.splitlines(), output.err)

    def check(self, *arguments: str) -> Said:
        return self.regenerate("--check", *arguments)

    def read(self, path: str) -> str:
        return (self.root / path).read_text()

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def replace(self, path: str, old: str, new: str) -> None:
        assert old in self.read(path)
        self.write(path, self.read(path).replace(old, new))

    def state(self) -> Mapping[Path, tuple[bytes, int, int]]:
        """All that a run could change."""
        files = (self.root / path for path in working_tree.files(self.root))
        return {
            file: (file.read_bytes(), file.stat().st_mtime_ns, file.stat().st_mode)
            for file in files
        }


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True)


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "next")


def template_alone(source: Source, root: Path) -> Path:
    """A repository of what copier reads, with nothing committed yet."""
    shutil.copy(source.folder / CONFIGURATION, root)
    shutil.copytree(source.folder / TEMPLATE, root / TEMPLATE)
    git(root, "init", "--quiet")
    return root


def release(root: Path, tag: str) -> None:
    commit(root)
    git(root, "tag", tag)
