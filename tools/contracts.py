"""The events of the whole system: `python -m tools.contracts`, or `nox -s contracts`.

What a service says of the events that it reads is held against the contract of who publishes them.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from dev.contracts import FOLDER, Declared, declared, settled
from dev.project import read_project
from dev.promises import unmet
from tools import ROOT
from tools.stackfile import Entry, StackfileError, read_stackfile

_FEATURE = "events"


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Write the contracts that changed, or with --check only tell; the answer is the exit code."""
    parser = argparse.ArgumentParser(prog="nox -s contracts --", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args(arguments).check
    try:
        entries = [one for one in read_stackfile(root).entries if _FEATURE in one.features]
    except StackfileError as error:
        print(error, file=sys.stderr)
        return 2
    problems = [
        f"{entry.name}: {problem}"
        for entry in entries
        for problem in settled(read_project(entry.folder), check=check)
    ]
    problems += list(unmet_promises({one.name: one for one in entries}))
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def unmet_promises(entries: dict[str, Entry]) -> Iterator[str]:
    """What readers want and the publishers' contracts do not promise, in words."""
    for entry in entries.values():
        yield from _unmet_of(entry.name, declared(entry.package), entries)


def _unmet_of(name: str, found: Declared, entries: dict[str, Entry]) -> Iterator[str]:
    for kind, publisher in found.publishers.items():
        if publisher not in entries:
            yield f"{name} reads {kind} of {publisher}, which is no service with events"
            continue
        contract = entries[publisher].folder / FOLDER / f"{kind}.json"
        if not contract.exists():
            yield f"{name} reads {kind}, and {publisher} has no contract for it"
            continue
        promised = json.loads(contract.read_text(encoding="utf-8"))
        for problem in unmet(promised, found.consumed[kind]):
            yield f"{name} and the {kind} of {publisher}: it {problem}"


if __name__ == "__main__":
    sys.exit(main())
