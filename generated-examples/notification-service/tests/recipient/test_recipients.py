"""What is known of users follows user-service, in the order of what happened."""

from tests.people import ID, Order, User
from tests.shop import Service


async def addressed(service: Service, user: User) -> str:
    """Where the next mail to the user goes."""
    await service.say("order.delivered", Order(user).event(shipment_id=ID))
    [delivery] = await service.deliveries(user, "delivered")
    return str(delivery["recipient"])


async def test_a_mail_goes_to_the_address_of_today(service: Service) -> None:
    user = await service.meet(User())
    changed = {**user.described, "email": "new@example.com", "changed": ["email"]}

    await service.heard(await service.say("user.profile_updated", changed, sequence=2))

    assert await addressed(service, user) == "new@example.com"


async def test_what_is_older_than_what_is_known_changes_nothing(service: Service) -> None:
    user = await service.meet(User())
    newer = {**user.described, "email": "new@example.com", "changed": ["email"]}
    older = {"user_id": user.id, "email": user.email}
    await service.say("user.profile_updated", newer, sequence=3)

    await service.heard(await service.say("user.email_verified", older, sequence=2))

    assert await addressed(service, user) == "new@example.com"


async def test_a_confirmed_address_is_the_address(service: Service) -> None:
    user = await service.meet(User())
    confirmed = {"user_id": user.id, "email": "real@example.com"}

    await service.heard(await service.say("user.email_verified", confirmed, sequence=2))

    assert await addressed(service, user) == "real@example.com"
