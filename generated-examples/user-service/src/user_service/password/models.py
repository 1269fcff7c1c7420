"""What somebody says about a password."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from ..account.models import Email
from ..credential.models import Password
from ..link.models import Token


class Forgotten(BaseModel):
    """Whose password is to be set anew."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    email: Email


class Sent(BaseModel):
    """The answer to every address."""

    status: Literal["reset-sent"] = "reset-sent"


class Reset(BaseModel):
    """What the link in the mail holds, and the password from now on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: Token
    new_password: Password


class Change(BaseModel):
    """The password until now, and from now on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    current_password: Password
    new_password: Password
