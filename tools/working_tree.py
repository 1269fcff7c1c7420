"""The files of a working tree: what is committed or could be, never what git is told to ignore."""

import os
import subprocess
from pathlib import Path, PurePosixPath


def files(root: Path, *below: str) -> list[PurePosixPath]:
    """The files that lie below these paths now, relative to the root and sorted."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *below],  # noqa: S607 - the user's own git
        cwd=root,
        check=True,
        stdout=subprocess.PIPE,
    ).stdout
    names = {PurePosixPath(os.fsdecode(name)) for name in listed.split(b"\0") if name}
    return sorted(name for name in names if (root / name).is_file())


def folders(root: Path, parent: Path) -> list[Path]:
    """The folders right below the parent in which such files are."""
    inner = parent.relative_to(root)
    names = (file.relative_to(inner) for file in files(root, str(inner)))
    return sorted({parent / name.parts[0] for name in names if len(name.parts) > 1})
