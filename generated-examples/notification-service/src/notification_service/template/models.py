"""One template: a version of what a mail says in one language."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from ..chassis.errors import Invalid, NotFound
from .kinds import KINDS

DEFAULT_LOCALE: Final = "en"

Locale = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]
Source = Annotated[
    str, StringConstraints(min_length=1, max_length=65_536, pattern=r"^[^\x00]*$")
]  # Jinja


class TemplateError(Invalid):
    """The template cannot be read, or wants what its mail does not have."""

    code = "template-error"


class Sources(BaseModel):
    """What is rendered: without `html` the mail is plain text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: Source
    text: Source
    html: Source | None = None


class TemplateInput(Sources):
    """What an admin says to change a template; it becomes the next version."""

    locale: Locale = DEFAULT_LOCALE


class PreviewInput(BaseModel):
    """What to show: the version in use, or what is said here, with the sample or this `data`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    locale: Locale = DEFAULT_LOCALE
    subject: Source | None = None
    text: Source | None = None
    html: Source | None = None
    data: dict[str, JsonValue] = Field(default={}, description="Instead of that of the sample.")

    def over(self, used: Sources) -> Sources:
        """The sources in use, with what is said here in their place."""
        return Sources(
            subject=self.subject or used.subject,
            text=self.text or used.text,
            html=self.html or used.html,
        )


class Template(Sources):
    """One version of the template of one mail in one language."""

    model_config = ConfigDict(extra="ignore")

    key: str
    locale: str
    version: int
    created_at: datetime
    created_by: str


class Letter(BaseModel):
    """A template filled in."""

    model_config = ConfigDict(frozen=True)

    subject: str
    text: str
    html: str | None


def require_kind(key: str) -> None:
    """Raises NotFound for a mail that does not exist."""
    if key not in KINDS:
        raise NotFound(f"no template {key}; there are: {', '.join(KINDS)}")


def locales_for(locale: str | None) -> Iterator[str]:
    """The languages in which to look for a template, the best one first."""
    if locale:
        yield locale
        yield locale.partition("-")[0]
    yield DEFAULT_LOCALE
