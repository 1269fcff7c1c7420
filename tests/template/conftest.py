"""What the tests of the template share: its source as it lies in the working tree, and renders."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from renders import Renders
from repository import STACK, Repository, commit, git

from tools import ROOT, regenerate
from tools.render import Source


@pytest.fixture(scope="session", autouse=True)
def own_git(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Git and copier as a stranger has them: no settings, and a name to commit under."""
    empty = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("GIT_")]:
            patch.delenv(name)  # set while git runs a hook
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        patch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
        patch.setenv("XDG_CONFIG_HOME", str(empty))
        for role in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{role}_NAME", "Ada")
            patch.setenv(f"GIT_{role}_EMAIL", "ada@example.org")
        yield


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    """The template as it lies in the working tree, without git."""
    return Source.copied(ROOT, tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="session")
def render(source: Source) -> Renders:
    return Renders(source)


@pytest.fixture(scope="session")
def whole(render: Renders) -> Path:
    """A service with every feature."""
    features = list(render.source.questions["features"]["choices"].values())
    return render({"service_name": "order-service", "features": features, "licence": "MIT"})


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository that every test of regeneration starts from."""
    root = Source.copied(ROOT, tmp_path_factory.mktemp("repository")).folder
    shutil.copy(ROOT / ".gitignore", root)
    (root / "stack.yml").write_text(STACK)
    git(root, "init", "--quiet")
    assert regenerate.main([], root) == 0
    commit(root)
    return root


@pytest.fixture
def repository(rendered: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Repository:
    return Repository(shutil.copytree(rendered, tmp_path / "repository"), capsys)
