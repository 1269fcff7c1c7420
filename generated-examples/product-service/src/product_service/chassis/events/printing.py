"""What a command says: aligned, coloured on a terminal, or JSON for programs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from pydantic_core import to_json

Row = Sequence[object]

_BOLD: Final = "1"
_RED: Final = "31"
_NUMBERS: Final = (int, float)


def print_json(value: object) -> None:
    """For programs: models and times as everywhere else."""
    print(to_json(value, indent=2).decode())


def print_table(
    titles: Sequence[str], rows: Sequence[Row], *, alarming: Sequence[Row] = ()
) -> None:
    """Columns as wide as their widest cell, numbers to the right; alarming rows are red."""
    texts = [titles, *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in texts) for column in range(len(titles))]
    right = [bool(rows) and isinstance(cell, _NUMBERS) for cell in (rows[0] if rows else titles)]
    for number, line in enumerate(texts):
        cells = [
            cell.rjust(width) if to_the_right else cell.ljust(width)
            for cell, width, to_the_right in zip(line, widths, right, strict=True)
        ]
        colour = _BOLD if number == 0 else _RED if rows[number - 1] in alarming else None
        print(_coloured("  ".join(cells).rstrip(), colour))


def age(since: datetime | None) -> str:
    """How long ago that was, for people."""
    if since is None:
        return "-"
    seconds = max(0, round((datetime.now(UTC) - since).total_seconds()))
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def _coloured(text: str, colour: str | None) -> str:
    plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb" or not sys.stdout.isatty()
    return text if plain or colour is None else f"\x1b[{colour}m{text}\x1b[0m"
