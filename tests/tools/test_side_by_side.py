"""A command in several folders at once."""

import sys
from pathlib import Path

import pytest

from tools import side_by_side

MEET = """
import pathlib, sys, time
here = pathlib.Path.cwd()
(here / "here").touch()
end = time.monotonic() + 20
while len(list(here.parent.glob("*/here"))) < 2 and time.monotonic() < end:
    time.sleep(0.01)
print("both were in", here.name)
sys.exit(len(list(here.parent.glob("*/here"))) != 2)
"""


@pytest.fixture
def folders(tmp_path: Path) -> list[str]:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    return [str(tmp_path / name) for name in ("one", "other")]


def test_runs_go_on_at_the_same_time_and_each_is_shown_in_one_piece(
    folders: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    code = side_by_side.main([*folders, "--", sys.executable, "-c", MEET])

    said = capfd.readouterr().out
    assert code == 0, said
    assert all(f"--- {one}\nboth were in {Path(one).name}\n" in said for one in folders)


def test_one_failure_fails_all_and_is_named(
    folders: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    ends = "import os, sys; sys.exit(os.getcwd().endswith('other'))"

    code = side_by_side.main([*folders, "--", sys.executable, "-c", ends])

    assert code == 1
    assert capfd.readouterr().err == f"failed in {folders[1]}\n"


def test_without_a_command_it_says_what_it_wants(capfd: pytest.CaptureFixture[str]) -> None:
    assert side_by_side.main(["registry", "gateway"]) == 2
    assert "FOLDER… -- COMMAND…" in capfd.readouterr().err
