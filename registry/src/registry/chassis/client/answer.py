"""What a service answered, and how it is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import BadGateway

Model = TypeVar("Model", bound=BaseModel)

log = structlog.get_logger()


class Problem(BaseModel):
    """What a problem document (RFC 9457) says that a caller can act upon."""

    model_config = ConfigDict(frozen=True, extra="allow")

    status: int
    code: str = ""
    detail: str = ""

    @property
    def extensions(self) -> Mapping[str, object]:
        """What else it says, as those of its code do."""
        return self.model_extra or {}


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; the names of `headers` are in lower case."""

    service: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300

    def read(self, model: type[Model]) -> Model:
        """The body as this model, read strictly; raises BadGateway where it does not fit."""
        try:
            return model.model_validate_json(self.body, strict=True)
        except ValidationError as error:
            wrong = error.errors(include_url=False, include_context=False, include_input=False)
        log.warning("client.misread", target=self.service, model=model.__name__, wrong=wrong)
        raise BadGateway(f"{self.service} answered something that is no {model.__name__}")

    @property
    def problem(self) -> Problem | None:
        """The problem document, if this is one."""
        if not self.headers.get("content-type", "").startswith("application/problem+json"):
            return None
        try:
            return Problem.model_validate({**json.loads(self.body), "status": self.status})
        except (ValueError, TypeError):
            return None
