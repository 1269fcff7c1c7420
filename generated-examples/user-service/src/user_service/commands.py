"""What an operator does at the command line: `python -m user_service <command> …`."""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser
from collections.abc import Awaitable, Callable, Sequence
from getpass import getpass

from pydantic import ValidationError

from .account.models import Registration, Role
from .account.service import enrol
from .chassis.application import Application
from .chassis.database import Database
from .chassis.errors import ServiceError
from .chassis.resource import CannotStart
from .credential.hashing import Hasher
from .service_client.models import NAME
from .service_client.service import admit, dismiss
from .token_key.service import retire


def offer_commands(app: Application) -> None:
    """Add `enrol`, `service-client` and `retire-key` to the service's commands."""
    app.command("enrol", _with_database(app, _enrol))
    app.command("service-client", _with_database(app, _service_client))
    app.command("retire-key", _with_database(app, _retire_key))


Work = Callable[[Application, Database, Sequence[str]], Awaitable[None]]


def _with_database(app: Application, work: Work) -> Callable[[Sequence[str]], Awaitable[int]]:
    async def run(arguments: Sequence[str]) -> int:
        async with app.resource(Database) as database:
            try:
                await work(app, database, arguments)
            except ServiceError as error:
                faults = error.extensions.get("errors") or []
                assert isinstance(faults, list)
                raise CannotStart(
                    "; ".join([str(error), *(one.message for one in faults)])
                ) from error
        return 0

    return run


async def _enrol(app: Application, database: Database, arguments: Sequence[str]) -> None:
    parser = ArgumentParser("enrol", description="Make an account whose address is verified.")
    parser.add_argument("email")
    parser.add_argument("--role", action="append", choices=list(Role), type=Role)
    parser.add_argument("--name", default="Somebody", help="how mails address the user")
    parser.add_argument("--locale", default="en")
    chosen = parser.parse_args(arguments)
    password = getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    try:
        said = Registration(
            email=chosen.email, password=password, display_name=chosen.name, locale=chosen.locale
        )
    except ValidationError as error:
        wrong = sorted(str(one["loc"][0]) for one in error.errors(include_input=False))
        raise CannotStart(f"these do not fit: {', '.join(wrong)}") from None
    async with app.resource(Hasher) as hasher:
        account = await enrol(database, hasher, said, frozenset(chosen.role or [Role.customer]))
    print(account.id)


async def _service_client(app: Application, database: Database, arguments: Sequence[str]) -> None:
    parser = ArgumentParser("service-client", description="Let a service get tokens, or no more.")
    parser.add_argument("action", choices=["admit", "dismiss"])
    parser.add_argument("name", help="the service's name, like order-service")
    chosen = parser.parse_args(arguments)
    if not re.fullmatch(NAME, chosen.name):
        raise CannotStart(f"{chosen.name} is no name of a service; write it like order-service")
    if chosen.action == "admit":
        print(await admit(database, chosen.name))
    elif not await dismiss(database, chosen.name):
        raise CannotStart(f"no service client {chosen.name}")


async def _retire_key(app: Application, database: Database, arguments: Sequence[str]) -> None:
    await retire(database)
    print("Within a minute the next key signs, and the former one is shown for an hour more.")
