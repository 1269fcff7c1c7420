"""Whose a rendered file is: `_skip_if_exists` in copier.yml says it, to copier and to us."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from pathspec import PathSpec


class OwnershipError(ValueError):
    """The message says which glob cannot be the border between the template and its users."""


class Ownership:
    """The border between what belongs to the template and what belongs to its users."""

    def __init__(self, globs: Iterable[str]) -> None:
        """Take the globs of `_skip_if_exists`; raise OwnershipError if they are not static."""
        globs = list(globs)
        for glob in globs:
            if "{" in glob:
                raise OwnershipError(
                    f"_skip_if_exists: {glob!r} must be a plain glob; with Jinja in it,"
                    " `copier update` writes conflict markers into the files of the user"
                )
        self._yours = PathSpec.from_lines("gitignore", globs)

    def is_yours(self, path: PurePosixPath) -> bool:
        """Whether the user owns this path of a service: written once, as a seed, never again."""
        return self._yours.match_file(path)
