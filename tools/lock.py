"""One lock for everything in the repository: `python -m tools.lock`, or rather `nox -s lock`.

Exact versions with hashes, and the services themselves, editable.  It names no index, so that it
serves behind a mirror too.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools import ROOT
from tools.stackfile import Entry, read_stackfile

LOCK = "requirements.lock"

_OPTIONS = (
    *("--quiet", "--universal", "--python-version", "3.11", "--group", "dev"),
    *("--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the lock, keeping the versions it has where they still fit; the exit code."""
    parser = argparse.ArgumentParser(prog="nox -s lock --", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if it is stale")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions allowed")
    options = parser.parse_args(arguments)
    lock = ROOT / LOCK
    before = lock.read_text() if lock.exists() else ""
    after = compiled(ROOT, "" if options.upgrade else before)
    if before == after:
        return 0
    if options.check:
        print(f"{LOCK} is stale; run `nox -s lock`", file=sys.stderr)
        return 1
    lock.write_text(after)
    return 0


def compiled(root: Path, preferred: str) -> str:
    """The lock of the repository at `root`; versions in `preferred` win where they are allowed."""
    entries = read_stackfile(root).entries
    with tempfile.TemporaryDirectory() as folder:
        services, output = Path(folder, "services.in"), Path(folder, LOCK)
        services.write_text("".join(f"-e {_path(root, entry)}\n" for entry in entries))
        output.write_text(preferred)
        command = [_uv(), "pip", "compile", *_OPTIONS, "--output-file", str(output)]
        subprocess.run([*command, "pyproject.toml", str(services)], cwd=root, check=True)
        return output.read_text()


def _uv() -> str:
    found = shutil.which("uv")
    if found is None:
        sys.exit("uv is missing: use `nox -s lock`, which brings it")
    return found


def _path(root: Path, entry: Entry) -> str:
    return f"./{entry.folder.relative_to(root).as_posix()}"


if __name__ == "__main__":
    sys.exit(main())
