"""A fresh service, with nothing edited, is in order by every tool that it brings along.

Every row is formatted, linted, typed, and keeps its import direction.  Of its own tests, the
service with no feature and the one with all run every one.  A service with one feature runs those
that no smaller service has, and those that show that its parts go together; with `--all-rows`,
as before a release, it runs them all.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
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

# One service without features, one with each (and what it needs), one with all.
BY_FEATURES: dict[str, dict[str, Any]] = {
    "none": {"service_name": "x", "features": []},
    **{
        name: {"service_name": f"only-{name}", "features": [*NEEDS.get(name, []), name]}
        for name in FEATURES
    },
    "all": {**LONGEST, "features": FEATURES},
}

# What shows, in the service as a whole, that its features start, answer and stop together.
TOGETHER = [
    "tests/chassis/test_contract.py",
    "tests/chassis/test_health.py",
    "tests/chassis/test_pipeline.py::test_importing_the_service_starts_no_thread",
    "tests/chassis/test_process.py::test_a_signal_stops_the_service_cleanly",
]

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

OWN_TESTS = "test_a_fresh_service_passes_its_own_tests"

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
    uv = shutil.which("uv")
    assert uv, "uv is not on the PATH; the sessions of nox put it there"
    into = ["--no-deps", "--python", sys.executable, "--target", str(rows.installed)]
    subprocess.run([uv, "pip", "install", "--quiet", *into, *rows.folders.values()], check=True)
    return rows


Tests = Mapping[str, Future[subprocess.CompletedProcess[str]]]


@pytest.fixture(scope="module", autouse=True)
def own_tests(rows: Rows, request: pytest.FixtureRequest) -> Iterator[Tests]:
    """The runs of the services' own tests, begun before all else and two at a time: they take the
    longest, and wait more than they compute."""
    wanted = {
        item.callspec.params["row"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.originalname == OWN_TESTS
    }
    parts = {row: part for row, part in own_parts(rows.folders).items() if row in wanted}
    if request.config.getoption("--all-rows"):
        parts = dict.fromkeys(parts, ())
    with ThreadPoolExecutor(2) as pool:
        longest_first = sorted(parts, key=lambda row: row != "all")
        yield {row: pool.submit(rows.run, row, "pytest", *parts[row]) for row in longest_first}
        pool.shutdown(cancel_futures=True)


def own_parts(folders: Mapping[str, Path]) -> Mapping[str, Sequence[str]]:
    """Which of its own tests each service runs, as pytest's arguments; none are all."""
    parts: dict[str, Sequence[str]] = {row: slices(folders[row]) for row in BY_NOUN}
    seen: set[str] = set()
    for row in BY_FEATURES:
        files = {f"tests/chassis/{file.name}" for file in folders[row].glob("tests/chassis/test_*")}
        parts[row] = [*TOGETHER, *sorted(files - seen), *slices(folders[row])]
        seen |= files
    return parts | {"none": (), "all": ()}


def slices(folder: Path) -> list[str]:
    """The packages of a service's tests that are its own."""
    packages = (file.parent.name for file in folder.glob("tests/*/__init__.py"))
    return [f"tests/{package}" for package in packages if package != "chassis"]


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
    # By full paths: in the one cache, files of two services may have one name, size and time.
    parts = [str(rows.folders[row] / part) for part in ("src", "tests", "dev")]

    mypy = rows.run(row, "mypy", "--cache-dir", str(rows.cache), *parts)

    assert mypy.returncode == 0, mypy.stdout


@every_row
def test_a_fresh_service_keeps_its_import_direction(rows: Rows, row: str) -> None:
    linter = rows.run(row, "lint-imports", "--no-cache")

    assert linter.returncode == 0, linter.stdout


@every_row
def test_a_fresh_service_has_the_contracts_of_its_events(rows: Rows, row: str) -> None:
    contracts = rows.run(row, "python", "-m", "dev.contracts", "--check")

    assert contracts.returncode == 0, contracts.stdout


@pytest.mark.parametrize("row", BY_FEATURES | BY_NOUN)
def test_a_fresh_service_passes_its_own_tests(own_tests: Tests, row: str) -> None:
    run = own_tests[row].result()

    assert run.returncode == 0, run.stdout
    assert " passed" in run.stdout
