"""Files with passwords in them."""

import os
from pathlib import Path


def write_private(file: Path, text: str) -> None:
    """Replace the file at once, readable by its owner alone; nobody ever sees half of it."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    draft.replace(file)
