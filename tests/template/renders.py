"""Rendered services for tests, each in a folder of its own."""

from collections.abc import Mapping
from itertools import count
from pathlib import Path, PurePath
from typing import Any

from tools.render import Source


class Renders:
    """Renders services below the source, one folder each time it is called."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._numbers = count()

    def __call__(self, answers: Mapping[str, Any]) -> Path:
        return self.source.render(PurePath("renders", str(next(self._numbers))), answers)


def content(folder: Path) -> dict[str, bytes]:
    """The files of a folder, by their paths in it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def texts(folder: Path) -> dict[str, str]:
    """The files of a folder, as text whose line ends are as they are in the file."""
    return {path: data.decode() for path, data in content(folder).items()}
