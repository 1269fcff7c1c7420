"""How a service in the repository differs from its render, and how to make it the same."""

import difflib
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path, PurePosixPath

from tools.ownership import Ownership
from tools.render import ANSWERS

_LINES_SHOWN = 4
_EXECUTABLE = 0o111


class Kind(StrEnum):
    """What may be wrong with a file."""

    NEW = "new"  # the service has never been rendered
    DRIFT = "drift"  # the template says something else
    MISSING = "missing"
    ORPHAN = "orphan"  # the template owns the place and renders nothing there


@dataclass(frozen=True)
class Difference:
    """One file that is not what the template renders."""

    kind: Kind
    here: Path
    rendered: Path
    lines: tuple[str, ...] = ()

    def settle(self) -> None:
        """Make the file what the template renders."""
        if self.kind is Kind.ORPHAN:
            self.here.unlink()
            _prune(self.here.parent)
            return
        self.here.parent.mkdir(parents=True, exist_ok=True)
        if self.here.is_symlink():
            self.here.unlink()
        shutil.copy(self.rendered, self.here)


@dataclass(frozen=True)
class Comparison:
    """A service beside its render."""

    folder: Path
    differences: tuple[Difference, ...]
    rendered: int
    yours: int


def compare(
    folder: Path, rendered: Path, present: Iterable[PurePosixPath], ownership: Ownership
) -> Comparison:
    """Compare a service, of which these files are present, with what the template renders.

    Files of the user are seeds: they are wanted once, when the service has no answers file yet.
    """
    present = set(present)
    wanted = {
        PurePosixPath(path.relative_to(rendered)) for path in rendered.rglob("*") if path.is_file()
    }
    yours = {path for path in present | wanted if ownership.is_yours(path)}
    new = not (folder / ANSWERS).exists()
    seeds = wanted & yours if new else set()
    return Comparison(
        folder,
        tuple(
            difference
            for path in sorted((present | wanted) - yours | (seeds - present))
            if (difference := _difference(folder / path, rendered / path, new=new))
        ),
        rendered=len(wanted - yours),
        yours=len((present & yours) | seeds),
    )


def _difference(here: Path, rendered: Path, *, new: bool) -> Difference | None:
    if not rendered.exists():
        return Difference(Kind.ORPHAN, here, rendered)
    if not here.exists():
        return Difference(Kind.NEW if new else Kind.MISSING, here, rendered)
    lines = tuple(islice(_differing_lines(here, rendered), _LINES_SHOWN))
    return Difference(Kind.DRIFT, here, rendered, lines) if lines else None


def _differing_lines(here: Path, rendered: Path) -> Iterator[str]:
    """What differs, `-` for what is here and `+` for what the template says."""
    if here.is_symlink():
        yield "is a link; the template has a file"
    elif here.read_bytes() != rendered.read_bytes():
        diff = list(difflib.unified_diff(_lines(here), _lines(rendered), n=0, lineterm=""))
        changed = [line for line in diff[2:] if not line.startswith("@@")]
        yield from changed or ["differs in line ends only"]
    elif _is_executable(here) != _is_executable(rendered):
        yield f"is {'' if _is_executable(here) else 'not '}executable; the template says otherwise"


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8", errors="replace").splitlines()


def _is_executable(file: Path) -> bool:
    return bool(file.stat().st_mode & _EXECUTABLE)


def _prune(folder: Path) -> None:
    """Remove folders in which nothing but caches is left: Python would import them still."""
    while all(child.name == "__pycache__" for child in folder.iterdir()):
        shutil.rmtree(folder)
        folder = folder.parent
