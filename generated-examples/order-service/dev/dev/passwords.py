"""Passwords that are made when first asked for, and kept in a file that only its owner reads."""

import json
import secrets
from pathlib import Path
from typing import Self

from dev.private_files import write_private

PASSWORDS = "passwords.json"  # in the folder of the data that they open


class Passwords:
    """A password for each name, the same again as long as the file lasts."""

    def __init__(self, file: Path, known: dict[str, str]) -> None:
        self._file = file
        self._known = known

    @classmethod
    def kept_in(cls, folder: Path) -> Self:
        """The passwords of the servers whose data is in the folder."""
        file = folder / PASSWORDS
        return cls(file, json.loads(file.read_text()) if file.exists() else {})

    def of(self, name: str) -> str:
        """The password of that name; a new one is on disk before it is handed out."""
        if name not in self._known:
            self._known[name] = secrets.token_urlsafe(24)
            write_private(self._file, json.dumps(self._known, indent=2) + "\n")
        return self._known[name]
