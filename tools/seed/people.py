"""Those who can sign in at a new stack: a customer, and one of the staff for each role."""

import asyncio
import shlex
from typing import Final

from dev.passwords import PASSWORDS
from tools.shop.door import Door
from tools.shop.people import Person
from tools.sowing import Ground

EMAILS: Final = {
    role: f"{role}@shop.example" for role in ("customer", "support", "warehouse", "admin")
}
_HOME: Final = {
    "name": "Sample Customer",
    "line1": "1 Example Street",
    "postal_code": "10115",
    "city": "Berlin",
    "country": "DE",
}


def password_of(ground: Ground, role: str) -> str:
    """Made at the first start, and kept with the other passwords of the stack."""
    return ground.secret(_secret(role))


def kept_password(ground: Ground, role: str) -> str:
    """A command that prints it to whoever may read the file."""
    file = str(ground.data / PASSWORDS)
    read = f"import json, sys; print(json.load(open(sys.argv[1]))[{_secret(role)!r}])"
    return shlex.join(["python3", "-c", read, file])


def _secret(role: str) -> str:
    return f"user-{role}"


async def enrol_all(ground: Ground, door: Door) -> None:
    """Make the accounts that are missing; raises CannotStart if one has another password."""
    enrolling = (_enrol(ground, door, role) for role in EMAILS)
    for failure in await asyncio.gather(*enrolling, return_exceptions=True):
        if failure is not None:
            raise failure


async def give_address(customer: Person) -> None:
    """Somewhere to send parcels to."""
    kept = (await customer.ask("GET", "/v1/users/me/addresses")).wanted(200).json["items"]
    if not kept:
        (await customer.ask("POST", "/v1/users/me/addresses", json=_HOME)).wanted(201)


async def _enrol(ground: Ground, door: Door, role: str) -> None:
    email, password = EMAILS[role], password_of(ground, role)
    words = {"email": email, "password": password}
    if (await door.ask("POST", "/v1/auth/login", json=words)).status == 200:
        return
    await ground.command(
        *("user-service", "enrol", email, "--role", role, "--name", role.title()), told=password
    )
