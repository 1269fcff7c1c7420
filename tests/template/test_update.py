"""A project made from a release follows the template, and what is the user's stays the user's."""

import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest
import yaml
from renders import Renders, content, texts
from repository import commit, git, release, template_alone

from tools import ROOT
from tools.ownership import Ownership
from tools.render import ANSWERS, Source

ANSWERED = {
    "service_name": "order-service",
    "resource": "order_line",
    "dependencies": ["argon2-cffi>=25"],
    "port": 8103,
}
CHASSIS = "src/order_service/chassis"
MODELS = "src/order_service/order_line/models.py"
FEATURES = list(Source(ROOT).questions["features"]["choices"].values())
LEFT_OUT = "tests/order_line/test_routes.py"
COMES_BACK = "src/order_service/order_line/routes.py"
OWNERSHIP = Ownership(Source(ROOT).configuration["_skip_if_exists"])


@pytest.fixture(scope="module")
def releases(source: Source, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template with two releases: in the second one file is new, one gone, three changed."""
    root = template_alone(source, tmp_path_factory.mktemp("template"))
    release(root, "v0.1.0")
    package = root / "template/src/{{ package }}"
    append(package / "chassis/errors.py", "# second release\n")
    append(package / "settings.py", "# second release\n")
    append(root / "template/README.md.jinja", "second release\n")
    (package / "chassis/paging.py").rename(package / "chassis/pages.py")
    release(root, "v0.2.0")
    return root


@pytest.fixture(scope="module")
def first(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of the first release, as copier wrote it, committed."""
    return made(releases, tmp_path_factory.mktemp("projects") / "order-service", FEATURES)


@pytest.fixture
def project(first: Path, tmp_path: Path) -> Path:
    return shutil.copytree(first, tmp_path / "order-service")


@pytest.fixture
def bare(releases: Path, tmp_path: Path) -> Path:
    """The same project, made without features."""
    return made(releases, tmp_path / "bare", [])


@pytest.fixture(scope="module")
def updated(first: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project after its user has worked on it, and then taken the second release."""
    project = shutil.copytree(first, tmp_path_factory.mktemp("updated") / "order-service")
    (project / MODELS).write_text("mine = True\n")
    (project / LEFT_OUT).unlink()
    (project / COMES_BACK).unlink()
    append(project / "README.md", "mine\n")
    append(project / "src/order_service/settings.py", "mine = True\n")
    (project / "tests/test_mine.py").write_text("mine = True\n")
    (project / "Dockerfile").unlink()
    commit(project)
    copier("update", "--exclude", LEFT_OUT, cwd=project)
    return project


def test_an_update_brings_what_is_new_in_the_chassis(updated: Path) -> None:
    assert (updated / CHASSIS / "errors.py").read_text().endswith("# second release\n")
    assert (updated / CHASSIS / "pages.py").exists()


def test_an_update_removes_what_the_template_has_given_up(updated: Path) -> None:
    assert not (updated / CHASSIS / "paging.py").exists()


def test_an_update_keeps_what_the_user_has_written(updated: Path) -> None:
    assert (updated / MODELS).read_text() == "mine = True\n"
    assert (updated / "tests/test_mine.py").read_text() == "mine = True\n"
    assert (updated / "README.md").read_text().endswith("\nmine\n")
    assert (updated / "src/order_service/settings.py").read_text().endswith("\nmine = True\n")


def test_an_update_writes_no_news_into_the_files_of_the_user(updated: Path) -> None:
    assert "second release" not in (updated / "README.md").read_text()
    assert "second release" not in (updated / "src/order_service/settings.py").read_text()


def test_an_update_leaves_no_conflicts(updated: Path) -> None:
    files = texts_of_project(updated)

    assert not [path for path in files if path.endswith((".rej", ".orig"))]
    assert not [path for path, text in files.items() if "<<<<<<<" in text or ">>>>>>>" in text]


def test_a_file_of_the_template_that_the_user_deleted_stays_deleted(updated: Path) -> None:
    assert not (updated / "Dockerfile").exists()


def test_a_seed_that_the_user_deleted_comes_back_unless_it_is_excluded(updated: Path) -> None:
    assert (updated / COMES_BACK).exists()  # copier's own rule for `_skip_if_exists`
    assert not (updated / LEFT_OUT).exists()


def test_an_update_remembers_the_answers_and_the_release(updated: Path) -> None:
    answers = yaml.safe_load((updated / ANSWERS).read_text())

    assert answers["_commit"] == "v0.2.0"
    assert answers.items() >= ANSWERED.items()


@pytest.mark.parametrize("features", [["database"], ["database", "events"], ["registry"]], ids=str)
def test_a_project_that_loses_a_feature_has_the_files_of_one_that_never_had_it(
    project: Path, render: Renders, features: list[str]
) -> None:
    fresh = texts(render({**ANSWERED, "features": features}))

    change_features(project, features)

    changed = texts_of_project(project)
    assert sorted(changed) == sorted(fresh)
    assert owned(changed) == owned(fresh)


def test_a_project_that_gets_all_features_later_has_the_files_of_one_that_always_had_them(
    bare: Path, render: Renders
) -> None:
    fresh = texts(render({**ANSWERED, "features": FEATURES}))

    change_features(bare, FEATURES)

    changed = texts_of_project(bare)
    assert sorted(changed) == sorted(fresh)
    assert owned(changed) == owned(fresh)


def test_features_that_are_taken_off_and_on_again_leave_no_trace(project: Path) -> None:
    before = texts_of_project(project)

    change_features(project, [])
    between = texts_of_project(project)
    change_features(project, FEATURES)

    assert between != before
    assert texts_of_project(project) == before


def made(releases: Path, project: Path, features: list[str]) -> Path:
    """A project as copier writes it, committed."""
    said = data({**ANSWERED, "features": features})
    copier("copy", "--vcs-ref=v0.1.0", *said, str(releases), str(project))
    git(project, "init", "--quiet")
    commit(project)
    return project


def change_features(project: Path, features: list[str]) -> None:
    copier("update", "--vcs-ref=:current:", *data({"features": features}), cwd=project)
    commit(project)


def owned(files: dict[str, str]) -> dict[str, str]:
    """The files of the template alone, without what copier remembers of its way there."""
    yours = {path for path in files if OWNERSHIP.is_yours(PurePosixPath(path))}
    return {path: text for path, text in files.items() if path not in yours | {ANSWERS}}


def texts_of_project(project: Path) -> dict[str, str]:
    return {path: text.decode() for path, text in content(project).items() if path[:5] != ".git/"}


def append(file: Path, text: str) -> None:
    file.write_text(file.read_text() + text)


def data(answers: dict[str, object]) -> list[str]:
    return [word for name, answer in answers.items() for word in ("-d", f"{name}={answer}")]


def copier(command: str, *arguments: str, cwd: Path | None = None) -> None:
    """Run copier as a person does who answers nothing by hand and trusts nobody."""
    run = [sys.executable, "-m", "copier", command, "--quiet", "--defaults", *arguments]
    subprocess.run(run, cwd=cwd, check=True)
