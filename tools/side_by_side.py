"""`python -m tools.side_by_side FOLDER… -- COMMAND…`: a command in several folders at once.

One more at a time than there are cores, for tests of services wait for their servers; what each
said is shown in one piece when it has ended.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

_AT_ONCE = 1 + (os.cpu_count() or 1)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code is 0 if every run's is."""
    said = list(sys.argv[1:] if arguments is None else arguments)
    if "--" not in said[1:-1]:
        print((__doc__ or "").splitlines()[0], file=sys.stderr)
        return 2
    folders, command = said[: said.index("--")], said[said.index("--") + 1 :]
    failed = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        runs = {pool.submit(_run, command, folder): folder for folder in folders}
        for run in as_completed(runs):
            ended = run.result()
            print(f"--- {runs[run]}", ended.stdout.rstrip(), sep="\n", flush=True)
            if ended.returncode:
                failed.append(runs[run])
    for folder in failed:
        print(f"failed in {folder}", file=sys.stderr)
    return 1 if failed else 0


def _run(command: Sequence[str], folder: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )


if __name__ == "__main__":
    sys.exit(main())
