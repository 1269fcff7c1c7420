"""Render every service of stack.yml again: `python -m tools.regenerate`, or `nox -s examples`."""

import argparse
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dev.console import wants_colour
from tools import ROOT, working_tree
from tools.drift import Comparison, compare
from tools.findings import findings, printed, summary
from tools.ownership import Ownership, OwnershipError
from tools.render import Refused, Source
from tools.stackfile import Entry, Stackfile, StackfileError, read_stackfile

_DRIFTED, _REFUSED = 1, 2


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    check: bool
    services: frozenset[str]


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Render, then write what differs, or with --check only tell; the answer is the exit code."""
    options = _options(arguments)
    try:
        stackfile = read_stackfile(root)
        entries = _chosen(stackfile, options.services)
        with tempfile.TemporaryDirectory() as folder:
            comparisons = _compare(root, entries, Source.copied(root, Path(folder)))
            if not options.check:
                _settle(comparisons)
    except (OwnershipError, Refused, StackfileError) as error:
        print(error, file=sys.stderr)
        return _REFUSED
    strays = [] if options.services else _strays(root, stackfile)
    found = _report(root, comparisons, strays, check=options.check)
    return _DRIFTED if options.check and found else 0


def _compare(root: Path, entries: Sequence[Entry], source: Source) -> list[Comparison]:
    """Render all of them before anything is written: one wrong answer stops everything."""
    ownership = Ownership(source.configuration["_skip_if_exists"])
    places = [PurePosixPath(entry.folder.relative_to(root)) for entry in entries]
    rendered = [
        source.render(place, entry.answers) for place, entry in zip(places, entries, strict=True)
    ]
    present = working_tree.files(root, *map(str, places))
    return [
        compare(entry.folder, render, _below(place, present), ownership)
        for entry, place, render in zip(entries, places, rendered, strict=True)
    ]


def _settle(comparisons: Iterable[Comparison]) -> None:
    for comparison in comparisons:
        for difference in comparison.differences:
            difference.settle()


def _report(
    root: Path, comparisons: Sequence[Comparison], strays: Sequence[Path], *, check: bool
) -> bool:
    coloured = wants_colour(sys.stdout)
    found = findings(root, comparisons, strays)
    for line in printed(found, with_lines=check, coloured=coloured):
        print(line)
    if check and found:
        print(
            "\nWrite the template's files with `nox -s examples`; what is yours goes beside them."
        )
    print(summary(comparisons, len(found), "drift" if check else "change", coloured=coloured))
    return bool(found)


def _strays(root: Path, stackfile: Stackfile) -> list[Path]:
    """Folders among the services that no entry tells of."""
    known = {entry.folder for entry in stackfile.services}
    parents = {folder.parent for folder in known}
    lying = [folder for parent in parents for folder in working_tree.folders(root, parent)]
    return [folder for folder in lying if folder not in known]


def _below(place: PurePosixPath, files: Iterable[PurePosixPath]) -> list[PurePosixPath]:
    return [file.relative_to(place) for file in files if file.is_relative_to(place)]


def _chosen(stackfile: Stackfile, names: frozenset[str]) -> list[Entry]:
    known = [entry.name for entry in stackfile.entries]
    if unknown := sorted(names.difference(known)):
        raise StackfileError(
            f"no service {unknown[0]!r} in stack.yml; there are {', '.join(known)}"
        )
    return [entry for entry in stackfile.entries if entry.name in names or not names]


def _options(arguments: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(
        prog="nox -s examples --", description="Render the services of stack.yml again."
    )
    parser.add_argument(
        "--check", action="store_true", help="change nothing; fail if something would change"
    )
    parser.add_argument("services", nargs="*", metavar="NAME", help="only these services")
    parsed = parser.parse_args(arguments)
    return Options(parsed.check, frozenset(parsed.services))


if __name__ == "__main__":
    sys.exit(main())
