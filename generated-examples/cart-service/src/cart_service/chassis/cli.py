"""The service's command line: serve, or run one of the commands that its features add."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import errno
import gc
import os
import sys
from collections.abc import Callable, Sequence
from socket import socket

from .application import Application
from .resource import CannotStart
from .server import Server, bind
from .settings import EX_CONFIG, Misconfigured, ServiceSettings

FAILED = 1
LISTENER = "LISTENER_FD"  # the number of a socket that the process inherited
USAGE = 2


def run(create_app: Callable[[], Application], arguments: Sequence[str]) -> int:
    """Serve until a signal comes (no arguments), or run the named command; the exit code."""
    try:
        app = create_app()
    except Misconfigured as error:
        return _explain(error)
    gc.freeze()  # what a service is made of stays: the collector need not look at it again
    gc.enable()
    if not arguments:
        _give_memory_back()
        return _serve(app)
    name, *rest = arguments
    if name not in app.commands:
        known = ", ".join(sorted(app.commands)) or "none"
        print(f"{app.name} has no command {name!r}; it has: {known}.", file=sys.stderr)
        return USAGE
    try:
        return asyncio.run(_command(app, name, rest))
    except CannotStart as error:
        print(f"{app.name} {name}: {error}.", file=sys.stderr)
        return FAILED


def _give_memory_back() -> None:
    """What imports needed for a moment goes back to the system: a seventh of all, kept by glibc."""
    with contextlib.suppress(OSError, AttributeError, TypeError):  # another library of C
        ctypes.CDLL(None).malloc_trim(0)


def _serve(app: Application) -> int:
    settings = app.settings(ServiceSettings)
    if LISTENER in os.environ:  # whoever started this process listens already
        return _accept(app, socket(fileno=int(os.environ[LISTENER])))
    try:
        listener = bind(settings.host, settings.port)
    except OSError as error:
        in_use = error.errno == errno.EADDRINUSE
        reason = f"port {settings.port} is in use; set PORT" if in_use else str(error)
        print(f"{app.name} cannot listen on {settings.host}: {reason}.", file=sys.stderr)
        return FAILED
    if app.supervise is not None:
        return app.supervise(listener)
    return _accept(app, listener)


def _accept(app: Application, listener: socket) -> int:
    server = Server(app)
    server.run(sockets=[listener])
    return 0 if server.started else FAILED


async def _command(app: Application, name: str, arguments: Sequence[str]) -> int:
    return await app.commands[name](arguments)


def _explain(error: Misconfigured) -> int:
    count = len(error.problems)
    settings = "1 setting is" if count == 1 else f"{count} settings are"
    width = max(map(len, error.problems))
    print(f"The service cannot start: {settings} wrong.", file=sys.stderr)
    for variable, problem in sorted(error.problems.items()):
        print(f"  {variable:<{width}}  {problem}", file=sys.stderr)
    return EX_CONFIG
