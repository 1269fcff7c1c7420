"""What the shop of a new stack is filled with: a small catalogue, and four who can sign in."""

import time

import aiohttp

from dev.errors import CannotStart
from tools.seed.catalogue import stock_up
from tools.seed.people import EMAILS, give_address, kept_password, password_of, sign_up
from tools.seed.walk import walk
from tools.shop.door import opened
from tools.shop.mailbox import Mailbox
from tools.sowing import Ground, Sown


async def sow(ground: Ground) -> None:
    """Through the doors of the services alone; what is there already stays."""
    begun = time.monotonic()
    ground.say("the shop is new: filling it")
    try:
        async with opened(ground.gateway) as door:
            mailbox = Mailbox(ground.url("mail"), door.session)
            people = await sign_up(ground, door, mailbox)
            ground.say(f"{len(people)} people can sign in")
            made = await stock_up(people["admin"], people["warehouse"])
            await give_address(people["customer"])
    except (AssertionError, aiohttp.ClientError, TimeoutError) as error:
        raise CannotStart(str(error) or type(error).__name__) from error
    ground.say(f"{made} products are on the shelves, after {time.monotonic() - begun:.1f} s")


def sown(ground: Ground, *, fresh: bool) -> Sown:
    """Who can sign in, and the way from there to a paid order."""
    users = {
        role: {"email": email, "password": password_of(ground, role)}
        for role, email in EMAILS.items()
    }
    customer = users["customer"]
    password = f"'{customer['password']}'" if fresh else f"$({kept_password(ground, 'customer')})"
    lines = walk(ground.gateway, ground.url("mail"), customer["email"], password)
    return Sown(users, lines, fresh=fresh)
