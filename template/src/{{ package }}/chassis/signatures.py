"""What a handler must look like, checked when its route is declared."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from nexios.dependencies import Depend
from nexios.parameters import ParameterExtractor

# Any: what nexios hands over, and what a handler may take, differs from route to route.
Handler = Callable[..., Any]


def check_signature(path: str, handler: Handler, names: list[str]) -> None:
    """Refuse at start what would fail at the first request."""
    if not inspect.iscoroutinefunction(handler):
        raise TypeError(f"{path}: a handler is an `async def`, so that it never blocks the others")
    parameters = list(inspect.signature(handler).parameters.values())[2:]
    for parameter in parameters:
        if isinstance(parameter.default, (Depend, ParameterExtractor)):
            raise TypeError(f"{path}: read `{parameter.name}` with body() or query(), not injected")
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return
    if missing := set(names) - {parameter.name for parameter in parameters}:
        raise TypeError(f"{path}: the handler does not take {', '.join(sorted(missing))}")
