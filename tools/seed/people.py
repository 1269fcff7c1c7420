"""Those who can sign in at a new stack: a customer, and one of the staff for each role."""

import asyncio
import shlex
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Final

from dev.errors import CannotStart
from dev.passwords import PASSWORDS
from tools.shop.door import Door
from tools.shop.mailbox import Mailbox
from tools.shop.people import Person, register
from tools.shop.staff import give_roles
from tools.sowing import Ground

EMAILS: Final = {
    role: f"{role}@shop.example" for role in ("customer", "support", "warehouse", "admin")
}
_STAFF: Final = ("support", "warehouse")
_HOME: Final = {
    "name": "Sample Customer",
    "line1": "1 Example Street",
    "postal_code": "10115",
    "city": "Berlin",
    "country": "DE",
}

Make = Callable[[Ground, Door, str], Coroutine[None, None, Person]]


def password_of(ground: Ground, role: str) -> str:
    """Made at the first start, and kept with the other passwords of the stack."""
    return ground.secret(_secret(role))


def kept_password(ground: Ground, role: str) -> str:
    """A command that prints it to whoever may read the file."""
    read = "import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])"
    return shlex.join(["python3", "-c", read, str(ground.data / PASSWORDS), _secret(role)])


def _secret(role: str) -> str:
    return f"user-{role}"


async def sign_up(ground: Ground, door: Door, mailbox: Mailbox) -> Mapping[str, Person]:
    """All of them, signed in, by their roles; accounts that are missing are made.

    The admin is made by an operator.  The others register as everybody does, and get their roles
    from the admin.
    """

    def made(role: str) -> Coroutine[None, None, Person]:
        make = _enrolled if role == "admin" else partial(_registered, mailbox)
        return _known_or(make, ground, door, role)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = {role: group.create_task(made(role)) for role in EMAILS}
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    people = {role: task.result() for role, task in tasks.items()}
    for role in _STAFF:
        await give_roles(people["admin"], people[role], role)
    return people


async def give_address(customer: Person) -> None:
    """Somewhere to send parcels to."""
    kept = (await customer.ask("GET", "/v1/users/me/addresses")).wanted(200).json["items"]
    if not kept:
        (await customer.ask("POST", "/v1/users/me/addresses", json=_HOME)).wanted(201)


async def _known_or(make: Make, ground: Ground, door: Door, role: str) -> Person:
    """Whoever has this role; made if there is nobody with this password."""
    email, password = EMAILS[role], password_of(ground, role)
    words = {"email": email, "password": password}
    if (await door.ask("POST", "/v1/auth/login", json=words)).status == 200:
        return await Person(door, email, password).sign_in()
    return await make(ground, door, role)


async def _registered(mailbox: Mailbox, ground: Ground, door: Door, role: str) -> Person:
    return await register(door, mailbox, EMAILS[role], password_of(ground, role), role.title())


async def _enrolled(ground: Ground, door: Door, role: str) -> Person:
    email, password = EMAILS[role], password_of(ground, role)
    arguments = ("enrol", email, "--role", role, "--name", role.title())
    try:
        await ground.command("user-service", *arguments, told=password)
    except CannotStart as error:
        hint = "a database that outlives a run needs `-- --data DIR`, which keeps the passwords"
        raise CannotStart(f"{error} ({hint})") from error
    return await Person(door, email, password).sign_in()
