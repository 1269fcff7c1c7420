"""Render services from the template as it lies in the working tree."""

import contextlib
import functools
import os
import shutil
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any, Self

import copier
import yaml
from copier.errors import CopierError
from jinja2 import Environment
from plumbum import local

from tools import working_tree

ANSWERS = ".copier-answers.yml"
CONFIGURATION = "copier.yml"
TEMPLATE = "template"

Answers = Mapping[str, Any]  # Any: what copier's questions allow


class Refused(ValueError):
    """The message names the service and says what is wrong with its answers."""


class Source:
    """A folder with all that copier reads of the repository, and nothing of its history.

    From a git repository copier would take the latest tag, not what lies in the working tree.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def copied(cls, root: Path, to: Path) -> Self:
        """Copy what lies in the working tree now, committed or not."""
        for name in working_tree.files(root, CONFIGURATION, TEMPLATE):
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, to / name)
        return cls(to)

    @cached_property
    def configuration(self) -> Mapping[str, Any]:  # Any: copier's own format
        """The content of copier.yml."""
        content: dict[str, Any] = yaml.safe_load(
            (self.folder / CONFIGURATION).read_text(encoding="utf-8")
        )
        return content

    @cached_property
    def questions(self) -> Mapping[str, Any]:  # Any: copier's own format
        """What a person may answer; the rest of copier.yml is settings and derived answers."""
        return {
            name: question
            for name, question in self.configuration.items()
            if not name.startswith("_") and question.get("when") is not False
        }

    def render(self, place: PurePath, answers: Answers) -> Path:
        """Render a service into its place below this folder, and return where it is.

        Its answers file leads back to this folder by a relative path: the service is, byte for
        byte, the one that belongs into the same place of the repository.
        Raises Refused when an answer is wrong or answers nothing that is asked.
        """
        name = str(answers.get("service_name", place.name))
        self._require_questions(name, answers)
        folder = self.folder / place
        folder.mkdir(parents=True)
        try:
            with contextlib.chdir(folder), _hidden_git(), _compiled_once():
                _copy(os.path.relpath(self.folder, folder), answers)
        except (CopierError, TypeError, ValueError) as error:
            raise Refused(f"{name}: {error}") from error
        return folder

    def _require_questions(self, name: str, answers: Answers) -> None:
        for key in answers:
            if key not in self.questions:
                asked = ", ".join(self.questions)
                raise Refused(f"{name}: nothing asks for {key!r}; the questions are {asked}")


def _copy(source: str, answers: Answers) -> None:
    copier.run_copy(
        source,
        ".",
        data=dict(answers),
        defaults=True,
        quiet=True,
        unsafe=False,
        settings=copier.Settings(),  # not those in the home of whoever renders
    )


def _hidden_git() -> contextlib.AbstractContextManager[Any]:  # Any: plumbum's own environment
    """Let copier, which starts its processes through plumbum, find no git.

    It would start one for each file it writes, which nearly doubles the time of a render; and it
    would take the folder for a repository while GIT_DIR is set, as it is in git's own hooks.
    """
    return local.env(PATH=os.devnull)


@contextlib.contextmanager
def _compiled_once() -> Iterator[None]:
    """Let jinja compile each text once in a render.

    Copier has it compile every part of every path, and most of them are `src` or `tests`: half of
    the time of a render.
    """
    stock = Environment.from_string
    Environment.from_string = functools.cache(stock)  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        Environment.from_string = stock  # type: ignore[method-assign]
