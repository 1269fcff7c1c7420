"""Folders for data: one that lasts for a run, and one that a single run may hold at a time."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from dev.errors import CannotStart

_MEMORY = Path("/dev/shm")  # noqa: S108 - only a folder of our own is made in it
_ROOM = 500 * 2**20
# Reads until we are gone, even by kill -9; then lets dying servers finish, and deletes.
_SWEEP = """
read -r _
n=0
while ls "$0"/*/*.pid && [ $((n += 1)) -le 50 ]; do sleep 0.1; done
until rm -rf "$0" || [ $((n += 1)) -gt 100 ]; do sleep 0.1; done
"""


def data_folder(kept: Path | None, *, prefix: str) -> AbstractContextManager[Path]:
    """The folder that is to be kept, held for this run; without one, a temporary folder."""
    return temporary_folder(prefix) if kept is None else held_folder(kept.resolve())


@contextmanager
def temporary_folder(prefix: str) -> Iterator[Path]:
    """A folder, in memory when there is room, that is gone afterwards whatever happens to us."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=_MEMORY if _has_room(_MEMORY) else None))
    sweeper = subprocess.Popen(
        ["/bin/sh", "-c", _SWEEP, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
    )
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        sweeper.communicate()


@contextmanager
def held_folder(folder: Path) -> Iterator[Path]:
    """The folder, made if missing, readable only by us; refused while another run holds it."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise CannotStart(f"{folder} cannot hold data: {error.strerror}") from error
    try:
        _take(lock, folder)
        yield folder
    finally:
        os.close(lock)


def _take(lock: int, folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CannotStart(f"{folder} is in use by another run: stop that one first") from None


def _has_room(folder: Path) -> bool:
    try:
        return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free >= _ROOM
    except OSError:
        return False
