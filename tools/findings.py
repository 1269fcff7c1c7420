"""What the person at the terminal reads about services and their renders."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.drift import Comparison, Difference, Kind

_STRAY = "stray"
_COLOURS = {
    Kind.NEW: "32",
    Kind.DRIFT: "33",
    Kind.MISSING: "33",
    Kind.ORPHAN: "31",
    _STRAY: "31",
    "-": "31",
    "+": "32",
}
_BOLD = "1"
_INDENT = " " * 9


@dataclass(frozen=True)
class Finding:
    """Something that is not as stack.yml and the template say."""

    label: str
    what: str
    lines: Sequence[str] = ()


def findings(
    root: Path, comparisons: Iterable[Comparison], strays: Iterable[Path]
) -> list[Finding]:
    """All that was found, in the order of stack.yml, with paths that can be opened from the root.

    A service that was never rendered is one finding, however many files it has.
    """
    return [
        *(one for comparison in comparisons for one in _of(root, comparison)),
        *(
            Finding(_STRAY, f"{stray.relative_to(root)}/ is not in stack.yml: add or remove it")
            for stray in strays
        ),
    ]


def printed(found: Iterable[Finding], *, with_lines: bool, coloured: bool) -> Iterator[str]:
    """The findings, one a line, each with the first lines that differ where they are wanted."""
    for finding in found:
        label = _paint(f"{finding.label:<{len(_INDENT)}}", _COLOURS[finding.label], coloured)
        yield f"{label}{finding.what}"
        if with_lines:
            for line in finding.lines:
                yield _INDENT + _paint(line, _COLOURS.get(line[0], ""), coloured)


def summary(comparisons: Sequence[Comparison], count: int, noun: str, *, coloured: bool) -> str:
    """One line with what was looked at and what came of it."""
    counts = [
        (len(comparisons), "service"),
        (sum(one.rendered for one in comparisons), "rendered file"),
        (count, noun),
    ]
    services, rendered, found = (f"{n} {word}{'' if n == 1 else 's'}" for n, word in counts)
    yours = sum(one.yours for one in comparisons)
    return _paint(f"{services}, {rendered}, {yours} yours, {found}", _BOLD, coloured)


def _of(root: Path, comparison: Comparison) -> Iterator[Finding]:
    new = sum(one.kind is Kind.NEW for one in comparison.differences)
    if new:
        yield Finding(Kind.NEW, f"{comparison.folder.relative_to(root)}/ with {new} files")
    for one in comparison.differences:
        if one.kind is not Kind.NEW:
            yield _finding(root, one)


def _finding(root: Path, difference: Difference) -> Finding:
    return Finding(difference.kind, str(difference.here.relative_to(root)), difference.lines)


def _paint(text: str, colour: str, coloured: bool) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m" if coloured and colour else text
