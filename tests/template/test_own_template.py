"""`nox -s template` in a service of a user: what of the template's was changed there by hand."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import copier
import pytest
from repository import commit, release, template_alone

from tools.render import ANSWERS, Source

CHASSIS = "src/order_service/chassis"


@pytest.fixture(scope="module")
def released(source: Source, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template with a release, and work that came after it."""
    root = template_alone(source, tmp_path_factory.mktemp("template"))
    release(root, "v0.1.0")
    (root / "template/src/{{ package }}/chassis/errors.py").write_text("later = True\n")
    commit(root)
    return root


@pytest.fixture(scope="module")
def rendered_once(released: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("projects") / "order-service"
    answers = {"service_name": "order-service", "port": 8103, "features": ["database", "events"]}
    copier.run_copy(
        str(released), folder, data=answers, vcs_ref="v0.1.0", defaults=True, quiet=True
    )
    return folder


@pytest.fixture
def service(rendered_once: Path, tmp_path: Path) -> Path:
    return shutil.copytree(rendered_once, tmp_path / "order-service")


def compare(service: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dev.template"]
    environment = {**os.environ, "PYTHONPATH": str(service)}
    return subprocess.run(command, cwd=service, env=environment, capture_output=True, text=True)


def test_a_service_whose_own_files_changed_is_as_it_was_rendered(service: Path) -> None:
    (service / "src/order_service/settings.py").write_text("mine = True\n")
    (service / "src/order_service/order/service.py").unlink()
    (service / "tests/test_mine.py").write_text("mine = True\n")

    run = compare(service)

    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == "Every file of the template is as it was rendered.\n"


def test_a_file_of_the_template_that_was_changed_is_named_with_its_lines(service: Path) -> None:
    with (service / CHASSIS / "errors.py").open("a") as file:
        file.write("mine = True\n")
    (service / CHASSIS / "money.py").unlink()

    run = compare(service)

    assert run.returncode == 1
    assert run.stdout.splitlines()[:3] == [
        f"changed  {CHASSIS}/errors.py",
        "         +mine = True",
        f"missing  {CHASSIS}/money.py",
    ]


def test_a_version_that_is_gone_is_named(service: Path) -> None:
    answers = (service / ANSWERS).read_text()
    (service / ANSWERS).write_text(answers.replace("v0.1.0", "v9.9.9"))

    run = compare(service)

    assert run.returncode == 2
    assert "version v9.9.9 of" in run.stderr
    assert "Traceback" not in run.stderr.splitlines()[0]


def test_a_service_without_a_version_is_told_where_it_is_compared(service: Path) -> None:
    (service / ANSWERS).unlink()

    run = compare(service)

    assert run.returncode == 2
    assert "nox -s examples -- --check" in run.stderr
