"""Whom PostgreSQL runs as: it refuses root, and users without a name."""

import ctypes
import os
import pwd
import subprocess
import sys
from collections.abc import Callable
from enum import Enum
from functools import cache, partial

from dev.processes import nothing

_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_CLONE_NEWUSER = 0x10000000
_PR_SET_SECUREBITS, _NO_SETUID_FIXUP = 28, 4
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 47, 2
_CAPABILITY_VERSION = 0x20080522
_CAP_DAC_OVERRIDE = 1
_NOBODY = 65534
_FORBIDDEN = 126


class Identity(Enum):
    """Whom the server takes itself for."""

    OURSELVES = "an ordinary user stays what it is"
    NAMESPACE = "in a user namespace we are somebody else; outside of it, all files stay ours"
    NOBODY = "where namespaces are forbidden, as in most containers, root becomes nobody"

    @property
    def become(self) -> Callable[[], None]:
        """The change, to be made in the child before it is what it shall be."""
        if self is Identity.NAMESPACE:
            return partial(_enter_namespace, _known_user(), os.geteuid(), os.getegid())
        return partial(_become, _known_user()) if self is Identity.NOBODY else nothing

    @property
    def owner(self) -> int | None:
        """The user that the server's files must belong to, when that is not us."""
        return _known_user() if self is Identity.NOBODY else None


@cache
def server_identity() -> Identity:
    """The identity under which PostgreSQL runs here: not root, and known to the system."""
    if os.geteuid() in _user_ids() - {0}:
        return Identity.OURSELVES
    try:
        subprocess.run(["/bin/sh", "-c", ":"], preexec_fn=Identity.NAMESPACE.become, check=True)
    except (OSError, subprocess.SubprocessError):
        return Identity.OURSELVES if os.geteuid() else Identity.NOBODY
    return Identity.NAMESPACE


@cache
def _user_ids() -> frozenset[int]:
    return frozenset(entry.pw_uid for entry in pwd.getpwall())


def _known_user() -> int:
    """Nobody, or whoever comes next: initdb refuses a user without a name."""
    return _NOBODY if _NOBODY in _user_ids() else min(_user_ids() - {0}, default=_NOBODY)


def _enter_namespace(user: int, us: int, our_group: int) -> None:
    if _LIBC is None or _LIBC.unshare(_CLONE_NEWUSER) != 0:
        os._exit(_FORBIDDEN)
    maps = {"setgroups": "deny", "uid_map": f"{user} {us} 1", "gid_map": f"{user} {our_group} 1"}
    for name, line in maps.items():
        with open(f"/proc/self/{name}", "w") as file:
            file.write(line)


def _become(user: int) -> None:
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_SECUREBITS, _NO_SETUID_FIXUP, 0, 0, 0)  # rights survive the change
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
    _keep_passing_through_folders()


def _keep_passing_through_folders() -> None:
    """Keep one right of root: programs and data may lie in folders that only root enters."""
    if _LIBC is not None:
        mask = 1 << _CAP_DAC_OVERRIDE
        header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
        rights = (ctypes.c_uint32 * 6)(mask, mask, mask)  # effective, permitted, inheritable
        _LIBC.capset(header, rights)
        _LIBC.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0)
