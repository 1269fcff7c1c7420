"""Passwords that are in everybody's hands: a file of hashes, as Have I Been Pwned offers it.

A line is the SHA-1 of a password in upper-case hexadecimal digits and how often it was seen,
`7C4A…:37359195`; the lines are sorted, so a search reads some thirty of them and holds none.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path
from typing import BinaryIO, Final

# Long enough for the rules, and among the first that anybody tries; refused without a file too.
_WELL_KNOWN: Final = frozenset(
    {
        "123456789012",
        "1234567890123",
        "1qaz2wsx3edc",
        "1q2w3e4r5t6y",
        "administrator",
        "iloveyou1234",
        "letmeinplease",
        "password1234",
        "password12345",
        "passwordpassword",
        "qwerty123456",
        "qwertyuiop123",
        "qwertyuiopasdf",
        "welcome12345",
    }
)
_DIGITS: Final = 40


class Breached:
    """The list of passwords that nobody may choose."""

    def __init__(self, file: Path | None) -> None:
        self._file = file

    async def holds(self, password: str) -> bool:
        """Whether this password is known to everybody."""
        if password.casefold() in _WELL_KNOWN:
            return True
        if self._file is None:
            return False
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
        return await asyncio.to_thread(_is_in, self._file, digest.encode())


def _is_in(path: Path, digest: bytes) -> bool:
    """Whether a line begins with this hash: a binary search over bytes, not lines."""
    with path.open("rb") as file:
        low, high = 0, file.seek(0, os.SEEK_END)
        while low < high:
            middle = (low + high) // 2
            if _line_after(file, middle) < digest:
                low = middle + 1
            else:
                high = middle
        return _line_after(file, low) == digest


def _line_after(file: BinaryIO, place: int) -> bytes:
    """The hash of the first line that begins at this place or after; above all where none does."""
    if place:
        file.seek(place - 1)
        file.readline()
    else:
        file.seek(0)
    return file.readline()[:_DIGITS] or b"~"
