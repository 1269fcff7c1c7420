"""Who publishes the events that a service of stack.yml consumes."""

from collections.abc import Iterable, Mapping, Sequence


class PublisherError(ValueError):
    """The message names the service and the type of the event that is wrong."""


def publishers(published: Iterable[tuple[str, Sequence[str]]]) -> dict[str, str]:
    """The service that publishes each type, from services and the types that each publishes.

    Raises PublisherError where a type has two publishers.
    """
    found: dict[str, str] = {}
    for service, kinds in published:
        for kind in kinds:
            if other := found.get(kind):
                both = f"{other} twice" if other == service else f"{other} and {service}"
                raise PublisherError(f"{kind} is published by {both}: a type has one publisher")
            found[kind] = service
    return found


def with_publisher(service: str, said: str, known: Mapping[str, str]) -> str:
    """`order-service/shop.order.paid.v1`, where the service says it consumes that, or only the
    type; raises PublisherError where nobody publishes it, or another."""
    named, _, kind = said.rpartition("/")
    if not (publisher := known.get(kind)):
        raise PublisherError(
            f"{service} consumes {kind}, which nobody publishes: "
            "add it to `publishes` of the service that is to, or take it out"
        )
    if named and named != publisher:
        raise PublisherError(f"{service} consumes {kind} of {named}, but {publisher} publishes it")
    return f"{publisher}/{kind}"
