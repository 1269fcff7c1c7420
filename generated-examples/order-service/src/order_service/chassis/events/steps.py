"""What need not wait is done in one step, without a task or a watch of its own.

An eager task does the same, but only since Python 3.12.
"""

from __future__ import annotations

import types
from collections.abc import Awaitable, Generator
from typing import Any

Steps = Generator[Any, Any, None]  # Any: whatever a coroutine and its event loop tell each other


def begun(work: Awaitable[None]) -> Awaitable[None] | None:
    """Take its first step; None if that was all, else the rest, to be awaited at once."""
    steps = work.__await__()
    try:
        waits_for = steps.send(None)
    except StopIteration:
        return None
    return _rest(steps, waits_for)


@types.coroutine
def _rest(steps: Steps, waits_for: object) -> Steps:
    """Wait for what the first step waits for, and so on, as `await` does."""
    try:
        while True:
            try:
                answer = yield waits_for
            except BaseException as error:  # into the coroutine it goes, cancellation included
                waits_for = steps.throw(error)
            else:
                waits_for = steps.send(answer)
    except StopIteration:
        return
