"""A service that carries events, and tells how long it took."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Sequence

from . import counting
from .chassis.application import Application
from .chassis.database import Database
from .chassis.events import subscribe
from .chassis.features import BLUEPRINT
from .chassis.valkey import Valkey

Publish = Callable[[Database, Valkey], Awaitable[None]]


def create_app() -> Application:
    app = Application(BLUEPRINT)
    if "PUBLISH" in os.environ:
        app.own(counting.Publisher(app.resource(Database)))
    else:
        subscribe(app, counting.handlers())
    ways: dict[str, Publish] = {
        "direct": counting.direct,
        "row-requests": counting.row_requests,
        "after-requests": counting.after_requests,
    }
    for name, publish in ways.items():
        app.command(name, _command(app, publish))
    return app


def _command(app: Application, publish: Publish) -> Callable[[Sequence[str]], Awaitable[int]]:
    async def run(arguments: Sequence[str]) -> int:
        async with app.resource(Valkey) as valkey, app.resource(Database) as database:
            await publish(database, valkey)
        return 0

    return run
