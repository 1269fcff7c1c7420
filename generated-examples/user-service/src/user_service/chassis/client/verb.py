"""The methods of HTTP, as a caller writes them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypedDict, Unpack, overload

from .answer import Answer, Model
from .call import Call, Limits


class Options(TypedDict, total=False):
    """What may be said besides service and path; see Call."""

    query: Mapping[str, object]
    json: object
    key: str
    headers: Mapping[str, str]
    limits: Limits


@dataclass(frozen=True, slots=True)
class Verb:
    """One method: `await client.get(service, path, model=Product)`; without a model, an Answer."""

    method: str
    call: Callable[[Call], Awaitable[Answer]]

    @overload
    async def __call__(
        self, service: str, path: str, *, model: type[Model], **options: Unpack[Options]
    ) -> Model: ...

    @overload
    async def __call__(
        self, service: str, path: str, *, model: None = None, **options: Unpack[Options]
    ) -> Answer: ...

    async def __call__(
        self,
        service: str,
        path: str,
        *,
        model: type[Model] | None = None,
        **options: Unpack[Options],
    ) -> Model | Answer:
        answer = await self.call(Call(self.method, service, path, **options))
        return answer if model is None else answer.read(model)
