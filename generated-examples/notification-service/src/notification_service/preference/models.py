"""What one user wants; a user who said nothing wants everything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from ..chassis.errors import Fault, Gone, Invalid
from ..template.kinds import Category


class Channel(StrEnum):
    email = "email"
    in_app = "in_app"


class TransactionalNotOptional(Invalid):
    code = "transactional-not-optional"


class LinkGone(Gone):
    """It was never made by us, or was made for somebody who is not here any more."""

    code = "unsubscribe-link-gone"

    def __init__(self) -> None:
        super().__init__("this link is no good; switch reminders off in the settings of the shop")


class Channels(BaseModel):
    """By which ways."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    email: bool = True
    in_app: bool = True


class Preferences(BaseModel):
    """What is left out stays wanted; news of the account and of orders cannot be switched off."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    account: Channels = Channels()
    orders: Channels = Channels()
    reminders: Channels = Channels()

    @classmethod
    def without(cls, unwanted: Iterable[tuple[str, str]]) -> Self:
        """Everything but these pairs of a category and a channel."""
        said: dict[str, dict[str, bool]] = {}
        for category, channel in unwanted:
            said.setdefault(category, {})[channel] = False
        return cls.model_validate(said)

    @property
    def unwanted(self) -> Iterator[tuple[Category, Channel]]:
        for category in Category:
            for channel in Channel:
                if not getattr(getattr(self, category), channel):
                    yield category, channel

    def require_transactional(self) -> None:
        """Raises TransactionalNotOptional."""
        faults = [
            Fault(
                f"/{category}/{channel}",
                TransactionalNotOptional.code,
                f"news of {category} belongs to what you ordered or asked for",
            )
            for category, channel in self.unwanted
            if not category.optional
        ]
        if faults:
            raise TransactionalNotOptional("only reminders can be switched off", faults)


class UnsubscribeQuery(BaseModel):
    """The query string of the link in a mail."""

    model_config = ConfigDict(frozen=True)

    token: str = Field(max_length=200)


class Subscription(BaseModel):
    """Whether these mails still come; POST to the same address ends them."""

    category: Category
    channel: Literal[Channel.email] = Channel.email
    subscribed: bool
