"""What the tour shows: a line for each thing, as it happens."""

from __future__ import annotations

import sys
import time
from typing import Final, TextIO

from dev.console import wants_colour

_COLOURS: Final = {
    "stack": "90",
    "request": "36",
    "state": "1;33",
    "event": "35",
    "live": "34",
    "mail": "32",
    "amiss": "1;31",
    "done": "1;32",
}
_KIND_WIDTH: Final = max(map(len, _COLOURS))
_WHAT_WIDTH: Final = 38


class Screen:
    """Lines in columns, with the seconds since it was made; coloured on a terminal."""

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        self._stream = stream
        self._coloured = wants_colour(stream)
        self._begun = time.monotonic()

    def show(self, kind: str, what: str, more: str = "") -> None:
        """One line, on the screen at once."""
        seconds = time.monotonic() - self._begun
        label = f"{kind:<{_KIND_WIDTH}}"
        if self._coloured:
            label = f"\x1b[{_COLOURS[kind]}m{label}\x1b[0m"
        line = f"{seconds:6.2f}  {label}  {what:<{_WHAT_WIDTH}}  {more}"
        print(line.rstrip(), file=self._stream, flush=True)
