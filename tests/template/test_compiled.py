"""The modules that the answer `compiled` names run as C where a wheel is built for that."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from renders import Renders

from tools.compiled import lacking

BUILD = {"HATCH_BUILD_HOOKS_ENABLE": "true"}
PRICING = """
class Price:
    def __init__(self, cents: int) -> None:
        self.cents = cents

    def of(self, count: int) -> int:
        return self.cents * count
"""


@pytest.fixture(scope="module")
def service(render: Renders) -> Iterator[Path]:
    """A service with one module to compile, and one that stays Python."""
    paths = ["pricing/*.py", "!pricing/rules.py"]
    folder = render({"service_name": "shop", "features": [], "compiled": paths})
    package = folder / "src" / "shop" / "pricing"
    package.mkdir()
    (package / "__init__.py").write_text('"""What things cost."""\n')
    (package / "price.py").write_text(PRICING)
    (package / "rules.py").write_text("HIGHEST = 100\n")
    yield folder
    shutil.rmtree(folder)


def build(service: Path, into: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    uv = shutil.which("uv")
    assert uv, "uv is not on the PATH; the sessions of nox put it there"
    command = [uv, "build", "--wheel", "--no-build-isolation", "--python", sys.executable]
    return subprocess.run(
        [*command, "--out-dir", str(into), str(service)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


def imported(wheel: Path, names: list[str]) -> list[str]:
    """The ending of the file that Python imports from this wheel for each of the modules."""
    folder = wheel.parent / "unpacked"
    shutil.unpack_archive(wheel, folder, "zip")
    code = "import sys, importlib as i; print(*(i.import_module(n).__file__ for n in sys.argv[1:]))"
    said = subprocess.run(
        [sys.executable, "-c", code, *names],
        env={**os.environ, "PYTHONPATH": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [Path(file).suffix for file in said.stdout.split()]


@pytest.mark.skipif(bool(lacking()), reason=lacking())
def test_what_is_named_is_compiled_and_the_rest_is_python(service: Path, tmp_path: Path) -> None:
    built = build(service, tmp_path, **BUILD)

    assert built.returncode == 0, built.stderr
    [wheel] = tmp_path.glob("*.whl")
    assert imported(wheel, ["shop.pricing.price", "shop.pricing.rules"]) == [".so", ".py"]


def test_nothing_is_compiled_where_nobody_asks_for_it(service: Path, tmp_path: Path) -> None:
    built = build(service, tmp_path)

    assert built.returncode == 0, built.stderr
    assert [wheel.name for wheel in tmp_path.glob("*.whl")] == ["shop-0.1.0-py3-none-any.whl"]


def test_who_has_no_compiler_reads_what_to_do(service: Path, tmp_path: Path) -> None:
    built = build(service, tmp_path, **BUILD, CC="/nowhere/cc -pthread")

    assert built.returncode != 0
    assert "there is no /nowhere/cc: install gcc" in built.stderr


def test_a_path_that_leads_nowhere_is_named(render: Renders, tmp_path: Path) -> None:
    service = render({"service_name": "shop", "features": [], "compiled": ["prices/*.py"]})

    built = build(service, tmp_path, **BUILD, CC=sys.executable)

    shutil.rmtree(service)
    assert built.returncode != 0
    assert "prices/*.py is to be compiled, and in src/shop is none" in built.stderr
