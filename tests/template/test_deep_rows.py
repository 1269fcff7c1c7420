"""A fresh service, with nothing edited, is in order by every tool that it brings along."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from renders import Renders

from tools import ROOT
from tools.render import Source

FEATURES = list(Source(ROOT).questions["features"]["choices"].values())
NEEDS = {"events": ["database"]}
LONGEST = {
    "service_name": "customer-relationship-management-service",
    "description": f"Müller's {'very ' * 37}long.",
    "resource": "characteristicalness",
    "licence": "Apache-2.0",
    "ci": "gitlab",
}

# One service without features, one with each (and what it needs), one with all: they run all
# of their tests.
BY_FEATURES: dict[str, dict[str, Any]] = {
    "none": {"service_name": "x", "features": []},
    **{
        name: {"service_name": f"only-{name}", "features": [*NEEDS.get(name, []), name]}
        for name in FEATURES
    },
    "all": {**LONGEST, "features": FEATURES},
}

# Services that differ in the name of their resource: they run the tests of the resource.
BY_NOUN: dict[str, dict[str, Any]] = {
    "one-letter": {"service_name": "letters", "resource": "y", "licence": "MIT"},
    "ies": {"service_name": "catalogue-2", "resource": "category"},
    "es": {"service_name": "addresses-service", "resource": "address", "ci": "none"},
    "dependencies": {
        "service_name": "user-service",
        "dependencies": ["argon2-cffi>=25", "pyjwt"],
        "test_dependencies": ["aiosmtpd>=1.4"],
    },
}
NO_NOUN = {"no-resource": {"service_name": "reports", "features": FEATURES, "resource": ""}}
ROWS = BY_FEATURES | BY_NOUN | NO_NOUN

every_row = pytest.mark.parametrize("row", ROWS)


@dataclass(frozen=True)
class Rows:
    """The rendered services, all installed into one folder that only they see."""

    folders: Mapping[str, Path]
    installed: Path
    cache: Path

    def run(self, row: str, tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a tool of this environment in a service; what it prints is of both streams."""
        return subprocess.run(
            [Path(sys.executable).with_name(tool), *arguments],
            cwd=self.folders[row],
            env={**os.environ, "PYTHONPATH": str(self.installed)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture(scope="module")
def rows(render: Renders, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    rows = Rows(
        {row: render(answers) for row, answers in ROWS.items()},
        installed=tmp_path_factory.mktemp("installed"),
        cache=tmp_path_factory.mktemp("cache"),
    )
    for second, folder in enumerate(rows.folders.values(), start=1_700_000_000):
        date(folder, second)
    uv = shutil.which("uv")
    assert uv, "uv is not on the PATH; the sessions of nox put it there"
    into = ["--no-deps", "--python", sys.executable, "--target", str(rows.installed)]
    subprocess.run([uv, "pip", "install", "--quiet", *into, *rows.folders.values()], check=True)
    return rows


def date(folder: Path, second: int) -> None:
    """Give all files one time: mypy, whose cache the services share, takes a file of the same
    name, size and second for the same file."""
    for file in folder.rglob("*.py"):
        os.utime(file, (second, second))


Tests = Mapping[str, Future[subprocess.CompletedProcess[str]]]


@pytest.fixture(scope="module")
def own_tests(rows: Rows) -> Iterator[Tests]:
    """The runs of the services' own tests, two at a time: they wait more than they compute."""
    with ThreadPoolExecutor(2) as pool:
        tested = BY_FEATURES | BY_NOUN
        yield {row: pool.submit(rows.run, row, "pytest", *own_part(row)) for row in tested}
        pool.shutdown(cancel_futures=True)


def own_part(row: str) -> list[str]:
    return [f"tests/{BY_NOUN[row].get('resource', 'user')}"] if row in BY_NOUN else []


@every_row
def test_a_fresh_service_is_formatted(rows: Rows, row: str) -> None:
    ruff = rows.run(row, "ruff", "format", "--no-cache", "--diff", ".")

    assert ruff.returncode == 0, ruff.stdout


@every_row
def test_a_fresh_service_is_linted(rows: Rows, row: str) -> None:
    ruff = rows.run(row, "ruff", "check", "--no-cache", ".")

    assert ruff.returncode == 0, ruff.stdout


@every_row
def test_a_fresh_service_is_typed(rows: Rows, row: str) -> None:
    mypy = rows.run(row, "mypy", "--cache-dir", str(rows.cache))

    assert mypy.returncode == 0, mypy.stdout


@every_row
def test_a_fresh_service_keeps_its_import_direction(rows: Rows, row: str) -> None:
    linter = rows.run(row, "lint-imports", "--no-cache")

    assert linter.returncode == 0, linter.stdout


@pytest.mark.parametrize("row", BY_FEATURES | BY_NOUN)
def test_a_fresh_service_passes_its_own_tests(own_tests: Tests, row: str) -> None:
    run = own_tests[row].result()

    assert run.returncode == 0, run.stdout
    assert " passed" in run.stdout
