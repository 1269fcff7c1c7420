"""One terminal for many units: every line says whose it is."""

import os
import sys
from collections.abc import Sequence
from typing import TextIO

_COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
_BOLD = "1"
_FAILURE = "1;31"


class Console:
    """Prints lines with the name of their unit before them, in colour where that is welcome."""

    def __init__(self, names: Sequence[str], stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._coloured = wants_colour(self._stream)
        self._width = max(map(len, names))
        self._colours = {
            name: str(_COLOURS[index % len(_COLOURS)]) for index, name in enumerate(names)
        }

    def log(self, name: str, line: str) -> None:
        """A line that the unit itself has written."""
        self._print(f"{self._label(name)} | {line}")

    def say(self, name: str, line: str) -> None:
        """A line about the unit."""
        self._print(f"{self._label(name)} > {self._paint(line, _BOLD)}")

    def complain(self, name: str, line: str) -> None:
        """A line about what went wrong with the unit."""
        self._print(f"{self._label(name)} > {self._paint(line, _FAILURE)}")

    def show(self, text: str) -> None:
        """Text as it is."""
        self._print(text)

    def _label(self, name: str) -> str:
        return self._paint(f"{name:<{self._width}}", self._colours.get(name, _BOLD))

    def _paint(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._coloured else text

    def _print(self, text: str) -> None:
        try:
            print(text, file=self._stream, flush=True)
        except BrokenPipeError:  # nobody reads any more: the units must not stop for that
            self._stream = open(os.devnull, "w")  # noqa: SIM115 - it stays open to the end


def wants_colour(stream: TextIO) -> bool:
    """Colour is for a terminal, unless its owner has said no (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def colour_hint(stream: TextIO) -> dict[str, str]:
    """What tells a child, whose output is a pipe, that it ends on a terminal after all."""
    return {"FORCE_COLOR": "1"} if wants_colour(stream) else {}
