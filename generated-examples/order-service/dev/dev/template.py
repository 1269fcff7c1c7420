"""`nox -s template`: which files of the template were changed here by hand.

The version of the template that `.copier-answers.yml` names is rendered again with its answers.
Whose a file is, copier itself says: rendered a second time over empty files, it fills those of the
template and leaves those of the user alone.
"""

from __future__ import annotations

import difflib
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

ANSWERS = ".copier-answers.yml"
_CHANGED, _REFUSED = 1, 2
_LINES_SHOWN = 4
_NOTED = re.compile(r"^(_\w+): *(.*)$", re.M)


class CannotCompare(Exception):
    """There is nothing to compare with; the message says why."""


def main(service: Path) -> int:
    """Name what differs; the answer is the exit code."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            differences = list(_differences(service, Path(folder)))
    except CannotCompare as error:
        print(error, file=sys.stderr)
        return _REFUSED
    for difference in differences:
        print(difference)
    if differences:
        print("\nPut them back, or take them along: what is yours stands beside the template's.")
        return _CHANGED
    print("Every file of the template is as it was rendered.")
    return 0


def _differences(service: Path, folder: Path) -> Iterator[str]:
    fresh, filled = folder / "fresh", folder / "filled"
    _render(service, fresh, folder / "answers.yml")
    paths = sorted(path.relative_to(fresh) for path in fresh.rglob("*") if path.is_file())
    paths.remove(Path(ANSWERS))
    for path in paths:
        (filled / path).parent.mkdir(parents=True, exist_ok=True)
        (filled / path).touch()
    _render(service, filled, folder / "answers.yml")
    for path in paths:
        wanted = (fresh / path).read_bytes()
        if wanted and wanted == (filled / path).read_bytes():
            yield from _difference(service / path, wanted, path)


def _render(service: Path, into: Path, answers: Path) -> None:
    noted = (service / ANSWERS).read_text(encoding="utf-8") if (service / ANSWERS).exists() else ""
    about = {name: value.strip("'\"") for name, value in _NOTED.findall(noted)}
    source, version = about.get("_src_path"), about.get("_commit")
    if source is None or version is None:
        raise CannotCompare(
            f"{ANSWERS} names no version of the template: services that stand in the template's own"
            " repository are compared there, by `nox -s examples -- --check`"
        )
    answers.write_text(_NOTED.sub("", noted), encoding="utf-8")
    options = ["--quiet", "--defaults", "--overwrite", "--data-file", str(answers)]
    copied = subprocess.run(
        [sys.executable, "-m", "copier", "copy", *options, "--vcs-ref", version, source, str(into)],
        cwd=service,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if copied.returncode:
        raise CannotCompare(f"version {version} of {source} cannot be rendered:\n{copied.stdout}")


def _difference(here: Path, wanted: bytes, path: Path) -> Iterator[str]:
    if not here.exists():
        yield f"missing  {path}"
    elif here.read_bytes() != wanted:
        yield f"changed  {path}"
        theirs = wanted.decode(errors="replace").splitlines()
        ours = here.read_text(encoding="utf-8", errors="replace").splitlines()
        diff = islice(difflib.unified_diff(theirs, ours, n=0, lineterm=""), 2, None)
        lines = (line for line in diff if not line.startswith("@@"))
        yield from (f"         {line}" for line in islice(lines, _LINES_SHOWN))


if __name__ == "__main__":
    sys.exit(main(Path.cwd()))
